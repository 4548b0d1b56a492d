import type { SessionId, UserId } from '../domain/ids.ts';
import type { LiveSession } from '../operations/refresh-session.ts';
import { ApiError } from './api-error.ts';
import { checkSession } from './check-session.ts';
import { clearRefusedCredential, credentialPlace, requestedSlot } from './cookies.ts';
import type { AppContext, HttpDependencies } from './environment.ts';
import type { CookiePlace } from './session-cookie.ts';

/**
 * The live session of the request's cookie, in the slot that the tab names. Where it rotates, the answer carries
 * the new cookie, whatever answer that will be.
 */
export async function currentSession(
  c: AppContext,
  { operations }: HttpDependencies,
  slot = requestedSlot(c),
  place: CookiePlace = 'origin',
): Promise<LiveSession | undefined> {
  const check = await checkSession(operations, { cookie: c.req.header('Cookie'), slot, place, caller: c.var.caller });
  c.set('sessionCheck', check);
  return check.session;
}

/** As {@link currentSession}; ends the request with 401 `no_session` where nobody is signed in. */
export async function requireSession(c: AppContext, dependencies: HttpDependencies): Promise<LiveSession> {
  const current = await currentSession(c, dependencies);
  if (current === undefined) throw new ApiError('no_session');
  return current;
}

interface ApiSession extends LiveSession {
  readonly place: CookiePlace;
}

/** As {@link requireSession}, for the session API, which the credential of the mode `jwt-cookie` is sent to as well. */
export async function requireApiSession(c: AppContext, dependencies: HttpDependencies): Promise<ApiSession> {
  const { issuer } = dependencies.operations.policy;
  const slot = requestedSlot(c);
  const place = credentialPlace(c, issuer, slot);
  const current = await currentSession(c, dependencies, slot, place);
  if (current !== undefined) return { ...current, place };
  clearRefusedCredential(c, issuer, slot, place);
  throw new ApiError('no_session');
}

/** Whose browser asks, where that only adds to a credential in the body; undefined for nobody. */
export async function askingSession(
  c: AppContext,
  dependencies: HttpDependencies,
  slot = requestedSlot(c),
): Promise<{ readonly id: SessionId; readonly userId: UserId } | undefined> {
  const current = await currentSession(c, dependencies, slot);
  return current && { id: current.session.id, userId: current.user.id };
}

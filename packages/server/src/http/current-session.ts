import { sessionCookieName } from '@latchkey/protocol';
import { readSession, type LiveSession } from '../operations/read-session.ts';
import { ApiError } from './api-error.ts';
import { readCookie, requestedSlot, usesSecureCookies } from './cookies.ts';
import type { AppContext, HttpDependencies } from './environment.ts';

/** The live session of the request's cookie, in the slot that the tab names. */
export async function currentSession(
  c: AppContext,
  { operations }: HttpDependencies,
  slot = requestedSlot(c),
): Promise<LiveSession | undefined> {
  const name = sessionCookieName(usesSecureCookies(operations.policy.issuer), slot);
  const credential = readCookie(c.req.header('Cookie'), name);
  if (credential === undefined) return undefined;
  const reading = await readSession(operations, credential);
  return reading.kind === 'live' ? reading : undefined;
}

/** As {@link currentSession}; ends the request with 401 `no_session` where nobody is signed in. */
export async function requireSession(c: AppContext, dependencies: HttpDependencies): Promise<LiveSession> {
  const current = await currentSession(c, dependencies);
  if (current === undefined) throw new ApiError('no_session');
  return current;
}

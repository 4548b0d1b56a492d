import type { Session } from '../domain/sessions/session.ts';
import { requestedSlot, setSessionCookie } from './cookies.ts';
import type { AppContext, HttpDependencies } from './environment.ts';

/** Sets the cookie of the session that a change of the password began: what page and API share. */
export function setRenewedSession(
  c: AppContext,
  { operations }: HttpDependencies,
  { credential, session }: { readonly credential: string; readonly session: Session },
): void {
  setSessionCookie(c, operations.policy.issuer, requestedSlot(c), credential, session, operations.clock());
}

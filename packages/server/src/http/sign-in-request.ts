import { signIn, type SignInInput, type SignInResult } from '../operations/sign-in.ts';
import { setSessionCookie } from './cookies.ts';
import { currentSession } from './current-session.ts';
import type { AppContext, HttpDependencies } from './environment.ts';

/** Signs in and sets the cookie of the slot, ending the session that it held: what page and API share. */
export async function signInRequest(
  c: AppContext,
  dependencies: HttpDependencies,
  input: Omit<SignInInput, 'replaces'>,
  slot: number | undefined,
): Promise<SignInResult> {
  const { operations, metrics } = dependencies;
  const current = await currentSession(c, dependencies, slot);
  const replaces = current && { id: current.session.id, userId: current.user.id };
  const result = await signIn(operations, { ...input, replaces }, c.var.caller);
  metrics.signIns.inc({ outcome: result.kind });
  if (result.kind === 'signed_in') {
    setSessionCookie(c, operations.policy.issuer, slot, result.credential, result.session, operations.clock());
  }
  return result;
}

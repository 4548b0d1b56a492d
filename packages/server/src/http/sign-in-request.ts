import { signIn, type SignInInput, type SignInResult } from '../operations/sign-in.ts';
import { readKnownDevice, setKnownDevice, setSessionCookie } from './cookies.ts';
import { currentSession } from './current-session.ts';
import type { AppContext, HttpDependencies } from './environment.ts';
import type { CookiePlace } from './session-cookie.ts';

/**
 * Signs in and sets the cookie of the slot, in the place of the session that it held: what page and API share. A credential that is
 * for the session API alone is not sent along: what it stood for stays in the list of devices.
 */
export async function signInRequest(
  c: AppContext,
  dependencies: HttpDependencies,
  input: Omit<SignInInput, 'replaces' | 'knownDevice'>,
  slot: number | undefined,
  place: CookiePlace = 'origin',
): Promise<SignInResult> {
  const { operations, metrics } = dependencies;
  const current = await currentSession(c, dependencies, slot);
  const replaces = current && { id: current.session.id, userId: current.user.id };
  const { issuer } = operations.policy;
  const result = await signIn(
    operations,
    { ...input, replaces, knownDevice: readKnownDevice(c, issuer) },
    c.var.caller,
  );
  metrics.signIns.inc({ outcome: result.kind });
  if (result.kind === 'signed_in') {
    setSessionCookie(c, issuer, slot, result.credential, result.session, operations.clock(), place);
    setKnownDevice(c, issuer, result.knownDevice, result.session.remember);
  }
  return result;
}

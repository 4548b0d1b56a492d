import type { Verifier } from '../create-verifier.ts';
import { VerifierError } from '../errors.ts';
import { requireScope, type VerifiedToken } from '../verified-token.ts';
import { readBearerToken } from './bearer-token.ts';

export interface AuthenticateOptions {
  /** Scopes that the token must have, all of them. Default: none. */
  readonly scope?: string | readonly string[];
}

/**
 * The token of a request, verified.
 *
 * @param authorization - The values of all Authorization headers.
 * @throws {VerifierError} for every request that may not pass.
 */
export async function authenticate(
  verifier: Verifier,
  authorization: readonly string[],
  { scope = [] }: AuthenticateOptions,
): Promise<VerifiedToken> {
  const bearer = readBearerToken(authorization);
  if ('refused' in bearer) throw new VerifierError(bearer.refused);
  const verified = await verifier.verify(bearer.token);
  const [first, ...others] = typeof scope === 'string' ? [scope] : scope;
  if (first !== undefined) requireScope(verified, first, ...others);
  return verified;
}

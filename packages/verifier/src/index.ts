import { createVerifierOn, type Verifier } from './create-verifier.ts';
import type { VerifierOptions } from './options.ts';
import { nodeRuntime } from './runtime-node.ts';

/**
 * Makes a verifier of access tokens for one resource server. Make one at start and keep it: it holds
 * the issuer's keys, which it fetches when the first token arrives.
 *
 * ```ts
 * const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' });
 * const { subject, scopes } = await verifier.verify(token);
 * ```
 *
 * @throws {TypeError} for a wrong option, with its name.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return createVerifierOn(nodeRuntime, options);
}

export type { AccessTokenClaims } from '@latchkey/protocol';
export type { Verifier } from './create-verifier.ts';
export { VerifierError, type VerifierErrorCode, type VerifierErrorStatus } from './errors.ts';
export type { SignatureAlgorithm } from './keys/algorithms.ts';
export type { FetchLike } from './keys/fetch-key-set.ts';
export type { VerifierOptions } from './options.ts';
export { requireScope, type VerifiedClaims, type VerifiedToken } from './verified-token.ts';

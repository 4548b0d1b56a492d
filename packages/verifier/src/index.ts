import { createVerifierOn, type Verifier } from './create-verifier.ts';
import type { VerifierOptions } from './options.ts';
import { nodeRuntime } from './runtime-node.ts';

/**
 * Makes a verifier of access tokens for one resource server. Make one at start and keep it: it holds
 * the issuer's keys and follows its revocations, both from the first token on.
 *
 * ```ts
 * const verifier = createVerifier({
 *   issuer: 'https://auth.example.com',
 *   audience: 'https://api.example.com',
 *   client: { id: 'cli_…', secret: '…' },
 * });
 * const { subject, scopes } = await verifier.verify(token);
 * ```
 *
 * @throws {TypeError} for a wrong option, with its name.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return createVerifierOn(nodeRuntime, options);
}

export * from './surface.ts';

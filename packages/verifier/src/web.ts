import { createVerifierOn, type Verifier } from './create-verifier.ts';
import type { VerifierOptions } from './options.ts';
import { webRuntime } from './runtime-web.ts';

/**
 * The same verifier for every runtime that has Fetch and Web Crypto, without anything of Node. Signatures are checked
 * asynchronously, which on Node takes longer than what `@latchkey/verifier` does there.
 *
 * @throws {TypeError} for a wrong option, with its name.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return createVerifierOn(webRuntime, options);
}

export * from './surface.ts';

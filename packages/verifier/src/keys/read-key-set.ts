import type { Runtime, VerifySignature } from '../runtime.ts';
import { MAX_KEY_ID_LENGTH } from '../token/header.ts';
import type { JsonObject } from '../token/json-object.ts';
import { isSignatureAlgorithm, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts';

/** A public key of the issuer, good for one algorithm. */
export interface VerificationKey {
  readonly kid: string;
  readonly alg: SignatureAlgorithm;
  readonly verifySignature: VerifySignature;
  /** Equal for two keys exactly if their id, algorithm and public part are. */
  readonly fingerprint: string;
}

/** The issuer's keys by their `kid`. */
export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

/**
 * Reads a JWK set (RFC 7517 §5). What is no usable signature key is skipped, as §5 asks, and so is
 * every key whose `kid` another one has too: such a name says nothing about which key is meant.
 *
 * @param previous - Keys that came again are taken from here, so that they stay the same objects.
 * @returns Undefined if this is no key set at all.
 */
export async function readKeySet(
  keySet: JsonObject,
  algorithms: readonly SignatureAlgorithm[],
  runtime: Runtime,
  previous: VerificationKeys,
): Promise<VerificationKeys | undefined> {
  const members = keySet['keys'];
  if (!Array.isArray(members)) return undefined;

  const keys = new Map<string, VerificationKey>();
  const ambiguous = new Set<string>();
  for (const member of members as readonly unknown[]) {
    const key = await readKey(member, algorithms, runtime, previous);
    if (key === undefined) continue;
    if (keys.has(key.kid)) ambiguous.add(key.kid);
    keys.set(key.kid, key);
  }
  for (const kid of ambiguous) keys.delete(kid);
  return keys;
}

async function readKey(
  jwk: unknown,
  algorithms: readonly SignatureAlgorithm[],
  runtime: Runtime,
  previous: VerificationKeys,
): Promise<VerificationKey | undefined> {
  if (!isSignatureKey(jwk)) return undefined;
  const { kid, alg, kty, crv, x, y, n, e } = jwk;
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > MAX_KEY_ID_LENGTH) return undefined;
  // RFC 8725 §3.1: one algorithm a key, and the key says which. Without alg it would be the token's choice.
  if (typeof alg !== 'string' || !isSignatureAlgorithm(alg) || !algorithms.includes(alg)) return undefined;
  const fits = SIGNATURE_ALGORITHMS[alg];
  if (kty !== fits.kty || crv !== fits.crv) return undefined;

  const fingerprint = JSON.stringify([kid, alg, kty, crv, x, y, n, e]);
  const known = previous.get(kid);
  if (known?.fingerprint === fingerprint) return known;
  const verifySignature = await runtime.importPublicKey(jwk, alg);
  return verifySignature && { kid, alg, verifySignature, fingerprint };
}

function isSignatureKey(jwk: unknown): jwk is JsonObject {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return false;
  // A private key that has been published proves nothing any more (`k` is the secret of an HMAC key).
  if ('d' in jwk || 'k' in jwk) return false;
  // RFC 7517 §4.2 and §4.3: a key for something else is not one for signatures.
  const { use, key_ops: operations } = jwk as JsonObject;
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

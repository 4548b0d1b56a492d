import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../keys/algorithms.ts';
import type { Runtime } from '../runtime.ts';
import type { JsonObject } from '../token/json-object.ts';

/** Members of private and of secret keys (RFC 7518 §6.2.2, §6.3.2, §6.4; RFC 8037 §2). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** Octets of a number on P-256 and of an Ed25519 key. */
const CURVE_BYTES = 32;
const MIN_MODULUS_BYTES = 2048 / 8;
/**
 * Anybody can send a key: one of 16,384 bits, or with an exponent as long as itself, would cost a hundred times what
 * an honest one does.
 */
const MAX_MODULUS_BYTES = 4096 / 8;
const MAX_EXPONENT_BYTES = 4;

/**
 * The public key in the header of a proof, with nothing but what makes it, in the order of its thumbprint (RFC 7638
 * §3.2).
 *
 * @returns Undefined for a private or symmetric key, one of another kind than the algorithm's, one that is too weak or
 * too strong, and for numbers that are not written in the one canonical form: a key has one thumbprint.
 */
export function readEmbeddedKey(jwk: unknown, alg: SignatureAlgorithm, runtime: Runtime): JsonObject | undefined {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return undefined;
  // RFC 9449 §4.3: a private key that somebody sends proves nothing any more.
  if (PRIVATE_MEMBERS.some((name) => name in jwk)) return undefined;
  const { kty, crv, x, y, n, e } = jwk as JsonObject;
  const fits = SIGNATURE_ALGORITHMS[alg];
  if (kty !== fits.kty || crv !== fits.crv) return undefined;
  const lengthOf = (text: unknown): number =>
    typeof text === 'string' ? (runtime.decodeBase64Url(text)?.byteLength ?? 0) : 0;
  switch (fits.kty) {
    case 'EC':
      return lengthOf(x) === CURVE_BYTES && lengthOf(y) === CURVE_BYTES ? { crv, kty, x, y } : undefined;
    case 'OKP':
      return lengthOf(x) === CURVE_BYTES ? { crv, kty, x } : undefined;
    case 'RSA': {
      const isSound = isNumber(n, MAX_MODULUS_BYTES, runtime) && isNumber(e, MAX_EXPONENT_BYTES, runtime);
      return isSound && lengthOf(n) >= MIN_MODULUS_BYTES ? { e, kty, n } : undefined;
    }
  }
}

/** RFC 7518 §2: in the fewest octets. */
function isNumber(text: unknown, maxBytes: number, runtime: Runtime): boolean {
  // Four characters for three octets.
  if (typeof text !== 'string' || text.length > Math.ceil((maxBytes * 4) / 3)) return false;
  const bytes = runtime.decodeBase64Url(text);
  return bytes !== undefined && bytes.byteLength > 0 && bytes[0] !== 0;
}

/** JWK thumbprint by SHA-256 (RFC 7638 §3), in base64url, of a key as {@link readEmbeddedKey} gives it. */
export function thumbprintOf(key: JsonObject, runtime: Runtime): string | Promise<string> {
  return runtime.digest(JSON.stringify(key));
}

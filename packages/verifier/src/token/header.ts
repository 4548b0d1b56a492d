import { ACCESS_TOKEN_TYPE, CLIENT_TOKEN_TYPE } from '@latchkey/protocol';
import type { Refusal } from '../errors.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../keys/algorithms.ts';
import type { JsonObject } from './json-object.ts';

export type TokenType = 'access_token' | 'client';

/** By their media types, without `application/`. */
const TOKEN_TYPES: ReadonlyMap<string, TokenType> = new Map([
  [ACCESS_TOKEN_TYPE, 'access_token'],
  [CLIENT_TOKEN_TYPE, 'client'],
]);

/** What a header may say: which key to try, and the algorithm that this key must then turn out to have. */
export interface TokenHeader {
  /** A token of the issuer, or a JWT by which a client shows itself. */
  readonly type: TokenType;
  readonly kid: string;
  readonly alg: SignatureAlgorithm;
}

/** Key ids are compared and remembered, so they have a bound. */
export const MAX_KEY_ID_LENGTH = 256;

/**
 * The rules of a header. An algorithm that passes is only one that is allowed at all; the caller
 * still compares it with that of the key.
 */
export function readTokenHeader(
  header: JsonObject,
  algorithms: readonly SignatureAlgorithm[],
  types: readonly TokenType[],
): TokenHeader | Refusal {
  const { typ, alg, kid } = header;
  // RFC 9068 §4, RFC 8725 §3.11: no other kind of JWT of the same issuer passes as an access token.
  const type = tokenTypeOf(typ);
  if (type === undefined || !types.includes(type)) return { refused: 'token_type' };
  // RFC 7515 §4.1.11: an extension that must be understood and is not. None is; one of them, b64
  // (RFC 7797 §3), changes what was signed, so it is refused even where crit fails to list it.
  if ('crit' in header || 'b64' in header) return { refused: 'critical_header' };
  // RFC 8725 §3.10: they could be ignored as well, but no honest token of the issuer has one, and a
  // refusal shows up in the log.
  if ('jwk' in header || 'jku' in header || 'x5c' in header || 'x5u' in header) return { refused: 'embedded_key' };
  // RFC 8725 §3.1: decided before a key is looked up, so `none` and HMAC never get as far.
  if (typeof alg !== 'string' || !isSignatureAlgorithm(alg) || !algorithms.includes(alg)) {
    return { refused: 'algorithm_not_allowed' };
  }
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > MAX_KEY_ID_LENGTH) return { refused: 'key_unknown' };
  return { type, kid, alg };
}

/** RFC 7515 §4.1.9: media types are compared without regard to case, and `application/` may be left out. */
function tokenTypeOf(typ: unknown): TokenType | undefined {
  return typeof typ === 'string' ? TOKEN_TYPES.get(typ.toLowerCase().replace(/^application\//, '')) : undefined;
}

import { CLIENT_TOKEN_MAX_SECONDS, type ClientTokenClaims } from '@latchkey/protocol';
import type { Refusal } from '../errors.ts';
import { isFilledString, isNumericDate, type ClaimRules } from '../token/claims.ts';
import type { JsonObject } from '../token/json-object.ts';
import type { KnownClient } from './client-keys.ts';

/** Claims that have passed every rule, and when that holds. */
export interface CheckedClientClaims {
  readonly claims: ClientTokenClaims;
  /** First instant of its life, in milliseconds since the epoch. */
  readonly validFromMs: number;
  /** First instant after its life, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/**
 * The rules of the claims by which a client shows itself (as RFC 7523 §3, at a resource server). Pure; the signature must
 * have been checked before, with a key of this very client. Whatever says what the client may do is not read: that is for
 * the issuer to say. Does not check: revocation, and that a JWT is used once.
 *
 * @param nowMs - Milliseconds since the epoch.
 */
export function checkClientClaims(
  payload: JsonObject,
  client: KnownClient,
  rules: Pick<ClaimRules, 'audiences' | 'clockToleranceMs'>,
  nowMs: number,
): CheckedClientClaims | Refusal {
  const wrong = findWrongClaim(payload);
  if (wrong !== undefined) {
    return { refused: payload[wrong] === undefined ? 'claim_missing' : 'claim_invalid', claim: wrong };
  }
  // Presence and type of every member have been checked just now.
  const claims = payload as unknown as ClientTokenClaims & { readonly nbf?: number };
  if (claims.iss !== client.id) return { refused: 'issuer_mismatch', claim: 'iss' };
  if (claims.sub !== client.id) return { refused: 'claim_invalid', claim: 'sub' };
  const { aud, exp, iat, nbf = iat } = claims;
  // For us, and for a resource server that the client was registered for: it does not choose where it may go.
  if (!rules.audiences.includes(aud) || !client.audiences.includes(aud)) {
    return { refused: 'audience_mismatch', claim: 'aud' };
  }
  // What a client signed cannot be taken back one by one, so it must be short.
  if (!(exp > iat && exp - iat <= CLIENT_TOKEN_MAX_SECONDS)) return { refused: 'claim_invalid', claim: 'exp' };
  const expiresAtMs = exp * 1000;
  if (!(nowMs < expiresAtMs)) return { refused: 'token_expired', claim: 'exp' };
  const validFromMs = Math.max(nbf, iat) * 1000 - rules.clockToleranceMs;
  if (!(nowMs >= validFromMs)) return { refused: 'token_not_yet_valid', claim: nbf > iat ? 'nbf' : 'iat' };
  return { claims, validFromMs, expiresAtMs };
}

function findWrongClaim({ iss, sub, aud, exp, iat, jti, nbf, cnf }: JsonObject): string | undefined {
  if (!isFilledString(iss)) return 'iss';
  if (!isFilledString(sub)) return 'sub';
  // One resource server: another one that received it must not be able to use it.
  if (!isFilledString(aud)) return 'aud';
  if (!isNumericDate(exp)) return 'exp';
  if (!isNumericDate(iat)) return 'iat';
  if (!isFilledString(jti)) return 'jti';
  if (nbf !== undefined && !isNumericDate(nbf)) return 'nbf';
  // A proof of possession is asked for tokens of the issuer alone; nobody would check this one.
  return cnf === undefined ? undefined : 'cnf';
}

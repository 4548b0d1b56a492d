import type { AccessTokenClaims } from '@latchkey/protocol';
import type { Refusal } from '../errors.ts';
import type { JsonObject } from './json-object.ts';

/** What this resource server demands of a token. */
export interface ClaimRules {
  readonly issuer: string;
  /** Names of this resource server; a token needs one of them. */
  readonly audiences: readonly string[];
  /** How far the issuer's clock may be ahead of this one, in milliseconds. */
  readonly clockToleranceMs: number;
}

/** Claims that have passed every rule, and when that holds. */
export interface CheckedClaims {
  readonly claims: AccessTokenClaims;
  /** First instant of its life, in milliseconds since the epoch. */
  readonly validFromMs: number;
  /** First instant after its life, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/**
 * The rules of the claims (RFC 7519 §4.1, RFC 9068 §2.2 and §4). Pure; the signature must have been
 * checked before. Does not check: revocation, scopes, or that `iat` lies before `exp`. The times are compared such that a
 * clock gone wrong (NaN) makes a token dead.
 *
 * @param nowMs - Milliseconds since the epoch.
 */
export function checkClaims(payload: JsonObject, rules: ClaimRules, nowMs: number): CheckedClaims | Refusal {
  const wrong = findWrongClaim(payload);
  if (wrong !== undefined) {
    return { refused: payload[wrong] === undefined ? 'claim_missing' : 'claim_invalid', claim: wrong };
  }
  // Presence and type of every member have been checked just now.
  return checkAgainstRules(payload as unknown as AccessTokenClaims, rules, nowMs);
}

function checkAgainstRules(claims: AccessTokenClaims, rules: ClaimRules, nowMs: number): CheckedClaims | Refusal {
  // RFC 9068 §4: exactly equal, as strings; no URL is normalised.
  if (claims.iss !== rules.issuer) return { refused: 'issuer_mismatch', claim: 'iss' };
  // RFC 7519 §4.1.3, RFC 8725 §3.9: a token for another resource server is not one for us.
  const { aud } = claims;
  const isForUs =
    typeof aud === 'string' ? rules.audiences.includes(aud) : rules.audiences.some((ours) => aud.includes(ours));
  if (!isForUs) return { refused: 'audience_mismatch', claim: 'aud' };

  // RFC 7519 §4.1.4: "on or after" exp it is dead. The tolerance never lengthens a life.
  const expiresAtMs = claims.exp * 1000;
  if (!(nowMs < expiresAtMs)) return { refused: 'token_expired', claim: 'exp' };
  // RFC 7519 §4.1.5; iat likewise: a token from the future is a clock or an issuer gone wrong.
  const { nbf = claims.iat } = claims as AccessTokenClaims & { readonly nbf?: number };
  const validFromMs = Math.max(nbf, claims.iat) * 1000 - rules.clockToleranceMs;
  if (!(nowMs >= validFromMs)) return { refused: 'token_not_yet_valid', claim: nbf > claims.iat ? 'nbf' : 'iat' };
  return { claims, validFromMs, expiresAtMs };
}

/**
 * The first claim that is required and absent (RFC 9068 §2.2), or has another type than RFC 7519 §4.1
 * and the protocol give it. Null is a wrong type, not an absent claim.
 */
function findWrongClaim(claims: JsonObject): string | undefined {
  const { iss, sub, aud, exp, iat, jti, client_id: clientId } = claims;
  if (!isFilledString(iss)) return 'iss';
  if (!isFilledString(sub)) return 'sub';
  if (!isFilledString(aud) && !(isArrayOfFilledStrings(aud) && aud.length > 0)) return 'aud';
  if (!isNumericDate(exp)) return 'exp';
  if (!isNumericDate(iat)) return 'iat';
  if (!isFilledString(jti)) return 'jti';
  if (!isFilledString(clientId)) return 'client_id';

  const { nbf, scope, auth_time: authTime, amr, roles, sid, sv, cv, br, cnf, act, via } = claims;
  if (nbf !== undefined && !isNumericDate(nbf)) return 'nbf';
  if (scope !== undefined && !isScope(scope)) return 'scope';
  if (authTime !== undefined && !isNumericDate(authTime)) return 'auth_time';
  if (amr !== undefined && !isArrayOfFilledStrings(amr)) return 'amr';
  if (roles !== undefined && !isArrayOfFilledStrings(roles)) return 'roles';
  if (sid !== undefined && !isFilledString(sid)) return 'sid';
  if (sv !== undefined && !Number.isSafeInteger(sv)) return 'sv';
  if (cv !== undefined && !Number.isSafeInteger(cv)) return 'cv';
  if (br !== undefined && !isFilledString(br)) return 'br';
  if (cnf !== undefined && !isKeyConfirmation(cnf)) return 'cnf';
  if (act !== undefined && !isActor(act)) return 'act';
  if (via !== undefined && !isListOfFormerTokens(via)) return 'via';
  return undefined;
}

/** RFC 6749 §3.3: tokens of visible ASCII without `"` and `\`, single spaces between them. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

export function isScope(value: unknown): value is string {
  return typeof value === 'string' && SCOPE.test(value);
}

/** Last instant of an ECMAScript Date, in seconds; what is beyond is no date. */
const MAX_DATE_SECONDS = 8.64e12;

/** RFC 7519 §2: seconds since the epoch, as a JSON number (a string is none), with fractions allowed. */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DATE_SECONDS;
}

/** RFC 9449 §6.1. A token that is bound in another way, or in one more (RFC 7800 §3), is bound in one that nobody checks. */
function isKeyConfirmation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { jkt, ...others } = value as JsonObject;
  return typeof jkt === 'string' && /^[A-Za-z0-9_-]{43}$/.test(jkt) && Object.keys(others).length === 0;
}

export function isFilledString(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0;
}

/** RFC 8693 §4.1. No deeper than any payload may be. */
function isActor(value: unknown): boolean {
  return isObject(value) && isFilledString(value['sub']) && (value['act'] === undefined || isActor(value['act']));
}

/** What could not be read could not be seen to be revoked. */
function isListOfFormerTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every(isFormerToken);
}

function isFormerToken(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { jti, kid, client_id: clientId, cv } = value;
  return [jti, kid, clientId].every(isFilledString) && (cv === undefined || Number.isSafeInteger(cv));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArrayOfFilledStrings(value: unknown): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (!isFilledString(item)) return false;
  return true;
}

import { isClientId, type ClientId } from '../ids.ts';
import { SECOND_MS, type Instant } from '../instant.ts';
import type { ClientKey, ClientKeyAlgorithm, PublicJwk } from './keys.ts';

/** `client_assertion_type` (RFC 7523 §2.2), exactly. */
export const CLIENT_ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a client shows its JWT for: to prove who it is (RFC 7523 §2.2), or for a token (§2.1). */
export type AssertionPurpose = 'client_authentication' | 'grant';

/** Names by which a JWT says that a key of this algorithm signed it; RFC 9864 §2.2 has a second one. */
const SIGNED_BY: Readonly<Record<ClientKeyAlgorithm, readonly string[]>> = {
  ES256: ['ES256'],
  EdDSA: ['EdDSA', 'Ed25519'],
  RS256: ['RS256'],
  PS256: ['PS256'],
};
export const KEY_ASSERTION_ALGORITHMS: readonly string[] = Object.values(SIGNED_BY).flat();
/** By the client's secret; too short a key for any longer hash would be ours to blame. */
export const SECRET_ASSERTION_ALGORITHM = 'HS256';

/** `typ`, in small letters; RFC-to-be 7523bis §4 gives each purpose one of its own. `undefined` where there is none. */
const TYPES: Readonly<Record<AssertionPurpose, readonly (string | undefined)[]>> = {
  client_authentication: [undefined, 'jwt', 'client-authentication+jwt'],
  grant: [undefined, 'jwt', 'authorization-grant+jwt'],
};

/** Header parameters that would let the JWT choose its key, or change what is signed (RFC 8725 §3.1, RFC 7515 §4.1). */
const FORBIDDEN_HEADERS = ['crit', 'b64', 'jwk', 'jku', 'x5c', 'x5u'];

const MAX_ASSERTION_LENGTH = 8192;
const MAX_JTI_LENGTH = 256;
const MAX_LIFE_SECONDS = 300;
/** Clocks of others differ from ours. */
const SKEW_SECONDS = 30;
/** Clocks of the nodes differ from one another. */
const KEPT_LONGER_MS = 60 * SECOND_MS;

/** Why an assertion was not believed. For the log only: outside, all of these look alike. */
export type AssertionRefusal =
  | 'malformed'
  | 'header_not_allowed'
  | 'wrong_type'
  | 'wrong_algorithm'
  | 'wrong_issuer'
  | 'wrong_subject'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'too_long_lived'
  | 'bad_jti';

/** An assertion, before anything of it has been checked. */
export interface PresentedAssertion {
  readonly jwt: string;
  /** By its `iss`. */
  readonly clientId: ClientId;
  readonly algorithm: string;
  readonly kid: string | undefined;
}

export type AssertionReading =
  | { readonly kind: 'read'; readonly assertion: PresentedAssertion }
  | { readonly kind: 'refused'; readonly reason: AssertionRefusal };

/** Reads whose assertion it claims to be, and by which key: to look that up, and for nothing else. */
export function readAssertion(jwt: string, purpose: AssertionPurpose): AssertionReading {
  const parts = jwt.length <= MAX_ASSERTION_LENGTH ? jwt.split('.') : [];
  const [header, claims] = parts.map(decodeJson);
  if (parts.length !== 3 || header === undefined || claims === undefined) return refused('malformed');
  if (FORBIDDEN_HEADERS.some((name) => Object.hasOwn(header, name))) return refused('header_not_allowed');
  const { alg, kid, typ } = header;
  if (!isType(typ, purpose)) return refused('wrong_type');
  if (!isAlgorithm(alg, purpose)) return refused('wrong_algorithm');
  if (kid !== undefined && typeof kid !== 'string') return refused('malformed');
  const { iss } = claims;
  if (typeof iss !== 'string' || !isClientId(iss)) return refused('wrong_issuer');
  return { kind: 'read', assertion: { jwt, clientId: iss, algorithm: alg, kid } };
}

/** RFC 7515 §4.1.9: a media type, whose `application/` may be left out, in letters of any case. */
function isType(typ: unknown, purpose: AssertionPurpose): boolean {
  if (typ === undefined) return TYPES[purpose].includes(undefined);
  return typeof typ === 'string' && TYPES[purpose].includes(typ.toLowerCase().replace(/^application\//, ''));
}

/** A grant is signed by a key of the client alone: its secret is known to this server, too. */
function isAlgorithm(alg: unknown, purpose: AssertionPurpose): alg is string {
  if (typeof alg !== 'string') return false;
  if (alg === SECRET_ASSERTION_ALGORITHM) return purpose === 'client_authentication';
  return KEY_ASSERTION_ALGORITHMS.includes(alg);
}

/**
 * The keys that the assertion may be signed by, as JWKs for its algorithm. That is the key's own (RFC 8725 §3.1): one
 * for another algorithm is not among them, whatever the assertion says. Without a `kid`, all keys of that algorithm.
 */
export function keysForAssertion(
  keys: readonly ClientKey[],
  { algorithm, kid }: Pick<PresentedAssertion, 'algorithm' | 'kid'>,
): readonly PublicJwk[] {
  return keys
    .filter((key) => kid === undefined || key.kid === kid)
    .map(({ publicJwk }) => JSON.parse(publicJwk) as PublicJwk)
    .filter(({ alg }) => SIGNED_BY[alg as ClientKeyAlgorithm].includes(algorithm))
    .map((jwk) => ({ ...jwk, alg: algorithm }));
}

export type AssertionDecision =
  | {
      readonly kind: 'accepted';
      readonly jti: string;
      /** From when on it is refused for its age, on every node. */
      readonly expiresAt: Instant;
    }
  | { readonly kind: 'refused'; readonly reason: AssertionRefusal };

/**
 * Decides on what a client signed (RFC 7523 §3). Does not check the signature, nor whether it was shown before.
 *
 * @param claims - What was signed, in JSON.
 */
export function decideAssertion(
  claims: string,
  { clientId, issuer, now }: { readonly clientId: ClientId; readonly issuer: string; readonly now: Instant },
): AssertionDecision {
  const { iss, sub, aud, exp, nbf, iat, jti } = parseObject(claims) ?? {};
  if (iss !== clientId) return refused('wrong_issuer');
  // A client speaks for itself alone: who acts for users asks them (RFC 7521 §5.2, RFC 7523 §3 item 2).
  if (sub !== clientId) return refused('wrong_subject');
  // The issuer and nothing else, not even in an array: what names another server too could be meant for that one, and
  // the address of an endpoint could be a lie that the client was told (RFC-to-be 7523bis §3).
  if (aud !== issuer) return refused('wrong_audience');
  const nowSeconds = now / SECOND_MS;
  if (!isNumericDate(exp)) return refused('malformed');
  if (exp <= nowSeconds - SKEW_SECONDS) return refused('expired');
  if (exp > nowSeconds + MAX_LIFE_SECONDS + SKEW_SECONDS) return refused('too_long_lived');
  for (const begin of [nbf, iat]) {
    if (begin === undefined) continue;
    if (!isNumericDate(begin)) return refused('malformed');
    if (begin > nowSeconds + SKEW_SECONDS) return refused('not_yet_valid');
  }
  if (isNumericDate(iat) && exp - iat > MAX_LIFE_SECONDS + SKEW_SECONDS) return refused('too_long_lived');
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return refused('bad_jti');
  return { kind: 'accepted', jti, expiresAt: Math.ceil((exp + SKEW_SECONDS) * SECOND_MS) + KEPT_LONGER_MS };
}

/** RFC 7519 §2. */
function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function refused(reason: AssertionRefusal): { readonly kind: 'refused'; readonly reason: AssertionRefusal } {
  return { kind: 'refused', reason };
}

function decodeJson(part: string): Readonly<Record<string, unknown>> | undefined {
  return /^[\w-]+$/.test(part) ? parseObject(Buffer.from(part, 'base64url').toString()) : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

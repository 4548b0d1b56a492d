import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** What a sign-out at Latchkey names. */
export interface LogoutNotice {
  /** Of this token: it counts once. */
  readonly jti: string;
  readonly subject: string | undefined;
  /** The session at Latchkey that has ended; undefined: all of the subject's have. */
  readonly sid: string | undefined;
}

/** From when on a token that came now is too old to come again. */
export const REMEMBER_MS = 600_000;
/** However long it says that it lives. Latchkey makes a new one for each attempt to tell. */
const MAX_AGE_SECONDS = 300;
const CLOCK_TOLERANCE_SECONDS = 30;

const claims = z.object({
  jti: z.string().min(1).max(200),
  sub: z.string().min(1).max(200).optional(),
  sid: z.string().min(1).max(200).optional(),
  events: z.looseObject({ 'http://schemas.openid.net/event/backchannel-logout': z.looseObject({}) }),
  // §2.6, rule 6: whatever it is, it makes the token look like an ID token.
  nonce: z.undefined().optional(),
});

/**
 * Reads a logout token (OpenID Connect Back-Channel Logout §2.6). Whether its `jti` came before is for the caller to
 * check, where it is also remembered.
 *
 * @returns Undefined for what is no logout token for this client.
 * @throws Where the keys cannot be had: nothing is known about the token then.
 */
export async function readLogoutToken(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { readonly issuer: string; readonly clientId: string; readonly now: number },
): Promise<LogoutNotice | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: expected.issuer,
      audience: expected.clientId,
      // An access token or an ID token of Latchkey, signed by the same key, is none of these.
      typ: 'logout+jwt',
      algorithms: ['ES256', 'EdDSA', 'RS256'],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: MAX_AGE_SECONDS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(expected.now),
    });
    const { success, data } = claims.safeParse(payload);
    if (!success || (data.sub === undefined && data.sid === undefined)) return undefined;
    return { jti: data.jti, subject: data.sub, sid: data.sid };
  } catch (error) {
    if (REFUSALS.some((refusal) => error instanceof refusal)) return undefined;
    throw error;
  }
}

/** What is wrong with the token, in contrast to what keeps us from the keys. */
const REFUSALS = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
] as const;

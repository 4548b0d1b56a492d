import { errors, jwtVerify } from 'jose';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from '@latchkey/protocol';
import { SIGNING_ALGORITHMS } from '../domain/keys/signing-key.ts';
import type { OperationContext } from './context.ts';

/** An access token of ours that has not expired. */
export interface VerifiedAccessToken {
  readonly kid: string;
  readonly claims: AccessTokenClaims;
}

const REQUIRED_CLAIMS = ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id'];

/**
 * Reads an access token that this server has signed (RFC 9068 §4). Undefined for all else, and for one that has
 * expired. Does not check its audience, and not whether it was revoked.
 */
export async function verifyAccessToken(
  context: OperationContext,
  token: string,
): Promise<VerifiedAccessToken | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify<AccessTokenClaims>(
      token,
      async ({ kid, alg }) => {
        const key = kid === undefined ? undefined : await context.keyRing.findPublicKey(kid);
        // The algorithm is the key's own, never the token's choice (RFC 8725 §3.1).
        if (key === undefined || key.alg !== alg) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        issuer: context.policy.issuer,
        typ: ACCESS_TOKEN_TYPE,
        algorithms: [...SIGNING_ALGORITHMS],
        requiredClaims: REQUIRED_CLAIMS,
        currentDate: new Date(context.clock()),
      },
    );
    return { kid: protectedHeader.kid ?? '', claims: payload };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

import { errors, jwtVerify } from 'jose';
import { isClientId, isSessionId, type ClientId, type SessionId } from '../domain/ids.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/signing-key.ts';
import type { OperationContext } from './context.ts';

/** Whom an ID token is about. */
export interface IdTokenHint {
  /** Whom it was issued to. */
  readonly clientId: ClientId;
  readonly subject: string | undefined;
  /** The browser's session. */
  readonly sessionId: SessionId;
}

/**
 * Accepted long after its expiry (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): as long as its key is known.
 */
const EXPIRED_FOR_SECONDS = 10 * 365 * 86_400;

/** Reads an ID token of ours, expired or not. Undefined for all else, a logout token and an access token too. */
export async function readIdTokenHint(context: OperationContext, idToken: string): Promise<IdTokenHint | undefined> {
  try {
    const { payload } = await jwtVerify<{ readonly sid?: unknown }>(
      idToken,
      async ({ kid, alg }) => {
        const key = kid === undefined ? undefined : await context.keyRing.findPublicKey(kid);
        if (key === undefined || key.alg !== alg) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        issuer: context.policy.issuer,
        typ: 'JWT',
        algorithms: [...SIGNING_ALGORITHMS],
        requiredClaims: ['sub', 'aud', 'sid'],
        currentDate: new Date(context.clock()),
        clockTolerance: EXPIRED_FOR_SECONDS,
      },
    );
    const { aud, sid, sub } = payload;
    if (typeof aud !== 'string' || typeof sid !== 'string' || !isClientId(aud) || !isSessionId(sid)) return undefined;
    return { clientId: aud, subject: sub, sessionId: sid };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

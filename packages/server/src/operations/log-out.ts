import { errors, jwtVerify } from 'jose';
import type { Caller } from '../domain/audit/event.ts';
import type { Client } from '../domain/clients/client.ts';
import { isClientId, isSessionId, type SessionId } from '../domain/ids.ts';
import { SIGNING_ALGORITHMS } from '../domain/keys/signing-key.ts';
import { findClient } from '../storage/clients.ts';
import { findSession } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { endOneSession } from './end-sessions.ts';

export interface LogoutRequest {
  readonly idTokenHint: string | undefined;
  readonly clientId: string | undefined;
  readonly redirectUri: string | undefined;
}

export type LogoutResult =
  /** The session has ended, now or before. */
  | { readonly kind: 'signed_out'; readonly redirectUri: string | undefined }
  /** Nothing proves that the client means this user: the user is to be asked. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'bad_redirect_uri' };

/** An ID token is accepted here long after its expiry (RP-Initiated Logout §2): as long as its key is known. */
const EXPIRED_FOR_SECONDS = 10 * 365 * 86_400;

/**
 * Signs a user out for a client (OpenID Connect RP-Initiated Logout §2). The ID token names the session, so no cookie is
 * needed: the browser sends none where another site leads here. Sessions that clients hold go on: each ends its own.
 */
export async function logOut(context: OperationContext, request: LogoutRequest, caller: Caller): Promise<LogoutResult> {
  const hint = request.idTokenHint === undefined ? undefined : await readHint(context, request.idTokenHint);
  if (hint === undefined) return { kind: 'ask' };
  const { client, sessionId } = hint;
  if (request.clientId !== undefined && request.clientId !== client.id) return { kind: 'ask' };
  const { redirectUri } = request;
  // §3: exactly one that was registered; nothing ends where it is not.
  if (redirectUri !== undefined && !client.postLogoutRedirectUris.includes(redirectUri)) {
    return { kind: 'bad_redirect_uri' };
  }
  const found = await findSession(context.store.queries, sessionId);
  if (found !== undefined && found.user.id === hint.subject) {
    const input = { id: sessionId, userId: found.user.id, reason: 'signed_out', actor: client.id } as const;
    await endOneSession(context, input, caller);
  }
  return { kind: 'signed_out', redirectUri };
}

interface Hint {
  readonly client: Client;
  readonly subject: string | undefined;
  readonly sessionId: SessionId;
}

/** Undefined for all that is no ID token of ours, of a client that may still act. */
async function readHint(context: OperationContext, idToken: string): Promise<Hint | undefined> {
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
    const client = await findClient(context.store.queries, aud);
    if (client === undefined || client.disabledAt !== null) return undefined;
    return { client, subject: sub, sessionId: sid };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

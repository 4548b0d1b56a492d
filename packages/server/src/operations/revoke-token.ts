import { FIRST_PARTY_CLIENT_ID, type AccessTokenClaims } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import type { Client } from '../domain/clients/client.ts';
import { isAuthentic, parseCredential, type PresentedCredential } from '../domain/sessions/credential.ts';
import { endSession, findSession } from '../storage/sessions.ts';
import { countTokenRevocations } from '../storage/token-standing.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import { verifyAccessToken } from './verify-access-token.ts';

/** `nothing_to_do`: not a token of ours, or one that is void already (RFC 7009 §2.2: no error). */
export interface RevokeTokenResult {
  readonly kind: 'revoked' | 'nothing_to_do' | 'other_client';
}

/** Makes the transaction of whoever comes second be as if it had not been. */
class AlreadyRevokedError extends Error {}

/**
 * Revokes a token for the client that it was issued to (RFC 7009 §2.1). An access token is void alone; with a refresh
 * token its session ends, and with it all access tokens. Idempotent: of any number of calls one writes its event.
 */
export async function revokeToken(
  context: OperationContext,
  client: Client,
  token: string,
  caller: Caller,
): Promise<RevokeTokenResult> {
  const credential = parseCredential(token, 'refresh_token');
  if (credential !== undefined) return revokeCredential(context, client, credential, caller);
  const verified = await verifyAccessToken(context, token);
  if (verified === undefined) return { kind: 'nothing_to_do' };
  if (!mayRevoke(client, verified.claims)) return { kind: 'other_client' };
  return revokeAccessToken(context, client, verified.claims, caller);
}

/** Its own; and an administration's client those of browser sessions, which no client may call its own. */
function mayRevoke(client: Client, { client_id: issuedTo }: AccessTokenClaims): boolean {
  return issuedTo === client.id || (issuedTo === FIRST_PARTY_CLIENT_ID && client.scopes.includes('admin'));
}

async function revokeAccessToken(
  context: OperationContext,
  client: Client,
  claims: AccessTokenClaims,
  caller: Caller,
): Promise<RevokeTokenResult> {
  const { jti } = claims;
  if ((await countTokenRevocations(context.store.queries, jti)) > 0) return { kind: 'nothing_to_do' };
  const revocation = context.store.transaction(async (tx): Promise<RevokeTokenResult> => {
    const now = context.clock();
    await audit(context, tx, now, {
      type: 'token.revoked',
      outcome: 'success',
      actor: client.id,
      target: jti,
      caller,
      details: { subject: claims.sub, ...(claims.sid !== undefined && { session: claims.sid }) },
    });
    await revoke(context, tx, now, { kind: 'token', key: jti });
    // Whoever writes to the log holds its head until the end: here all others have committed, or have not begun.
    if ((await countTokenRevocations(tx, jti)) > 1) throw new AlreadyRevokedError();
    return { kind: 'revoked' };
  });
  return revocation.catch((error: unknown) => {
    if (error instanceof AlreadyRevokedError) return { kind: 'nothing_to_do' };
    throw error;
  });
}

async function revokeCredential(
  context: OperationContext,
  client: Client,
  credential: PresentedCredential,
  caller: Caller,
): Promise<RevokeTokenResult> {
  const found = await findSession(context.store.queries, credential.sessionId);
  // Whoever only knows a session's id ends nothing.
  if (found === undefined || !isAuthentic(credential, found.session.salt, context.keys.sessionMac)) {
    return { kind: 'nothing_to_do' };
  }
  const { session, user } = found;
  if (session.clientId !== client.id) return { kind: 'other_client' };
  const reason = 'revoked_by_client';
  const ended = await context.store.transaction(async (tx) => {
    const now = context.clock();
    if (!(await endSession(tx, session.id, user.id, reason, now))) return false;
    await audit(context, tx, now, {
      type: 'session.ended',
      outcome: 'success',
      actor: client.id,
      target: session.id,
      caller,
      details: { reason },
    });
    await revoke(context, tx, now, { kind: 'session', key: session.id });
    return true;
  });
  context.sessions.forgetSession(session.id);
  return { kind: ended ? 'revoked' : 'nothing_to_do' };
}

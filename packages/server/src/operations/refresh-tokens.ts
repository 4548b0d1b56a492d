import type { Caller } from '../domain/audit/event.ts';
import type { Client } from '../domain/clients/client.ts';
import { parseScope } from '../domain/clients/scope.ts';
import { keyRefusal, type KeyRefusal } from '../domain/dpop/key-refusal.ts';
import { parseCredential } from '../domain/sessions/credential.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import { findAuthorization, type Authorization } from '../storage/authorizations.ts';
import { findClient } from '../storage/clients.ts';
import { findSession } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { audiencesOf, mintAccessToken, type ClientTokens } from './mint-tokens.ts';
import { refreshSession, type NoSessionReason } from './refresh-session.ts';
import { newTokenId } from './sign-access-token.ts';

export interface RefreshRequest {
  readonly refreshToken: string;
  /** Fewer scopes than were granted (RFC 6749 §6); undefined for all. */
  readonly scope: string | undefined;
  readonly audiences: readonly string[];
  /** Thumbprint of the key that the client has proved to have (RFC 9449 §5). */
  readonly keyThumbprint?: string | undefined;
}

export type RefreshTokensResult =
  | ClientTokens
  | KeyRefusal
  | { readonly kind: 'invalid_grant'; readonly reason: NoSessionReason | 'other_client' | 'client_changed' }
  | { readonly kind: 'unauthorized_client' | 'invalid_scope' | 'invalid_target' };

/**
 * Gives tokens for a refresh token (RFC 6749 §6), by the rules of rotation: without another refresh token where the one
 * that was sent stays good. What was taken ends its session. All else is checked before anything rotates.
 */
export async function refreshTokens(
  context: OperationContext,
  client: Client,
  request: RefreshRequest,
  caller: Caller,
): Promise<RefreshTokensResult> {
  if (!client.grants.includes('refresh_token')) return { kind: 'unauthorized_client' };
  const { queries } = context.store;
  const presented = parseCredential(request.refreshToken, 'refresh_token');
  if (presented === undefined) return { kind: 'invalid_grant', reason: 'malformed' };
  const held = await findSession(queries, presented.sessionId);
  const authorization = await findAuthorization(queries, presented.sessionId);
  if (held === undefined || authorization === undefined) return { kind: 'invalid_grant', reason: 'unknown' };
  // RFC 6749 §6: bound to its client. Another one changes nothing.
  if (held.session.clientId !== client.id) return { kind: 'invalid_grant', reason: 'other_client' };
  // RFC 9449 §5: whoever took it from a public client has not the key, and changes nothing.
  const refusal = keyRefusal(authorization.keyThumbprint, request.keyThumbprint);
  if (refusal !== undefined) return refusal;
  const scopes = narrowed(authorization.scopes, request.scope);
  if (scopes === undefined) return { kind: 'invalid_scope' };
  const audiences = audiencesOf(authorization, context.policy.issuer);
  if (!request.audiences.every((audience) => audiences.includes(audience))) return { kind: 'invalid_target' };

  const reading = await refreshSession(context, {
    credential: request.refreshToken,
    carrier: 'refresh_token',
    canRenew: true,
    caller,
  });
  if (reading.kind === 'none') return { kind: 'invalid_grant', reason: reading.reason };
  return mint(context, client, reading, { ...authorization, scopes }, request.keyThumbprint);
}

/** The rows are read anew: a copy in memory is no authority to mint on. The token is of the branch that asks. */
async function mint(
  context: OperationContext,
  { id, version }: Client,
  reading: Extract<Awaited<ReturnType<typeof refreshSession>>, { kind: 'live' }>,
  grant: Authorization,
  keyThumbprint: string | undefined,
): Promise<RefreshTokensResult> {
  const { session: asking, renewal } = reading;
  const now = context.clock();
  const found = await findSession(context.store.queries, asking.id);
  const client = await findClient(context.store.queries, id);
  const isGood = found !== undefined && isLive(found.session, now) && found.user.bannedAt === null;
  if (!isGood || client === undefined || client.disabledAt !== null)
    return { kind: 'invalid_grant', reason: 'revoked' };
  // What it was believed by is void: a token of the new version would outlive that.
  if (client.version !== version) return { kind: 'invalid_grant', reason: 'client_changed' };
  const { generation, attempt } = asking;
  if (generation === found.session.generation && attempt !== found.session.attempt) {
    return { kind: 'invalid_grant', reason: 'revoked' };
  }
  const holder = { user: found.user, session: { ...found.session, generation, attempt } };
  const tokenId = newTokenId(context);
  const access = await mintAccessToken(context, { client, holder, grant, keyThumbprint, tokenId, now });
  if (renewal === undefined) return access;
  return { ...access, refreshToken: renewal.credential, decidedAtMs: renewal.decidedAtMs };
}

/** RFC 6749 §6: no scope that was not granted. */
function narrowed(granted: readonly string[], text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return granted;
  const scopes = parseScope(text)?.filter((scope) => scope !== 'offline_access');
  return scopes?.every((scope) => granted.includes(scope)) === true ? scopes : undefined;
}

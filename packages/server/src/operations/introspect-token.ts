import { branchKey, type AccessTokenClaims } from '@latchkey/protocol';
import {
  formerVoidReason,
  voidReason,
  type TokenStanding,
  type TokenVoidReason,
} from '../domain/access-tokens/standing.ts';
import type { Client } from '../domain/clients/client.ts';
import { isClientId, isSessionId, type SessionId } from '../domain/ids.ts';
import { toSeconds } from '../domain/instant.ts';
import { isAuthentic, parseCredential, type PresentedCredential } from '../domain/sessions/credential.ts';
import { decideRefresh } from '../domain/sessions/decide-refresh.ts';
import {
  findClientTokenStanding,
  findFormerStandings,
  findSessionStanding,
  findSessionTokenStanding,
} from '../storage/token-standing.ts';
import type { Queries } from '../storage/store.ts';
import type { OperationContext } from './context.ts';
import { verifyAccessToken, type VerifiedAccessToken } from './verify-access-token.ts';

/** What is told of a refresh token. */
export interface RefreshTokenFacts {
  readonly iss: string;
  readonly sub: string;
  readonly client_id: string;
  /** When it was made, and when it ends unless it is used. In seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  readonly sid: SessionId;
}

/** Why a token is not active. For the log only: outside, all of these look alike. */
export type InactiveReason = TokenVoidReason | 'not_ours' | 'other_audience' | 'not_accepted';

export type Introspection =
  | { readonly kind: 'access_token'; readonly claims: AccessTokenClaims }
  | { readonly kind: 'refresh_token'; readonly facts: RefreshTokenFacts }
  | { readonly kind: 'inactive'; readonly reason: InactiveReason };

/**
 * Tells whether a token is good at this moment (RFC 7662): the database is the authority, in one query. A client that
 * has audiences is a resource server and is told of tokens for it alone. Changes nothing: a refresh token is not used.
 */
export async function introspectToken(
  context: OperationContext,
  client: Pick<Client, 'audiences'>,
  token: string,
): Promise<Introspection> {
  const credential = parseCredential(token, 'refresh_token');
  if (credential !== undefined) return introspectCredential(context, client, credential);
  const verified = await verifyAccessToken(context, token);
  if (verified === undefined) return { kind: 'inactive', reason: 'not_ours' };
  const { claims } = verified;
  // RFC 7662 §4: else one resource server could look at what was meant for another.
  if (!isFor(claims, client)) return { kind: 'inactive', reason: 'other_audience' };
  const reason = await findVoidReason(context, verified);
  return reason === undefined ? { kind: 'access_token', claims } : { kind: 'inactive', reason };
}

function isFor({ aud }: AccessTokenClaims, { audiences }: Pick<Client, 'audiences'>): boolean {
  if (audiences.length === 0) return true;
  return (typeof aud === 'string' ? [aud] : aud).some((name) => audiences.includes(name));
}

/** Why the database, or a transaction of it, says that a token is void; undefined: it stands at this moment. */
export async function findVoidReason(
  { store, clock }: OperationContext,
  verified: VerifiedAccessToken,
  queries: Queries = store.queries,
): Promise<TokenVoidReason | undefined> {
  const standing = await standingOf(queries, verified);
  if (standing === undefined) return 'session_ended';
  const reason = voidReason(verified.claims, standing, clock());
  const { via = [] } = verified.claims;
  if (reason !== undefined || via.length === 0) return reason;
  const formers = await findFormerStandings(queries, via);
  return formers.map(formerVoidReason).find((each) => each !== undefined);
}

async function standingOf(queries: Queries, { kid, claims }: VerifiedAccessToken): Promise<TokenStanding | undefined> {
  const names = { kid, tokenId: claims.jti };
  const { sid, br = '', client_id: clientId } = claims;
  if (sid !== undefined && isSessionId(sid)) {
    return findSessionTokenStanding(queries, names, sid, branchKey(sid, br), clientId);
  }
  return isClientId(clientId) ? findClientTokenStanding(queries, names, clientId) : undefined;
}

async function introspectCredential(
  context: OperationContext,
  client: Pick<Client, 'audiences'>,
  credential: PresentedCredential,
): Promise<Introspection> {
  // A refresh token is for this server alone: no resource server has any business with one.
  if (client.audiences.length > 0) return { kind: 'inactive', reason: 'other_audience' };
  const found = await findSessionStanding(context.store.queries, credential.sessionId);
  if (found === undefined) return { kind: 'inactive', reason: 'session_ended' };
  const { session, user, client: holder } = found;
  const authentic = isAuthentic(credential, session.salt, context.keys.sessionMac);
  const presented = { generation: credential.generation, attempt: credential.attempt, authentic };
  const decision = decideRefresh(session, presented, context.clock(), context.policy.rotation[session.carrier]);
  if (decision.kind === 'refuse' || decision.kind === 'theft') return { kind: 'inactive', reason: 'not_accepted' };
  if (user.bannedAt !== null) return { kind: 'inactive', reason: 'subject_banned' };
  if (session.clientId === null || holder === undefined || holder.disabledAt !== null) {
    return { kind: 'inactive', reason: 'client_disabled' };
  }
  const facts = {
    iss: context.policy.issuer,
    sub: user.id,
    client_id: session.clientId,
    iat: toSeconds(session.rotatedAt),
    exp: toSeconds(Math.min(session.idleExpiresAt, session.expiresAt)),
    sid: session.id,
  };
  return { kind: 'refresh_token', facts };
}

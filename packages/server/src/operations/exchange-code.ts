import type { Caller } from '../domain/audit/event.ts';
import { hashAuthorizationCode, parseAuthorizationCode } from '../domain/authorization/code.ts';
import { matchesChallenge } from '../domain/authorization/pkce.ts';
import type { Client } from '../domain/clients/client.ts';
import { keyRefusal, type KeyRefusal } from '../domain/dpop/key-refusal.ts';
import { refreshTokenKey } from '../domain/dpop/requirement.ts';
import { isSessionId, type SessionId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { encodeCredential } from '../domain/sessions/credential.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import { endsOf } from '../domain/revocation/event.ts';
import {
  findCodeOwner,
  forgetGranted,
  lockAuthorizationCode,
  useAuthorizationCode,
  type StoredAuthorizationCode,
} from '../storage/authorization-codes.ts';
import { insertAuthorization } from '../storage/authorizations.ts';
import { lockClient } from '../storage/clients.ts';
import {
  endSession,
  holdSession,
  insertSession,
  isReplacedAtFirstUse,
  type SessionWithUser,
} from '../storage/sessions.ts';
import { rememberSignedIn } from '../storage/signed-in-clients.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser } from '../storage/users.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import { audiencesOf, issueIdToken, mintAccessToken, type ClientTokens } from './mint-tokens.ts';
import { makeRoomForSession } from './make-room-for-session.ts';
import { newSession } from './new-session.ts';
import { newTokenId } from './sign-access-token.ts';

export interface CodeExchange {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string | undefined;
  /** The resource server, where the client names it once more (RFC 8707 §2.2). */
  readonly audiences: readonly string[];
  /** Thumbprint of the key that the client has proved to have (RFC 9449 §5). */
  readonly keyThumbprint?: string | undefined;
}

/** Why a code is worth nothing. For the log only: outside, all of these look alike. */
export type CodeRefusal =
  | 'unknown'
  | 'other_client'
  | 'reused'
  | 'expired'
  | 'wrong_redirect_uri'
  | 'wrong_verifier'
  | 'session_ended'
  | 'client_disabled'
  /** Its secret was made void between its authentication and now. */
  | 'client_changed';

export type ExchangeCodeResult =
  | ClientTokens
  | KeyRefusal
  | { readonly kind: 'invalid_grant'; readonly reason: CodeRefusal }
  | { readonly kind: 'invalid_target' }
  | { readonly kind: 'unauthorized_client' };

interface Used {
  readonly kind: 'used';
  readonly code: StoredAuthorizationCode;
  readonly client: Client;
  /** Whose tokens are minted: the client's own session, or the browser's. */
  readonly holder: SessionWithUser;
  readonly refreshToken: string | undefined;
  readonly keyThumbprint: string | undefined;
  readonly tokenId: string;
  readonly now: Instant;
  readonly ended: readonly SessionId[];
}

type Refused = Exclude<ExchangeCodeResult, ClientTokens> & { readonly ended?: readonly SessionId[] };

/**
 * Gives tokens for a code (RFC 6749 §4.1.3): of any number of calls at once, to one. A client that may use refresh
 * tokens gets a session of its own; any other one an access token of the browser's session. A second use ends what the
 * first one gave (RFC 6749 §4.1.2).
 */
export async function exchangeCode(
  context: OperationContext,
  client: Client,
  exchange: CodeExchange,
  caller: Caller,
): Promise<ExchangeCodeResult> {
  if (!client.grants.includes('authorization_code')) return { kind: 'unauthorized_client' };
  const code = parseAuthorizationCode(exchange.code);
  if (code === undefined) return refused('unknown');
  const hash = hashAuthorizationCode(code);
  const owner = await findCodeOwner(context.store.queries, hash);
  if (owner === undefined) return refused('unknown');
  // Whoever is not the client ends nothing.
  if (owner.clientId !== client.id) return refused('other_client');
  const outcome = await context.store.transaction(async (tx): Promise<Used | Refused> => {
    // In the order of everybody who locks more than one: user, client, code.
    const user = await lockUser(tx, owner.userId);
    const current = await lockClient(tx, client.id);
    const stored = await lockAuthorizationCode(tx, hash);
    if (user === undefined || current === undefined || stored === undefined) return refused('unknown');
    if (current.version !== client.version) return refused('client_changed');
    if (stored.usedAt !== null) return endGranted(context, tx, stored, caller);
    return useCode(context, tx, { code: stored, client: current, exchange, caller });
  });
  for (const id of outcome.ended ?? []) context.sessions.forgetSession(id);
  return outcome.kind === 'used' ? tokensOf(context, outcome) : outcome;
}

interface CodeUse {
  readonly code: StoredAuthorizationCode;
  readonly client: Client;
  readonly exchange: CodeExchange;
  readonly caller: Caller;
}

async function useCode(
  context: OperationContext,
  tx: Tx,
  { code, client, exchange, caller }: CodeUse,
): Promise<Used | Refused> {
  const now = context.clock();
  // Locked, so that whoever ends it comes before, or tells the client of it.
  const browser = await holdSession(tx, code.sessionId);
  const reason = refusalOf(code, client, exchange, browser, now);
  if (reason !== undefined || browser === undefined) return refused(reason ?? 'session_ended');
  // Nor for a code of just before the password was changed: what it gives would outlive the change.
  if (await isReplacedAtFirstUse(tx, code.sessionId, code.userId, now)) return refused('session_ended');
  // RFC 9449 §10: whoever took it has not the key of who asked for it.
  const refusal = keyRefusal(code.keyThumbprint, exchange.keyThumbprint);
  if (refusal !== undefined) return refusal;
  const audiences = audiencesOf(code, context.policy.issuer);
  if (!exchange.audiences.every((audience) => audiences.includes(audience))) return { kind: 'invalid_target' };

  const isOffline = client.grants.includes('refresh_token');
  const tokenId = newTokenId(context);
  const session = isOffline ? clientSession(context, client, browser.session, caller, now) : undefined;
  if (session !== undefined) {
    await insertSession(tx, session);
    await insertAuthorization(tx, session.id, {
      ...code,
      keyThumbprint: refreshTokenKey(client, exchange.keyThumbprint),
      browserSessionId: code.sessionId,
    });
  }
  if (code.scopes.includes('openid')) {
    const { sessionId, userId } = code;
    await rememberSignedIn(tx, { sessionId, clientId: client.id, userId }, browser.session.expiresAt);
  }
  await useAuthorizationCode(tx, code.hash, session?.id ?? tokenId, now);
  await audit(context, tx, now, {
    type: 'code.exchanged',
    outcome: 'success',
    actor: client.id,
    target: session?.id ?? tokenId,
    caller,
    details: { user: code.userId, session: code.sessionId, scope: code.scopes.join(' ') },
  });
  const ended = session === undefined ? [] : await makeRoomForSession(context, tx, { session, caller }, now);
  await revoke(context, tx, now, ...endsOf(ended));
  return {
    kind: 'used',
    code,
    client,
    holder: {
      user: browser.user,
      session: session ?? { ...browser.session, generation: code.generation, attempt: code.attempt },
    },
    refreshToken: session && encodeCredential(session, context.keys.sessionMac),
    keyThumbprint: exchange.keyThumbprint,
    tokenId,
    now,
    ended,
  };
}

function refusalOf(
  code: StoredAuthorizationCode,
  client: Client,
  { redirectUri, verifier }: CodeExchange,
  browser: SessionWithUser | undefined,
  now: Instant,
): CodeRefusal | undefined {
  if (client.disabledAt !== null) return 'client_disabled';
  if (now >= code.expiresAt) return 'expired';
  if (redirectUri !== code.redirectUri) return 'wrong_redirect_uri';
  if (!matchesChallenge(verifier, code.codeChallenge)) return 'wrong_verifier';
  if (browser === undefined || !isLive(browser.session, now) || browser.user.bannedAt !== null) return 'session_ended';
  const { generation, attempt } = browser.session;
  // The branch that it was given to was given up.
  return code.generation === generation && code.attempt !== attempt ? 'session_ended' : undefined;
}

/** RFC 6749 §4.1.2: what the first use gave may be in the hands of whoever took the code. */
async function endGranted(
  context: OperationContext,
  tx: Tx,
  { hash, granted, userId, clientId }: StoredAuthorizationCode,
  caller: Caller,
): Promise<Refused> {
  if (granted === null) return refused('reused');
  const now = context.clock();
  const isSession = isSessionId(granted);
  const hasEnded = !isSession || (await endSession(tx, granted, userId, 'code_reused', now));
  await forgetGranted(tx, hash);
  await audit(context, tx, now, {
    type: 'code.reused',
    outcome: 'failure',
    actor: clientId,
    target: granted,
    caller,
    details: { user: userId },
  });
  if (hasEnded) {
    await revoke(context, tx, now, isSession ? { kind: 'session', key: granted } : { kind: 'token', key: granted });
  }
  return { ...refused('reused'), ended: isSession ? [granted] : [] };
}

async function tokensOf(context: OperationContext, used: Used): Promise<ClientTokens> {
  const { code, client, holder, refreshToken, keyThumbprint, tokenId, now } = used;
  const access = await mintAccessToken(context, { client, holder, grant: code, keyThumbprint, tokenId, now });
  const isOpenId = code.scopes.includes('openid');
  return {
    ...access,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(isOpenId && {
      idToken: await issueIdToken(context, { client, holder, sessionId: code.sessionId, nonce: code.nonce, now }),
    }),
  };
}

/** The client's own session: as long as one that is remembered, and signed in when the browser was. */
function clientSession(
  context: OperationContext,
  client: Client,
  { userId, authTime, amr }: Session,
  caller: Caller,
  now: Instant,
): Session {
  const carrier = 'refresh_token';
  return newSession(context, { userId, clientId: client.id, carrier, remember: true, authTime, amr }, caller, now);
}

function refused(reason: CodeRefusal): { readonly kind: 'invalid_grant'; readonly reason: CodeRefusal } {
  return { kind: 'invalid_grant', reason };
}

import type { ClientId, SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { words } from '../domain/words.ts';
import { compileOnce, type Parameter } from './compiled-query.ts';
import type { Queries, Tx } from './store.ts';

/** What the tokens of a client's session may be for. */
export interface Authorization {
  readonly scopes: readonly string[];
  readonly audience: string;
  /** Thumbprint of the key that its tokens are bound to (RFC 9449 §5); null: to none. */
  readonly keyThumbprint: string | null;
}

/** What is kept of an authorization beside what its tokens say. */
export interface NewAuthorization extends Authorization {
  /** The browser session that it came of: the `sid` of its ID token. */
  readonly browserSessionId: SessionId;
}

/** Says what a client's session, which the same transaction begins, may be used for. */
export async function insertAuthorization(
  tx: Tx,
  sessionId: SessionId,
  { scopes, audience, keyThumbprint, browserSessionId }: NewAuthorization,
): Promise<void> {
  await tx
    .insertInto('authorizations')
    .values({
      session_id: sessionId,
      scopes: scopes.join(' '),
      audience,
      key_thumbprint: keyThumbprint,
      browser_session_id: browserSessionId,
    })
    .execute();
}

const selectAuthorization = compileOnce((queries, parameter: Parameter<{ readonly sessionId: SessionId }>) =>
  queries
    .selectFrom('authorizations')
    .select(['scopes', 'audience', 'key_thumbprint'])
    .where('session_id', '=', parameter('sessionId')),
);

/** Reads without a lock: the row never changes. */
export async function findAuthorization(queries: Queries, sessionId: SessionId): Promise<Authorization | undefined> {
  const [row] = await selectAuthorization(queries, { sessionId });
  return row && { scopes: words(row.scopes), audience: row.audience, keyThumbprint: row.key_thumbprint };
}

/** Scopes that the user has let the client have; none where the user was never asked. */
export async function findConsent(queries: Queries, userId: UserId, clientId: ClientId): Promise<readonly string[]> {
  const row = await queries
    .selectFrom('consents')
    .select('scopes')
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return words(row?.scopes ?? '');
}

/** What a user let a client have, or what it holds a session for. */
export interface ListedAuthorization {
  readonly clientId: ClientId;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly since: Instant;
}

/** What the user was asked about; of clients that were disabled, too. */
export async function listConsents(queries: Queries, userId: UserId): Promise<readonly ListedAuthorization[]> {
  const rows = await queries
    .selectFrom('consents')
    .innerJoin('clients', 'clients.id', 'consents.client_id')
    .select(['clients.id', 'clients.name', 'consents.scopes', 'consents.updated_at'])
    .where('consents.user_id', '=', userId)
    .execute();
  return rows.map(({ id, name, scopes, updated_at: since }) => ({ clientId: id, name, scopes: words(scopes), since }));
}

/** The live sessions of the user that clients hold. */
export async function listHeldAuthorizations(
  queries: Queries,
  userId: UserId,
  now: Instant,
): Promise<readonly (ListedAuthorization & { readonly lastUsedAt: Instant })[]> {
  const rows = await queries
    .selectFrom('sessions')
    .innerJoin('clients', 'clients.id', 'sessions.client_id')
    .leftJoin('authorizations', 'authorizations.session_id', 'sessions.id')
    .select(['clients.id', 'clients.name', 'authorizations.scopes', 'sessions.created_at', 'sessions.last_used_at'])
    .where('sessions.user_id', '=', userId)
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.idle_expires_at', '>', now)
    .where('sessions.expires_at', '>', now)
    .execute();
  return rows.map(({ id, name, scopes, created_at: since, last_used_at: lastUsedAt }) => ({
    clientId: id,
    name,
    scopes: words(scopes ?? ''),
    since,
    lastUsedAt,
  }));
}

/** The user is asked again. Gives whether there was anything to forget. */
export async function deleteConsent(tx: Tx, userId: UserId, clientId: ClientId): Promise<boolean> {
  const result = await tx
    .deleteFrom('consents')
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

/** Remembers these scopes beside those of before. The caller holds the user's row locked, so that none is lost. */
export async function saveConsent(
  tx: Tx,
  consent: { readonly userId: UserId; readonly clientId: ClientId; readonly scopes: readonly string[] },
  now: Instant,
): Promise<void> {
  const { userId, clientId } = consent;
  const scopes = [...new Set([...(await findConsent(tx, userId, clientId)), ...consent.scopes])].join(' ');
  await tx
    .insertInto('consents')
    .values({ user_id: userId, client_id: clientId, scopes, updated_at: now })
    .onConflict((conflict) => conflict.columns(['user_id', 'client_id']).doUpdateSet({ scopes, updated_at: now }))
    .execute();
}

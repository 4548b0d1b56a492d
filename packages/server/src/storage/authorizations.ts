import type { ClientId, SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
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

/** Reads without a lock: the row never changes. */
export async function findAuthorization(queries: Queries, sessionId: SessionId): Promise<Authorization | undefined> {
  const row = await queries
    .selectFrom('authorizations')
    .select(['scopes', 'audience', 'key_thumbprint'])
    .where('session_id', '=', sessionId)
    .executeTakeFirst();
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

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

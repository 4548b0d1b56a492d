import type { ClientId, SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { SessionEndReason } from '../domain/sessions/session.ts';
import { words } from '../domain/words.ts';
import type { Tx } from './store.ts';

/** A client that knows of a browser session, by an ID token that names it. */
export interface SignedInClient {
  /** The browser session. */
  readonly sessionId: SessionId;
  readonly clientId: ClientId;
  readonly userId: UserId;
}

/** What ended: one session, whatever holds it; what ended of a user's; or all that a client has of a user. */
export type EndOfSessions =
  | { readonly kind: 'session'; readonly sessionId: SessionId }
  | { readonly kind: 'user'; readonly userId: UserId }
  | { readonly kind: 'authorization'; readonly userId: UserId; readonly clientId: ClientId };

/**
 * Remembers that the client knows of the session. The caller holds the session's row locked and has seen it alive:
 * whoever ends it comes before, or finds this row.
 *
 * @param expiresAt - When the session ends, whatever happens.
 */
export async function rememberSignedIn(
  tx: Tx,
  { sessionId, clientId, userId }: SignedInClient,
  expiresAt: Instant,
): Promise<void> {
  await tx
    .insertInto('signed_in_clients')
    .values({ session_id: sessionId, client_id: clientId, user_id: userId, expires_at: expiresAt })
    .onConflict((conflict) => conflict.columns(['session_id', 'client_id']).doUpdateSet({ expires_at: expiresAt }))
    .execute();
}

/**
 * Takes out the clients that are to know of an end, once the same transaction has written it; each once. A client whose
 * own session ended is among them where it has no other one of the same browser session, and has not ended it itself.
 */
export async function takeSignedInClients(
  tx: Tx,
  end: EndOfSessions,
  now: Instant,
): Promise<readonly SignedInClient[]> {
  const known = await takeKnowing(tx, end, now);
  const holding = await listHolding(tx, end, now);
  for (const { sessionId, clientId } of holding) {
    await tx
      .deleteFrom('signed_in_clients')
      .where('session_id', '=', sessionId)
      .where('client_id', '=', clientId)
      .execute();
  }
  const each = [...known, ...holding].map((client) => [`${client.sessionId} ${client.clientId}`, client] as const);
  return [...new Map(each).values()];
}

async function takeKnowing(tx: Tx, end: EndOfSessions, now: Instant): Promise<readonly SignedInClient[]> {
  const taking = tx.deleteFrom('signed_in_clients').returning(['session_id', 'client_id', 'user_id', 'expires_at']);
  const taken = await narrowed();
  return taken
    .filter(({ expires_at: expiresAt }) => expiresAt > now)
    .map((row) => ({ sessionId: row.session_id, clientId: row.client_id, userId: row.user_id }));

  function narrowed() {
    switch (end.kind) {
      case 'session':
        return taking.where('session_id', '=', end.sessionId).execute();
      case 'user':
        return taking.where('user_id', '=', end.userId).where('session_id', 'not in', liveOf(tx, end.userId)).execute();
      case 'authorization':
        return taking.where('user_id', '=', end.userId).where('client_id', '=', end.clientId).execute();
    }
  }
}

function liveOf(tx: Tx, userId: UserId) {
  return tx.selectFrom('sessions').select('id').where('user_id', '=', userId).where('revoked_at', 'is', null);
}

/** Clients by their own sessions that ended, with the browser sessions that these came of. */
async function listHolding(tx: Tx, end: EndOfSessions, now: Instant): Promise<readonly SignedInClient[]> {
  const ended = tx
    .selectFrom('sessions')
    .innerJoin('authorizations', 'authorizations.session_id', 'sessions.id')
    .select(['sessions.client_id', 'sessions.user_id', 'authorizations.browser_session_id', 'authorizations.scopes'])
    .where('sessions.client_id', 'is not', null)
    .where('sessions.revoked_reason', '!=', 'revoked_by_client' satisfies SessionEndReason)
    .where((expression) =>
      expression.not(
        expression.exists(
          expression
            .selectFrom('sessions as other')
            .innerJoin('authorizations as others', 'others.session_id', 'other.id')
            .select('other.id')
            .whereRef('other.user_id', '=', 'sessions.user_id')
            .whereRef('other.client_id', '=', 'sessions.client_id')
            .whereRef('others.browser_session_id', '=', 'authorizations.browser_session_id')
            .where('other.revoked_at', 'is', null)
            .where('other.idle_expires_at', '>', now)
            .where('other.expires_at', '>', now),
        ),
      ),
    );
  const rows = await narrowed();
  return rows.flatMap(({ client_id: clientId, user_id: userId, browser_session_id: sessionId, scopes }) =>
    sessionId === null || !words(scopes).includes('openid')
      ? []
      : [{ sessionId: sessionId as SessionId, clientId: clientId as ClientId, userId }],
  );

  function narrowed() {
    switch (end.kind) {
      case 'session':
        return ended.where('sessions.id', '=', end.sessionId).execute();
      case 'user':
        return ended.where('sessions.user_id', '=', end.userId).where('sessions.revoked_at', '=', now).execute();
      case 'authorization':
        return ended
          .where('sessions.user_id', '=', end.userId)
          .where('sessions.client_id', '=', end.clientId)
          .where('sessions.revoked_at', '=', now)
          .execute();
    }
  }
}

/**
 * Which of these clients want to be told of sign-outs, and may still act. None of them is removed before the
 * transaction ends.
 */
export async function listToldOfLogouts(tx: Tx, clientIds: readonly ClientId[]): Promise<ReadonlySet<ClientId>> {
  if (clientIds.length === 0) return new Set();
  const rows = await tx
    .selectFrom('clients')
    .select('id')
    .where('id', 'in', [...new Set(clientIds)])
    .where('backchannel_logout_uri', 'is not', null)
    .where('disabled_at', 'is', null)
    .forKeyShare()
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Removes rows of sessions that have expired; gives how many. Safe on several nodes at once. */
export async function purgeSignedInClients(tx: Tx, now: Instant, limit: number): Promise<number> {
  const expired = tx
    .selectFrom('signed_in_clients')
    .select(['session_id', 'client_id'])
    .where('expires_at', '<=', now)
    .limit(limit)
    .forUpdate()
    .skipLocked();
  const result = await tx
    .deleteFrom('signed_in_clients')
    .where((expression) =>
      expression(expression.refTuple('session_id', 'client_id'), 'in', expired.$asTuple('session_id', 'client_id')),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

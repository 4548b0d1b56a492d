import type { ClientId, Id, SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { SignedInClient } from './signed-in-clients.ts';
import type { Queries, Tx } from './store.ts';

export type LogoutNoticeId = Id<'lgo'>;

/** A client that is still to be told that a session has ended. */
export interface LogoutNotice extends SignedInClient {
  readonly id: LogoutNoticeId;
  readonly attempts: number;
}

export async function insertLogoutNotices(
  tx: Tx,
  notices: readonly Omit<LogoutNotice, 'attempts'>[],
  now: Instant,
): Promise<void> {
  if (notices.length === 0) return;
  const rows = notices.map(({ id, clientId, sessionId, userId }) => ({
    id,
    client_id: clientId,
    session_id: sessionId,
    user_id: userId,
    created_at: now,
    next_attempt_at: now,
    attempts: 0,
  }));
  await tx.insertInto('logout_notices').values(rows).execute();
}

/** Of these sessions, those of which a client is to be told and nothing was sent yet: `session client`. */
export async function listUntoldLogouts(
  tx: Tx,
  sessionIds: readonly SessionId[],
  clientIds: readonly ClientId[],
): Promise<ReadonlySet<string>> {
  if (sessionIds.length === 0 || clientIds.length === 0) return new Set();
  const rows = await tx
    .selectFrom('logout_notices')
    .select(['session_id', 'client_id'])
    .where('client_id', 'in', [...clientIds])
    .where('session_id', 'in', [...sessionIds])
    .where('attempts', '=', 0)
    .execute();
  return new Set(rows.map((row) => `${row.session_id} ${row.client_id}`));
}

/** Whether anybody is to be told now. Reads without a lock: it spares most rounds a transaction. */
export async function isLogoutNoticeDue(queries: Queries, now: Instant): Promise<boolean> {
  const row = await queries
    .selectFrom('logout_notices')
    .select('id')
    .where('next_attempt_at', '<=', now)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Claims the notice that is due longest by moving its next attempt to `retryAt` before it is sent: of several nodes
 * one gets it, and if that one dies another tries again later.
 *
 * @param except - Clients that are slow to answer.
 */
export async function claimDueLogoutNotice(
  tx: Tx,
  now: Instant,
  except: readonly ClientId[],
  retryAt: (attempts: number) => Instant,
): Promise<LogoutNotice | undefined> {
  const row = await tx
    .selectFrom('logout_notices')
    .selectAll()
    .where('next_attempt_at', '<=', now)
    .$if(except.length > 0, (query) => query.where('client_id', 'not in', [...except]))
    .orderBy('next_attempt_at')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const attempts = row.attempts + 1;
  await tx
    .updateTable('logout_notices')
    .set({ attempts, next_attempt_at: retryAt(attempts) })
    .where('id', '=', row.id)
    .execute();
  return { ...toNotice(row), attempts };
}

/** It was sent, or given up. */
export async function deleteLogoutNotice(tx: Tx, id: LogoutNoticeId): Promise<void> {
  await tx.deleteFrom('logout_notices').where('id', '=', id).execute();
}

function toNotice(row: {
  readonly id: string;
  readonly client_id: ClientId;
  readonly session_id: SessionId;
  readonly user_id: UserId;
  readonly attempts: number;
}): LogoutNotice {
  return {
    id: row.id as LogoutNoticeId,
    clientId: row.client_id,
    sessionId: row.session_id,
    userId: row.user_id,
    attempts: row.attempts,
  };
}

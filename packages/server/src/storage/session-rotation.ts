import { sql, type Expression } from 'kysely';
import type { SessionId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Rotation } from '../domain/sessions/decide-refresh.ts';
import { selectSessionWithUser, toSessionWithUser, type SessionWithUser } from './sessions.ts';
import type { Tx } from './store.ts';

export interface LockedSession extends SessionWithUser {
  /** The time on the clock that rotations are measured by, read with the row. */
  readonly now: Instant;
}

/**
 * Reads a session and its user, and locks the session's row until the transaction ends: whoever decides about
 * the same session takes turns.
 *
 * @param now - The clock, as an expression, so that the database's own is read in the same round trip.
 */
export async function lockSession(tx: Tx, id: SessionId, now: Expression<Instant>): Promise<LockedSession | undefined> {
  const row = await selectSessionWithUser(tx)
    .select(sql<Instant>`${now}`.as('now'))
    .where('sessions.id', '=', id)
    .forUpdate('sessions')
    .executeTakeFirst();
  return row && { ...toSessionWithUser(row), now: row.now };
}

/** What is known of the use that moved a session on. */
export interface SessionUse {
  readonly lastUsedAt: Instant;
  readonly idleExpiresAt: Instant;
  readonly network: string | null;
  readonly userAgent: string | null;
}

/** Writes a decision's next state. The caller holds the row locked and decided on what it read under that lock. */
export async function saveRotation(tx: Tx, id: SessionId, next: Rotation, use: SessionUse): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({
      generation: next.generation,
      attempt: next.attempt,
      previous_attempt: next.previousAttempt,
      rotated_at: next.rotatedAt,
      confirmed: next.confirmed ? 1 : 0,
      last_used_at: use.lastUsedAt,
      idle_expires_at: use.idleExpiresAt,
      network: use.network,
      user_agent: use.userAgent,
    })
    .where('id', '=', id)
    .execute();
}

/** Marks the current credential as seen in use. The caller holds the row locked. */
export async function confirmSession(
  tx: Tx,
  id: SessionId,
  use: Pick<SessionUse, 'lastUsedAt' | 'idleExpiresAt'>,
): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ confirmed: 1, last_used_at: use.lastUsedAt, idle_expires_at: use.idleExpiresAt })
    .where('id', '=', id)
    .execute();
}

/** Takes the overlap from one generation. The caller holds the row locked. */
export async function setStrictGeneration(tx: Tx, id: SessionId, generation: number): Promise<void> {
  await tx.updateTable('sessions').set({ strict_generation: generation }).where('id', '=', id).execute();
}

import type { Selectable } from 'kysely';
import type { SessionId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Rotation } from '../domain/sessions/decide-refresh.ts';
import { POSTGRES_NOW, type RotationClock } from './clock.ts';
import { compileOnce, type Parameter } from './compiled-query.ts';
import type { SessionsTable } from './schema/accounts.ts';
import { selectSessionWithUser, toSessionWithUser, type SessionWithUser } from './sessions.ts';
import type { Tx } from './store.ts';

export interface LockedSession extends SessionWithUser {
  /** The time on the clock that rotations are measured by, read with the row. */
  readonly now: Instant;
}

const selectLocked = compileOnce((queries, parameter: Parameter<{ readonly id: SessionId }>) =>
  selectSessionWithUser(queries).where('sessions.id', '=', parameter('id')).forUpdate('sessions'),
);

const selectLockedWithClock = compileOnce((queries, parameter: Parameter<{ readonly id: SessionId }>) =>
  selectSessionWithUser(queries)
    .select(POSTGRES_NOW.as('now'))
    .where('sessions.id', '=', parameter('id'))
    .forUpdate('sessions'),
);

/**
 * Reads a session and its user, and locks the session's row until the transaction ends: whoever decides about
 * the same session takes turns.
 *
 * @param clock - The database's own is read in the same round trip.
 */
export async function lockSession(tx: Tx, id: SessionId, clock: RotationClock): Promise<LockedSession | undefined> {
  if (clock === 'database') {
    const [row] = await selectLockedWithClock(tx, { id });
    return row && { ...toSessionWithUser(row), now: row.now };
  }
  const [row] = await selectLocked(tx, { id });
  return row && { ...toSessionWithUser(row), now: clock() };
}

/** What is known of the use that moved a session on. */
export interface SessionUse {
  readonly lastUsedAt: Instant;
  readonly idleExpiresAt: Instant;
  readonly network: string | null;
  readonly userAgent: string | null;
}

type RotatedColumns = Pick<
  Selectable<SessionsTable>,
  | 'generation'
  | 'attempt'
  | 'previous_attempt'
  | 'rotated_at'
  | 'confirmed'
  | 'last_used_at'
  | 'idle_expires_at'
  | 'network'
  | 'user_agent'
>;

const updateRotated = compileOnce((queries, parameter: Parameter<RotatedColumns & { readonly id: SessionId }>) =>
  queries
    .updateTable('sessions')
    .set({
      generation: parameter('generation'),
      attempt: parameter('attempt'),
      previous_attempt: parameter('previous_attempt'),
      rotated_at: parameter('rotated_at'),
      confirmed: parameter('confirmed'),
      last_used_at: parameter('last_used_at'),
      idle_expires_at: parameter('idle_expires_at'),
      network: parameter('network'),
      user_agent: parameter('user_agent'),
      // What rotates has arrived.
      replaces: null,
    })
    .where('id', '=', parameter('id')),
);

/** Writes a decision's next state. The caller holds the row locked and decided on what it read under that lock. */
export async function saveRotation(tx: Tx, id: SessionId, next: Rotation, use: SessionUse): Promise<void> {
  await updateRotated(tx, {
    id,
    generation: next.generation,
    attempt: next.attempt,
    previous_attempt: next.previousAttempt,
    rotated_at: next.rotatedAt,
    confirmed: next.confirmed ? 1 : 0,
    last_used_at: use.lastUsedAt,
    idle_expires_at: use.idleExpiresAt,
    network: use.network,
    user_agent: use.userAgent,
  });
}

/** Marks the current credential as seen in use, and the session as arrived. The caller holds the row locked. */
export async function confirmSession(
  tx: Tx,
  id: SessionId,
  use: Pick<SessionUse, 'lastUsedAt' | 'idleExpiresAt'>,
): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ confirmed: 1, last_used_at: use.lastUsedAt, idle_expires_at: use.idleExpiresAt, replaces: null })
    .where('id', '=', id)
    .execute();
}

/** Takes the overlap from one generation. The caller holds the row locked. */
export async function setStrictGeneration(tx: Tx, id: SessionId, generation: number): Promise<void> {
  await tx.updateTable('sessions').set({ strict_generation: generation }).where('id', '=', id).execute();
}

import type { Selectable } from 'kysely';
import type { RandomBytes } from '../domain/ids.ts';
import { MINUTE_MS, type Instant } from '../domain/instant.ts';
import type { RevocationCursor } from '../domain/revocation/cursor.ts';
import type { RevocationEvent } from '../domain/revocation/event.ts';
import type { RevocationEventsTable } from './schema/server.ts';
import type { Queries, Tx } from './store.ts';

const MARK_BYTES = 9;
/** An event that is younger, and the one before these, stay: those who follow the log stand there. */
const FOLLOWED_MS = MINUTE_MS;

/** The newest event's place and mark, and the log that it counts in. */
export interface RevocationHead extends RevocationCursor {
  readonly epoch: string;
}

/** Makes the one row of the head where there is none yet. */
export async function ensureRevocationHead(tx: Tx, epoch: string): Promise<void> {
  await tx
    .insertInto('revocation_head')
    .values({ id: 1, epoch, seq: 0 })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

export async function readRevocationHead(queries: Queries): Promise<RevocationHead> {
  return queries
    .selectFrom('revocation_head')
    .select(['epoch', 'seq', 'mark'])
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
}

/**
 * Appends to the revocation log. To be the last statements of the transaction: from here on the head's row is
 * locked, which makes the order of sequence numbers the order of commits, without gaps.
 */
export async function appendRevocation(
  tx: Tx,
  event: RevocationEvent,
  now: Instant,
  dropAfter: Instant,
  random: RandomBytes,
): Promise<void> {
  const mark = Buffer.from(random(MARK_BYTES)).toString('base64url');
  const { seq } = await tx
    .updateTable('revocation_head')
    .set((expression) => ({ seq: expression('seq', '+', 1), mark }))
    .where('id', '=', 1)
    .returning('seq')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('revocation_events')
    .values({
      seq,
      kind: event.kind,
      key: event.key,
      min_version: 'minVersion' in event ? event.minVersion : null,
      mark,
      committed_at: now,
      drop_after: dropAfter,
    })
    .execute();
}

export type RecordedRevocation = Selectable<RevocationEventsTable>;

/** Events after a place, in order: what is there of them. */
export async function listRevocations(
  queries: Queries,
  after: number,
  limit: number,
): Promise<readonly RecordedRevocation[]> {
  return queries
    .selectFrom('revocation_events')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

export type RevocationsAfter =
  | {
      readonly kind: 'page';
      /** At least as new as the last of the events. */
      readonly head: RevocationHead;
      /** Right behind the cursor, in the order of commits, without gaps. */
      readonly events: readonly RecordedRevocation[];
    }
  /** Another log, one that was put back to an earlier state, or one that has dropped what came next. */
  | { readonly kind: 'gone' };

/**
 * What came after a cursor: one statement where that is nothing, two otherwise. No event is missed, whoever writes
 * meanwhile: the head's row puts writers in order, so that all events up to the head that was read are there, and
 * those behind it join on without a gap.
 */
export async function readRevocationsAfter(
  queries: Queries,
  epoch: string,
  after: RevocationCursor,
  limit: number,
): Promise<RevocationsAfter> {
  const head = await readRevocationHead(queries);
  if (head.epoch !== epoch || head.seq < after.seq) return { kind: 'gone' };
  if (head.seq === after.seq) return head.mark === after.mark ? { kind: 'page', head, events: [] } : { kind: 'gone' };
  // With the event that the cursor names.
  const rows = await listRevocations(queries, after.seq - 1, limit + 1);
  const events = after.seq === 0 ? rows.slice(0, limit) : rows.slice(1);
  const isFollowed = after.seq === 0 || (rows[0]?.seq === after.seq && rows[0].mark === after.mark);
  const isContiguous = events.every(({ seq }, index) => seq === after.seq + index + 1);
  const last = events.at(-1);
  if (!isFollowed || !isContiguous || last === undefined) return { kind: 'gone' };
  // Too few for what the head promised: the log was put back between the two statements.
  if (last.seq < head.seq && events.length < limit) return { kind: 'gone' };
  return { kind: 'page', head: last.seq > head.seq ? { epoch, seq: last.seq, mark: last.mark } : head, events };
}

/**
 * Removes events that no living token can match any more; gives how many. Those where a reader may stand who is up to
 * date are kept a while longer: after a quiet hour, the next event would be a gap to everybody. Safe on several nodes
 * at once: none waits for rows that another one is removing.
 *
 * @param limit - About how many at most, so that no statement takes long.
 */
export async function purgeRevocations(tx: Tx, now: Instant, limit: number): Promise<number> {
  const followed = tx
    .selectFrom('revocation_events')
    .select('seq')
    .where('committed_at', '<=', now - FOLLOWED_MS)
    .orderBy('seq', 'desc')
    .limit(1);
  const expired = tx
    .selectFrom('revocation_events')
    .select('seq')
    .where('drop_after', '<=', now)
    .where('seq', '<', followed)
    .limit(limit);
  const result = await tx
    .deleteFrom('revocation_events')
    .where('seq', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

import type { Instant } from '../domain/instant.ts';
import type { RevocationEvent } from '../domain/revocation/event.ts';
import type { Queries, Tx } from './store.ts';

/** The newest sequence number, and the log that it counts in. */
export interface RevocationHead {
  readonly epoch: string;
  readonly seq: number;
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
  return queries.selectFrom('revocation_head').select(['epoch', 'seq']).where('id', '=', 1).executeTakeFirstOrThrow();
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
): Promise<void> {
  const { seq } = await tx
    .updateTable('revocation_head')
    .set((expression) => ({ seq: expression('seq', '+', 1) }))
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
      mark: '',
      committed_at: now,
      drop_after: dropAfter,
    })
    .execute();
}

export interface RecordedRevocation {
  readonly seq: number;
  readonly kind: string;
  readonly key: string;
  readonly min_version: number | null;
}

/** Events after a sequence number, in order. */
export async function listRevocations(
  queries: Queries,
  after: number,
  limit: number,
): Promise<readonly RecordedRevocation[]> {
  return queries
    .selectFrom('revocation_events')
    .select(['seq', 'kind', 'key', 'min_version'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/**
 * Removes events that no living token can match any more; gives how many. Safe on several nodes at once: none waits
 * for rows that another one is removing.
 *
 * @param limit - About how many at most, so that no statement takes long.
 */
export async function purgeRevocations(tx: Tx, now: Instant, limit: number): Promise<number> {
  const expired = tx.selectFrom('revocation_events').select('seq').where('drop_after', '<=', now).limit(limit);
  const result = await tx
    .deleteFrom('revocation_events')
    .where('seq', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

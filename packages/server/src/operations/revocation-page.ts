import { performance } from 'node:perf_hooks';
import type { RevocationPage, WireRevocation } from '@latchkey/protocol';
import type { Instant } from '../domain/instant.ts';
import { formatCursor, type RevocationCursor } from '../domain/revocation/cursor.ts';
import {
  listRevocations,
  readRevocationHead,
  readRevocationsAfter,
  type RecordedRevocation,
  type RevocationHead,
} from '../storage/revocations.ts';
import type { OperationContext } from './context.ts';

/** Most events of a page. */
const REVOCATION_PAGE_SIZE = 1000;
/** Events of a snapshot that are read and written at a time: some milliseconds of work. */
const SNAPSHOT_STEP = 1000;

/** The moment now on this process's monotonic clock, in milliseconds: what `elapsed_ms` is measured by. */
export const monotonicNow = (): number => performance.now();

/** A page as all readers get it, but for the one member that depends on the request. */
export interface SharedPage {
  /** The page without `elapsed_ms` and `events`. */
  readonly members: Omit<RevocationPage, 'elapsed_ms' | 'events'>;
  readonly events: readonly RecordedRevocation[];
  /** By {@link monotonicNow}: all that was committed before is in the log that was read. */
  readonly readAtMs: number;
}

/** What came after a cursor; `gone` if the log cannot say. */
export async function readRevocationPage(
  { store, clock }: OperationContext,
  epoch: string,
  after: RevocationCursor,
  limit = REVOCATION_PAGE_SIZE,
): Promise<SharedPage | 'gone'> {
  const readAtMs = monotonicNow();
  const now = clock();
  const read = await readRevocationsAfter(store.queries, epoch, after, limit);
  if (read.kind === 'gone') return 'gone';
  const last = read.events.at(-1) ?? after;
  return { members: pageMembers(read.head, last, now), events: read.events, readAtMs };
}

export function pageMembers(
  head: Pick<RevocationHead, 'epoch' | 'seq'>,
  last: RevocationCursor,
  now: Instant,
): SharedPage['members'] {
  return { epoch: head.epoch, head: head.seq, cursor: formatCursor(last), seq: last.seq, now };
}

/** From the arrival of the request to the reading, in whole milliseconds: rounded so that nothing looks fresher. */
export function elapsedMs({ readAtMs }: Pick<SharedPage, 'readAtMs'>, arrivedAtMs: number): number {
  return Math.floor(readAtMs - arrivedAtMs);
}

export function toWireRevocation({ seq, kind, key, min_version, drop_after }: RecordedRevocation): WireRevocation {
  return { seq, kind, key, ...(min_version !== null && { min_version }), drop_after };
}

/** All live events: the page's members, and its events some thousand at a time. */
export interface RevocationSnapshot {
  readonly members: SharedPage['members'];
  readonly readAtMs: number;
  /** Throws at the end if what was given is not one state of the log. */
  readonly steps: AsyncGenerator<readonly RecordedRevocation[]>;
}

/** The log was put back to an earlier state while it was read. */
class LogChangedError extends Error {
  override readonly name = 'LogChangedError';
}

/**
 * Reads a snapshot without holding a transaction, and on SQLite the one connection, for as long as its reader takes.
 * It is as consistent as one that does: events never change, all up to the head that was read first are committed,
 * and only those that no living token matches are ever removed. A log that is put back to a backup meanwhile is the one thing
 * that could mix two states, and shows by the head's mark.
 */
export async function readRevocationSnapshot({ store, clock }: OperationContext): Promise<RevocationSnapshot> {
  const readAtMs = monotonicNow();
  const now = clock();
  const { queries } = store;
  const head = await readRevocationHead(queries);
  async function* steps(): AsyncGenerator<readonly RecordedRevocation[]> {
    for (let after = 0; after < head.seq;) {
      const events = await listRevocations(queries, after, SNAPSHOT_STEP);
      // Not in the query: whoever plans it is to have no choice but to go along the places.
      const live = events.filter(({ seq, drop_after }) => seq <= head.seq && drop_after > now);
      if (live.length > 0) yield live;
      after = events.at(-1)?.seq ?? head.seq;
    }
    const check = await readRevocationsAfter(queries, head.epoch, head, 1);
    if (check.kind === 'gone') throw new LogChangedError('The revocation log was put back while it was read');
  }
  return { members: pageMembers(head, head, now), readAtMs, steps: steps() };
}

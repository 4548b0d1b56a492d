import type { RevocationPage, WireRevocation } from '@latchkey/protocol';

/** A page with the moments around its request, all by one monotonic clock, in milliseconds. */
export interface PageReading {
  readonly page: RevocationPage;
  /** When the request was sent that this page answers; for a page of a stream, the request for the stream. */
  readonly sentAtMs: number;
  /** When the page was there. */
  readonly receivedAtMs: number;
}

/** How far a log is known. */
export interface LogPosition {
  readonly epoch: string;
  /** What to ask for next: `after`. */
  readonly cursor: string;
  /** Place of the last event that is known. */
  readonly seq: number;
  /** Of the newest page that counted, to tell what was read before it and what after. */
  readonly newest: Pick<PageReading, 'sentAtMs' | 'receivedAtMs'> & { readonly readAtMs: number };
}

export type LossReason = 'another_epoch' | 'head_went_back' | 'another_event' | 'gap';

export type Advance =
  | {
      readonly outcome: 'applied';
      readonly position: LogPosition;
      /** Those that were not known yet; often none. */
      readonly events: readonly WireRevocation[];
      /** Whether all is known now that was in the log when it was read: there is no further page. */
      readonly isComplete: boolean;
    }
  /** The page is older than what is known, or may be: it changes nothing. */
  | { readonly outcome: 'behind' }
  /** Only a snapshot tells what is missing. */
  | { readonly outcome: 'lost'; readonly reason: LossReason };

/**
 * A moment at which the log had certainly not been read yet, or only just: all that was committed before it is in the
 * page, or in one of those that follow. A stated time that cannot be true is not believed: nothing is read later than
 * it is received.
 */
export function readAtMsOf({ page, sentAtMs, receivedAtMs }: PageReading): number {
  return Math.min(sentAtMs + page.elapsed_ms, receivedAtMs);
}

/**
 * Decides what a page of the log means for a reader. Pages may come twice, late and in any order. What they say of each
 * other is decided by when the log was read, not by when they came: a slow old page is no log that went back.
 */
export function advance(position: LogPosition, reading: PageReading): Advance {
  const { page } = reading;
  const isLater = isReadLater(reading, position);
  const lost = (reason: LossReason): Advance => (isLater ? { outcome: 'lost', reason } : { outcome: 'behind' });

  if (page.epoch !== position.epoch) return lost('another_epoch');
  if (page.head < position.seq) return lost('head_went_back');
  if (page.seq === position.seq && page.cursor !== position.cursor) return lost('another_event');

  const events = page.events.filter(({ seq }) => seq > position.seq);
  // A page is a part of the log without gaps, and it begins where its cursor was: known places, or the next one.
  const lastKnown = events.length === 0 ? page.seq : (events[0]?.seq ?? 0) - 1;
  if (lastKnown > position.seq || !isGapless(page)) return { outcome: 'lost', reason: 'gap' };

  const { seq, cursor } = page.seq > position.seq ? page : position;
  const newest = isLater ? momentsOf(reading) : position.newest;
  return {
    outcome: 'applied',
    position: { epoch: position.epoch, seq, cursor, newest },
    events,
    isComplete: seq >= page.head,
  };
}

/** Where a reader stands who has taken a snapshot. */
export function positionOfSnapshot(reading: PageReading): LogPosition {
  const { epoch, cursor, seq } = reading.page;
  return { epoch, cursor, seq, newest: momentsOf(reading) };
}

function momentsOf(reading: PageReading): LogPosition['newest'] {
  const { sentAtMs, receivedAtMs } = reading;
  return { sentAtMs, receivedAtMs, readAtMs: readAtMsOf(reading) };
}

/**
 * Whether the log was certainly read later for this page than for the newest known one. Within a stream the times can be
 * compared. Of two requests, each page was read at some time between its bounds.
 */
function isReadLater(reading: PageReading, { newest }: LogPosition): boolean {
  const readAtMs = readAtMsOf(reading);
  return reading.sentAtMs === newest.sentAtMs ? readAtMs >= newest.readAtMs : readAtMs >= newest.receivedAtMs;
}

function isGapless({ events, seq }: RevocationPage): boolean {
  const last = events.at(-1);
  if (last === undefined) return true;
  const first = seq - events.length + 1;
  return events.every((event, i) => event.seq === first + i);
}

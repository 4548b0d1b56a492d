import type { Instant } from '../domain/instant.ts';
import type { RevocationCursor } from '../domain/revocation/cursor.ts';
import type { RecordedRevocation, RevocationHead } from '../storage/revocations.ts';
import { eventStreamMessage, type EventStreamMessage } from './event-stream-message.ts';
import { pageMembers } from './revocation-page.ts';

/** Most events of a message: what a reader leaves unread is to stay small. */
export const MESSAGE_EVENTS = 500;

/** Messages that are kept for the next reader; where many stand in places of their own, each has its own made. */
const MAX_SHARED_MESSAGES = 64;

/** Where a cursor lies, seen from what is in memory. */
export type Place =
  /** What came after it is in memory. */
  | 'covered'
  /** Nothing is known there yet. */
  | 'ahead'
  /** Too long ago, or of another log: the database knows. */
  | 'unknown';

/** A reading of the log. */
export interface LogReading {
  /** Place of the newest event then; more may have come than was read of them. */
  readonly head: number;
  /** By the wall clock. */
  readonly now: Instant;
  /** By the monotonic clock: all that was committed before is counted by `head`. */
  readonly readAtMs: number;
}

/** The newest part of the revocation log, in memory, as messages for any number of readers. */
export class RecentRevocations {
  readonly #capacity: number;
  readonly #messages = new Map<number, EventStreamMessage>();
  readonly #epoch: string;
  /** The event before the first in memory. */
  #base: RevocationCursor;
  #events: RecordedRevocation[] = [];
  #read: LogReading = { head: 0, now: 0, readAtMs: -Infinity };

  constructor(head: RevocationHead, capacity: number) {
    this.#epoch = head.epoch;
    this.#base = head;
    this.#capacity = capacity;
  }

  get last(): RevocationCursor {
    return this.#events.at(-1) ?? this.#base;
  }

  /** Events that come right behind the last. */
  append(events: readonly RecordedRevocation[]): void {
    this.#events.push(...events);
    const surplus = this.#events.length - this.#capacity;
    if (surplus <= 0) return;
    this.#base = this.#events[surplus - 1] ?? this.#base;
    this.#events = this.#events.slice(surplus);
  }

  /** To be called after each reading, once what it gave was appended. */
  wasRead(reading: LogReading): void {
    this.#read = reading;
    this.#messages.clear();
  }

  locate(epoch: string, { seq, mark }: RevocationCursor): Place {
    if (epoch !== this.#epoch) return 'unknown';
    if (seq > this.last.seq) return 'ahead';
    const event = seq === this.#base.seq ? this.#base : this.#events[seq - this.#base.seq - 1];
    return event?.mark === mark ? 'covered' : 'unknown';
  }

  /** What came right after a place that is covered, a bounded part of it: made once for the readers who stand there. */
  messageAfter(seq: number): EventStreamMessage {
    let message = this.#messages.get(seq);
    if (message === undefined) {
      const { head, now, readAtMs } = this.#read;
      const begin = seq - this.#base.seq;
      const events = this.#events.slice(begin, begin + MESSAGE_EVENTS);
      const members = pageMembers({ epoch: this.#epoch, seq: head }, events.at(-1) ?? this.last, now);
      message = eventStreamMessage({ members, events, readAtMs });
      if (this.#messages.size < MAX_SHARED_MESSAGES) this.#messages.set(seq, message);
    }
    return message;
  }
}

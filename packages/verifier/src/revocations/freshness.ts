import { readAtMsOf, type PageReading } from './advance.ts';

/** A page with the moments around its request by both clocks, in milliseconds. */
export interface FeedReading extends PageReading {
  /** Our wall clock when the request was sent. */
  readonly sentWallMs: number;
  /** Our wall clock when the page was there. */
  readonly receivedWallMs: number;
}

/** One moment, by both of our clocks. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/**
 * Up to when all revocations are known. Ages are counted from when the log had certainly not been read yet,
 * by the monotonic clock; but that one stands still while a machine is suspended, so if the wall clock says that more
 * time has passed, it is believed. A wall clock can make things look older, never fresher.
 */
export class Freshness {
  #completeMonotonicMs = Number.NEGATIVE_INFINITY;
  #completeWallMs = Number.NEGATIVE_INFINITY;

  /** Age of what is known, in milliseconds; infinite before the first proof. */
  ageMs(monotonicMs: number, wallMs: number): number {
    return Math.max(monotonicMs - this.#completeMonotonicMs, wallMs - this.#completeWallMs);
  }

  /** A page shows that all is known which was committed before it was read. */
  prove(reading: FeedReading): void {
    const { sentAtMs, receivedAtMs, sentWallMs, receivedWallMs } = reading;
    const monotonicMs = readAtMsOf(reading);
    const wallMs = sentWallMs + (monotonicMs - sentAtMs);
    const ageOfThis = Math.max(receivedAtMs - monotonicMs, receivedWallMs - wallMs);
    if (!(ageOfThis < this.ageMs(receivedAtMs, receivedWallMs))) return;
    this.#completeMonotonicMs = monotonicMs;
    this.#completeWallMs = wallMs;
  }
}

/**
 * How far the two clocks have moved apart between sending and receiving: a wall clock that was set, or a machine that was
 * suspended. The times of a stream that was opened before say little then.
 */
export function clockJumpMs({ sentAtMs, receivedAtMs, sentWallMs, receivedWallMs }: FeedReading): number {
  return Math.abs(receivedWallMs - sentWallMs - (receivedAtMs - sentAtMs));
}

import { readAtMsOf } from './advance.ts';
import type { FeedReading } from './freshness.ts';

/**
 * What time it is at the issuer, at least: the newest time that it has stated, and what has passed here since. Our own wall
 * clock plays no part, so it may be wrong by hours.
 */
export class IssuerClock {
  /** Issuer's time minus our monotonic one. */
  #offsetMs = Number.NEGATIVE_INFINITY;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #wallOffsetMs: number | undefined;

  /** Milliseconds since the epoch; minus infinity while nothing is known. */
  nowMs(monotonicMs: number): number {
    return monotonicMs + this.#offsetMs;
  }

  /** How far our wall clock is ahead of the issuer's, about. */
  get wallOffsetMs(): number | undefined {
    return this.#wallOffsetMs;
  }

  /** A later page replaces what an earlier one said, so that an issuer may set its clock right. */
  observe(reading: FeedReading): void {
    const readAtMs = readAtMsOf(reading);
    if (readAtMs < this.#readAtMs) return;
    this.#readAtMs = readAtMs;
    this.#offsetMs = reading.page.now - reading.receivedAtMs;
    this.#wallOffsetMs = reading.receivedWallMs - reading.page.now;
  }
}

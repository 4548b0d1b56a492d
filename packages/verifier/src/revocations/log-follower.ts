import type { RevocationPage, WireRevocation } from '@latchkey/protocol';
import { advance, positionOfSnapshot, type Advance, type LogPosition, type PageReading } from './advance.ts';

/** Where pages come from. */
export interface LogSource<Reading extends PageReading = PageReading> {
  /** The page behind a position; `gone` if the log cannot say what came after it. */
  after(position: LogPosition): Promise<Reading | 'gone'>;
  /** All events that still matter. */
  snapshot(): Promise<Reading>;
}

/** What becomes of them. */
export interface LogSink<Reading extends PageReading = PageReading> {
  /** New events, each exactly once, in the order of the log. */
  apply(events: readonly WireRevocation[]): void;
  /** Everything may have changed: at the start, and whenever the log cannot be followed from where one stood. */
  resync(snapshot: RevocationPage): void;
  /** All that was committed before `readAtMsOf(reading)` has been applied. */
  complete?(reading: Reading): void;
}

/** What a page did: see {@link Advance}. */
export type TakeOutcome = Advance['outcome'];

/**
 * Follows a revocation log, by asking for pages or by being given those of a stream, or both at once. Has no clock and
 * no timer of its own.
 */
export class LogFollower<Reading extends PageReading = PageReading> {
  readonly #source: LogSource<Reading>;
  readonly #sink: LogSink<Reading>;
  #position: LogPosition | undefined;
  /** When the newest snapshot was asked for. */
  #resyncedAtMs = Number.NEGATIVE_INFINITY;
  #polling: Promise<void> | undefined;

  constructor(source: LogSource<Reading>, sink: LogSink<Reading>) {
    this.#source = source;
    this.#sink = sink;
  }

  /** How far the log is known; undefined while only a snapshot can tell: before the first, and where the thread is lost. */
  get position(): LogPosition | undefined {
    return this.#position;
  }

  /**
   * Asks for what is new until all is known, by a snapshot where that is needed. One at a time: who calls while
   * one is under way gets its result.
   *
   * @throws What the source throws. All that came before stays applied.
   */
  poll(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    return this.#polling;
  }

  /**
   * Takes a page that came by itself. `lost`: it is not the continuation of what is known. Where only a snapshot tells
   * what is missing, the next `poll` takes one, and until then no page counts.
   */
  take(reading: Reading): TakeOutcome {
    return this.#take(reading).outcome;
  }

  async #poll(): Promise<void> {
    for (;;) {
      const { position } = this;
      if (position === undefined) {
        this.#resync(await this.#source.snapshot());
        return;
      }
      const reading = await this.#source.after(position);
      if (reading === 'gone') {
        this.#position = undefined;
      } else {
        const taken = this.#take(reading);
        const isMoving = taken.outcome === 'applied' && !taken.isComplete && taken.events.length > 0;
        if (!isMoving && taken.outcome !== 'lost') return;
      }
    }
  }

  #take(reading: Reading): Advance {
    // A request of before the snapshot may still bring pages of the log that was left: they join on to nothing here.
    if (this.#position === undefined || reading.sentAtMs < this.#resyncedAtMs)
      return { outcome: 'lost', reason: 'gap' };
    const taken = advance(this.#position, reading);
    if (taken.outcome === 'lost') this.#position = undefined;
    if (taken.outcome !== 'applied') return taken;
    if (taken.events.length > 0) this.#sink.apply(taken.events);
    // Only now: had the sink thrown, the events would come again.
    this.#position = taken.position;
    if (taken.isComplete) this.#sink.complete?.(reading);
    return taken;
  }

  #resync(reading: Reading): void {
    this.#sink.resync(reading.page);
    this.#position = positionOfSnapshot(reading);
    this.#resyncedAtMs = reading.sentAtMs;
    this.#sink.complete?.(reading);
  }
}

/** A source of plain pages, such as a database, with the moments around each. */
export function timedSource(
  source: {
    after(position: LogPosition): Promise<RevocationPage | 'gone'>;
    snapshot(): Promise<RevocationPage>;
  },
  monotonicNow: () => number,
): LogSource {
  const timed = async (ask: () => Promise<RevocationPage | 'gone'>): Promise<PageReading | 'gone'> => {
    const sentAtMs = monotonicNow();
    const page = await ask();
    return page === 'gone' ? page : { page, sentAtMs, receivedAtMs: monotonicNow() };
  };
  return {
    after: (position) => timed(() => source.after(position)),
    snapshot: async () => {
      const sentAtMs = monotonicNow();
      const page = await source.snapshot();
      return { page, sentAtMs, receivedAtMs: monotonicNow() };
    },
  };
}

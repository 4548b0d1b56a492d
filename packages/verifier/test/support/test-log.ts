import type { RevocationPage, WireRevocation } from '@latchkey/protocol';

export type NewEvent = Omit<WireRevocation, 'seq' | 'drop_after'> & { readonly drop_after?: number };

interface LogEvent extends WireRevocation {
  readonly mark: string;
}

/** Copy of a log, to put it back to. */
export interface Backup {
  readonly events: readonly LogEvent[];
  readonly head: number;
  readonly mark: string;
}

let marks = 0;

/** A server's revocation log in memory: it hands out the pages that a server with this log would. */
export class TestLog {
  epoch = 'epoch-1';
  head = 0;
  /** The server's wall clock. */
  nowMs: number;
  #mark = '';
  #events: LogEvent[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  get live(): readonly WireRevocation[] {
    return this.#events.filter(({ drop_after }) => drop_after > this.nowMs).map(onWire);
  }

  add(...events: readonly NewEvent[]): void {
    for (const event of events) {
      this.head += 1;
      marks += 1;
      this.#mark = `m${marks}`;
      this.#events.push({ drop_after: this.nowMs + 900_000, ...event, seq: this.head, mark: this.#mark });
    }
  }

  /** The time goes on, and events that no token can match any more are forgotten, as a server does now and then. */
  purge(nowMs: number): void {
    this.nowMs = nowMs;
    this.#events = this.#events.filter(({ drop_after }) => drop_after > this.nowMs);
  }

  backUp(): Backup {
    return { events: [...this.#events], head: this.head, mark: this.#mark };
  }

  restore(backup: Backup): void {
    this.#events = [...backup.events];
    this.head = backup.head;
    this.#mark = backup.mark;
  }

  snapshot(elapsedMs = 0): RevocationPage {
    return this.#page(this.live, this.head, this.#mark, elapsedMs);
  }

  /** @returns `gone` where a server answers with 410. */
  after(epoch: string, cursor: string, limit = 500, elapsedMs = 0): RevocationPage | 'gone' {
    const [place = '', mark = ''] = cursor.split('.');
    const seq = Number(place);
    if (epoch !== this.epoch || seq > this.head || mark !== this.#markAt(seq)) return 'gone';
    const events = this.#events.filter((event) => event.seq > seq).slice(0, limit);
    if (seq < this.head && events[0]?.seq !== seq + 1) return 'gone';
    const last = events.at(-1);
    return this.#page(events.map(onWire), last?.seq ?? seq, last?.mark ?? mark, elapsedMs);
  }

  #markAt(seq: number): string | undefined {
    if (seq === 0) return '';
    if (seq === this.head) return this.#mark;
    return this.#events.find((event) => event.seq === seq)?.mark;
  }

  #page(events: readonly WireRevocation[], seq: number, mark: string, elapsedMs: number): RevocationPage {
    const { epoch, head, nowMs } = this;
    return { epoch, head, cursor: `${seq}.${mark}`, seq, elapsed_ms: elapsedMs, now: nowMs, events };
  }
}

function onWire({ mark: _mark, ...event }: LogEvent): WireRevocation {
  return event;
}

/** Browsers, networks and thieves, on the library and a real database, in virtual time. */
import type { SessionCheck, StoredSession } from '../../src/session-library/index.ts';
import type { Move, Trip } from '../rotation/simulation.ts';
import { VirtualBrowser } from '../rotation/virtual-browser.ts';
import { openTrial, outcomeOf, sent, type Trial } from './trial.ts';

export interface Played {
  readonly by: 'holder' | 'thief';
  readonly at: number;
  readonly kind: string;
  readonly cookie: string | undefined;
  /** The row after it; undefined where there is none any more. */
  readonly row: StoredSession | undefined;
}

interface Arrival {
  readonly at: number;
  readonly happen: () => Promise<void>;
}

export class Play {
  readonly trial: Trial;
  readonly browser: VirtualBrowser;
  readonly session: StoredSession;
  /** All that was decided, in order. */
  readonly seen: Played[] = [];
  readonly #servers: readonly Trial['sessions'][];
  #loot: string | undefined;
  #queue: Arrival[] = [];

  static async begin(changes: Parameters<typeof openTrial>[0]): Promise<Play> {
    const trial = openTrial(changes);
    const { session, setCookie } = await trial.sessions.begin({ subject: 'alice', remember: true });
    return new Play(trial, session, sent(setCookie));
  }

  private constructor(trial: Trial, session: StoredSession, cookie: string) {
    this.trial = trial;
    this.session = session;
    this.browser = new VirtualBrowser(cookie, trial.clock.now);
    this.#servers = [trial.sessions, trial.another()];
  }

  async play(move: Move): Promise<void> {
    const { now } = this.trial.clock;
    switch (move.kind) {
      case 'pause':
        await this.#advanceTo(now + move.ms);
        return;
      case 'request':
        for (const trip of move.trips) this.#send(trip, now);
        break;
      case 'restart':
        this.browser.restartFrom(now - move.lagMs, now);
        return;
      case 'sign-out':
        await this.trial.sessions.end(this.session.id);
        return;
      case 'steal':
        this.#loot = this.browser.jar;
        return;
      case 'thief':
        await this.#thieve(move);
        return;
    }
    await this.#advanceTo(now);
  }

  /** Lets everything arrive that is on its way. */
  async settle(): Promise<void> {
    while (this.#queue.length > 0) await this.#advanceTo(Math.max(...this.#queue.map(({ at }) => at)));
  }

  async present(
    by: Played['by'],
    cookie: string,
    { node, canRenew }: Pick<Trip, 'node' | 'canRenew'>,
  ): Promise<{ readonly played: Played; readonly check: SessionCheck }> {
    const check = await this.#servers[node % this.#servers.length]!.check({ cookie, canSetCookie: canRenew });
    const row = await this.trial.store.find(this.session.id);
    const played = { by, at: this.trial.clock.now, ...outcomeOf(check), row };
    this.seen.push(played);
    return { played, check };
  }

  #send(trip: Trip, now: number): void {
    const { starts, jar } = this.browser;
    trip.requestMs.forEach((requestMs, index) => {
      const answerMs = index === trip.requestMs.length - 1 ? trip.answerMs : 'lost';
      const happen = async () => {
        const { cookie } = (await this.present('holder', jar, trip)).played;
        if (answerMs === 'lost' || cookie === undefined) return;
        const at = this.trial.clock.now + answerMs;
        const arrive = async () => {
          if (this.browser.starts === starts) this.browser.receive(cookie, at);
        };
        this.#queue.push({ at, happen: arrive });
      };
      this.#queue.push({ at: now + requestMs, happen });
    });
  }

  async #thieve(trip: Pick<Trip, 'node' | 'canRenew'>): Promise<void> {
    if (this.#loot === undefined) return;
    this.#loot = (await this.present('thief', this.#loot, trip)).played.cookie ?? this.#loot;
  }

  /** Whatever is due at the same moment happens at once. */
  async #advanceTo(time: number): Promise<void> {
    const { clock } = this.trial;
    for (;;) {
      const next = Math.min(...this.#queue.map(({ at }) => at));
      if (next > time) break;
      clock.now = next;
      const due = this.#queue.filter(({ at }) => at === next);
      this.#queue = this.#queue.filter(({ at }) => at !== next);
      await Promise.all(due.map(({ happen }) => happen()));
    }
    clock.now = time;
  }
}

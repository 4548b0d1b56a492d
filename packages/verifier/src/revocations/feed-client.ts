import type { WireRevocation } from '@latchkey/protocol';
import { notify } from '../notify.ts';
import type { LogPosition } from './advance.ts';
import { FeedConnection, type FeedConnectionSettings } from './feed-connection.ts';
import { FeedError, type FeedErrorKind } from './feed-error.ts';
import { clockJumpMs, Freshness, type FeedReading } from './freshness.ts';
import { IssuerClock } from './issuer-clock.ts';
import type { LiveRevocations, Revocation } from './live-revocations.ts';
import { LogFollower } from './log-follower.ts';
import type { KeyListener } from './revocation-check.ts';
import { Pause } from './timers.ts';

export interface FeedPace {
  /** Between two pages that are asked for, where no stream brings them. */
  readonly pollMs: number;
  /** What is known may become so old before a page is asked for beside an open stream. */
  readonly streamLagMs: number;
  /** A stream is opened anew after this time: its pages' times cannot drift away. */
  readonly streamLifeMs: number;
  /** Before the first new attempt; twice as long before each further one. */
  readonly firstRetryMs: number;
  /** Longest time between attempts to get a page: what a server's outage adds to the staleness after its end. */
  readonly maxRetryMs: number;
  /** Longest time between attempts to get a stream, where pages can be had. */
  readonly maxStreamRetryMs: number;
  /** Between attempts with a credential that was refused. */
  readonly refusedRetryMs: number;
}

export const FEED_PACE: FeedPace = {
  pollMs: 1000,
  streamLagMs: 1500,
  streamLifeMs: 5 * 60_000,
  firstRetryMs: 250,
  maxRetryMs: 2000,
  maxStreamRetryMs: 30_000,
  refusedRetryMs: 30_000,
};

/** A wall clock that was set, or a suspended machine: the times of a stream that was opened before are worth nothing. */
const CLOCK_JUMP_MS = 1000;

export type FeedTransport = 'stream' | 'poll' | 'none';

export interface FeedClientSettings extends Omit<FeedConnectionSettings, 'signal'>, KeyListener {
  readonly pace: FeedPace;
  /** A number from 0 to 1, for the moments of new attempts: many verifiers should not come back at once. */
  readonly random: () => number;
  /** Called with what is revoked that was not known, after it counts. */
  readonly onNews: (events: readonly Revocation[]) => void;
  /** Called for the first of several failures of a kind. */
  readonly onFailed: ((error: FeedError) => void) | undefined;
}

/**
 * Keeps a map of revocations in step with the issuer's log: by a stream, and by asking each second where no stream
 * brings anything. What it cannot learn shows in the age of what it knows.
 */
export class FeedClient {
  readonly freshness = new Freshness();
  readonly issuerClock = new IssuerClock();
  readonly #settings: FeedClientSettings;
  readonly #live: LiveRevocations;
  readonly #connection: FeedConnection;
  readonly #follower: LogFollower<FeedReading>;
  readonly #closing = new AbortController();
  readonly #pollPause = new Pause();
  readonly #streamPause = new Pause();
  readonly #synchronised = Promise.withResolvers<undefined>();
  #isStarted = false;
  #isSynchronised = false;
  #transport: FeedTransport = 'none';
  /** The kind of failure that the observer knows of. */
  #toldKind: FeedErrorKind | undefined;

  constructor(settings: FeedClientSettings, live: LiveRevocations) {
    this.#settings = settings;
    this.#live = live;
    this.#connection = new FeedConnection({ ...settings, signal: this.#closing.signal });
    this.#follower = new LogFollower(this.#connection, {
      apply: (events) => {
        this.#add(events);
        settings.onNews(events);
      },
      resync: ({ events }) => {
        const news = events.filter((event) => !this.#live.knows(event));
        this.#add(events);
        settings.onNews(news);
        if (this.#isSynchronised) settings.onGap();
        this.#streamPause.end();
      },
      complete: (reading) => this.#prove(reading),
    });
  }

  /** What brings the pages at present. */
  get transport(): FeedTransport {
    return this.#transport;
  }

  get isSynchronised(): boolean {
    return this.#isSynchronised;
  }

  /** Resolves once everything has been known for the first time. */
  get synchronised(): Promise<unknown> {
    return this.#synchronised.promise;
  }

  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    void this.#pollForEver();
    void this.#streamForEver();
  }

  /** Ends all connections and timers, for good. */
  close(): void {
    this.#closing.abort(new Error('The verifier was closed'));
    this.#pollPause.end();
    this.#streamPause.end();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** A page a second, but only now and then one while a stream brings them. */
  async #pollForEver(): Promise<void> {
    const { pace } = this.#settings;
    let failures = 0;
    while (!this.#isClosed) {
      const idleMs = this.#transport === 'stream' ? pace.streamLagMs - this.#ageMs() : 0;
      if (idleMs > 0) {
        await this.#pollPause.wait(idleMs);
        continue;
      }
      let waitMs = pace.pollMs;
      try {
        await this.#follower.poll();
        failures = 0;
        this.#hasSucceeded('poll');
      } catch (error) {
        failures += 1;
        this.#hasFailed(error);
        waitMs = this.#retryMs(error, failures, pace.maxRetryMs);
      }
      await this.#pollPause.wait(waitMs);
    }
  }

  async #streamForEver(): Promise<void> {
    const { pace, random } = this.#settings;
    let failures = 0;
    while (!this.#isClosed) {
      const { position } = this.#follower;
      if (position === undefined) {
        await this.#streamPause.wait(pace.pollMs);
        continue;
      }
      const { pages, error } = await this.#streamOnce(position);
      failures = pages > 0 ? 0 : failures + 1;
      if (pages > 0) {
        // What comes while there is no stream is asked for, at once.
        this.#transport = 'none';
        this.#pollPause.end();
      }
      await this.#streamPause.wait(
        pages > 0 ? random() * pace.firstRetryMs : this.#retryMs(error, failures, pace.maxStreamRetryMs),
      );
    }
  }

  async #streamOnce(position: LogPosition): Promise<{ readonly pages: number; readonly error?: unknown }> {
    const { streamLifeMs } = this.#settings.pace;
    let pages = 0;
    try {
      for await (const reading of this.#connection.stream(position)) {
        if (reading === 'gone' || this.#follower.take(reading) === 'lost') break;
        pages += 1;
        this.#hasSucceeded('stream');
        if (clockJumpMs(reading) > CLOCK_JUMP_MS || reading.receivedAtMs - reading.sentAtMs > streamLifeMs) break;
      }
    } catch (error) {
      return { pages, error };
    }
    return { pages };
  }

  #add(events: readonly WireRevocation[]): void {
    const newKeys = events.filter(({ kind, key }) => kind === 'key' && !this.#live.revokesKey(key));
    if (events.length > 0) this.#live.add(events);
    for (const { key } of newKeys) this.#settings.onKeyRevoked(key);
    if (events.some(({ kind }) => kind === 'client')) this.#settings.onClientRevoked();
  }

  #prove(reading: FeedReading): void {
    this.freshness.prove(reading);
    this.issuerClock.observe(reading);
    this.#live.sweep(this.issuerClock.nowMs(reading.receivedAtMs));
    this.#isSynchronised = true;
    this.#synchronised.resolve(undefined);
  }

  #ageMs(): number {
    const { monotonicMs, wallMs } = this.#settings.moment();
    return this.freshness.ageMs(monotonicMs, wallMs);
  }

  #hasSucceeded(transport: FeedTransport): void {
    this.#transport = transport;
    this.#toldKind = undefined;
  }

  #hasFailed(error: unknown): void {
    this.#transport = 'none';
    if (this.#isClosed) return;
    const failure = error instanceof FeedError ? error : new FeedError('malformed', 'A page cannot be used', error);
    if (failure.kind === this.#toldKind) return;
    this.#toldKind = failure.kind;
    notify(this.#settings.onFailed, failure);
  }

  /** Exponential, and anywhere in its upper half. */
  #retryMs(error: unknown, failures: number, maxMs: number): number {
    const { pace, random } = this.#settings;
    const isRefused = error instanceof FeedError && error.kind === 'credentials_refused';
    const longestMs = isRefused ? pace.refusedRetryMs : Math.min(pace.firstRetryMs * 2 ** (failures - 1), maxMs);
    return longestMs * (0.5 + random() / 2);
  }
}

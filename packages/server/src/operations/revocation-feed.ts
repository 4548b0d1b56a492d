import { setImmediate as nextTurn } from 'node:timers/promises';
import { MINUTE_MS, SECOND_MS } from '../domain/instant.ts';
import type { RevocationCursor } from '../domain/revocation/cursor.ts';
import type { RecordedRevocation, RevocationHead } from '../storage/revocations.ts';
import type { OperationContext } from './context.ts';
import { eventStreamMessage, type EventStreamMessage } from './event-stream-message.ts';
import { MESSAGE_EVENTS, RecentRevocations, type LogReading } from './recent-revocations.ts';
import { monotonicNow, readRevocationPage, type SharedPage } from './revocation-page.ts';

/** Below the heartbeat's second, for it goes out with a round of the follower: that is the next one before it. */
const QUIET_MS = 600;
/** A reader that leaves more unread is written nothing until it has read it. */
const MAX_QUEUED_BYTES = 64 * 1024;
/** For so long a reader may leave anything unread. */
const MAX_STALLED_MS = 5 * SECOND_MS;
/** A stream is opened anew every few minutes: balancers move on, and clocks cannot drift far apart. */
const STREAM_LIFE_MS = 5 * MINUTE_MS;
/** By so much shorter at most, so that those who came together do not all come again together. */
const STREAM_LIFE_SPREAD_MS = MINUTE_MS;
/** Some megabytes; what came before is read from the database. */
const RECENT_EVENTS = 8000;
/** Readers that are written to before others' requests have their turn. */
const READERS_AT_A_TIME = 64;

export interface FeedLimits {
  readonly streams: number;
  readonly streamsOfClient: number;
}

const FEED_LIMITS: FeedLimits = { streams: 4096, streamsOfClient: 2048 };

/** Where a stream's messages go. */
export interface FeedSink {
  /** Written, and not taken by the network yet. */
  readonly queuedBytes: number;
  write(text: string): void;
  /** Resolves when hardly anything waits any more, or the reader has gone. */
  drained(): Promise<void>;
  /** Ends the stream as it should: the reader opens another one. */
  end(): void;
  /** Breaks the connection, whatever waits. */
  cutOff(): void;
}

/** What a reader asks for. */
export interface FeedRequest {
  readonly clientId: string;
  readonly epoch: string;
  readonly after: RevocationCursor;
  /** By {@link monotonicNow}. */
  readonly arrivedAtMs: number;
}

export type FeedOpening =
  | {
      readonly kind: 'open';
      /** Begins to write; gives what is to be called once the reader has gone. */
      readonly begin: (sink: FeedSink) => () => void;
      /** In place of `begin`. */
      readonly abandon: () => void;
    }
  /** The log cannot say what came after the cursor. */
  | { readonly kind: 'gone' }
  /** Too many streams, of this client or at all, or the server is about to stop. */
  | { readonly kind: 'full' };

interface Stream extends FeedRequest {
  readonly endsAtMs: number;
  /** Behind the last event that was sent. */
  position: RevocationCursor;
  sink: FeedSink | undefined;
  sentAtMs: number;
  /** Since when something has been unread; undefined: nothing is. */
  stalledSinceMs: number | undefined;
}

/** What the feed has done, for metrics. */
export interface FeedCounts {
  readonly streams: number;
  readonly eventsSent: number;
  readonly readersCutOff: number;
  /** Place of the newest event that this node knows. */
  readonly head: number;
}

/**
 * The streams of a node. The node's own follower tells it what the log has; one reading of the database serves all
 * readers. While the database is away nothing goes out: readers notice that by the silence.
 */
export class RevocationFeed {
  readonly #context: OperationContext;
  readonly #limits: FeedLimits;
  readonly #streams = new Set<Stream>();
  /** Those of them that have all that was published. */
  readonly #live = new Set<Stream>();
  #recent: RecentRevocations | undefined;
  #sending: Promise<void> | undefined;
  #isBehind = false;
  #wasPublished = Promise.withResolvers<void>();
  #isClosed = false;
  #eventsSent = 0;
  #readersCutOff = 0;

  constructor(context: OperationContext, limits: FeedLimits = FEED_LIMITS) {
    this.#context = context;
    this.#limits = limits;
  }

  get counts(): FeedCounts {
    return {
      streams: this.#streams.size,
      eventsSent: this.#eventsSent,
      readersCutOff: this.#readersCutOff,
      head: this.#recent?.last.seq ?? 0,
    };
  }

  /** The log cannot be followed from where the node stood: all streams end, and their readers find out what it means. */
  reset(head: RevocationHead): void {
    this.#recent = new RecentRevocations(head, RECENT_EVENTS);
    for (const stream of this.#live) this.#end(stream);
  }

  /**
   * The log was read: sends what is new, and heartbeats.
   *
   * @param events - Those right behind the last that the feed was told of.
   */
  publish(events: readonly RecordedRevocation[], reading: LogReading): void {
    this.#recent?.append(events);
    this.#recent?.wasRead(reading);
    this.#wasPublished.resolve();
    this.#wasPublished = Promise.withResolvers();
    this.#isBehind = true;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when all live streams were sent all that is known. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  /** Decides whether a stream can be had. If so, `begin` or `abandon` is to be called. */
  async open(request: FeedRequest): Promise<FeedOpening> {
    if (this.#isClosed || !this.#hasRoom(request.clientId)) return { kind: 'full' };
    const stream: Stream = {
      ...request,
      endsAtMs: request.arrivedAtMs + STREAM_LIFE_MS - this.#spread(),
      position: request.after,
      sink: undefined,
      sentAtMs: 0,
      stalledSinceMs: undefined,
    };
    this.#streams.add(stream);
    let backlog: SharedPage | 'gone' | undefined;
    try {
      if (this.#locate(stream) !== 'covered') backlog = await this.#readBacklog(stream);
    } catch (error) {
      this.#streams.delete(stream);
      throw error;
    }
    if (backlog === 'gone') {
      this.#streams.delete(stream);
      return { kind: 'gone' };
    }
    return {
      kind: 'open',
      begin: (sink) => {
        stream.sink = sink;
        // The server may have begun to stop since it was opened.
        if (this.#streams.has(stream)) void this.#follow(stream, backlog);
        else sink.end();
        return () => this.#forget(stream);
      },
      abandon: () => this.#forget(stream),
    };
  }

  /** Ends all streams, and opens no other. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) this.#end(stream);
  }

  #hasRoom(clientId: string): boolean {
    if (this.#streams.size >= this.#limits.streams) return false;
    let own = 0;
    for (const stream of this.#streams) if (stream.clientId === clientId) own += 1;
    return own < this.#limits.streamsOfClient;
  }

  #spread(): number {
    const [byte = 0] = this.#context.random(1);
    return (byte / 256) * STREAM_LIFE_SPREAD_MS;
  }

  #locate({ epoch, position }: Stream) {
    return this.#recent?.locate(epoch, position) ?? 'unknown';
  }

  #readBacklog({ epoch, position }: Stream): Promise<SharedPage | 'gone'> {
    return readRevocationPage(this.#context, epoch, position, MESSAGE_EVENTS);
  }

  /** Sends what a stream lacks, no faster than its reader reads; then the stream is live. */
  async #catchUp(stream: Stream, first?: SharedPage): Promise<void> {
    let page: SharedPage | 'gone' | undefined = first;
    while (this.#streams.has(stream)) {
      if (!(await this.#hasRoomToWrite(stream))) return this.#cutOff(stream);
      const recent = this.#recent;
      if (page === undefined && recent?.locate(stream.epoch, stream.position) === 'covered') {
        this.#write(stream, recent.messageAfter(stream.position.seq));
        // Nothing may come between this and the reading of `last`.
        if (stream.position.seq < recent.last.seq) continue;
        if (this.#streams.has(stream)) this.#live.add(stream);
        return;
      }
      page ??= await this.#readBacklog(stream);
      if (page === 'gone') return this.#end(stream);
      const message = eventStreamMessage(page);
      page = undefined;
      this.#write(stream, message);
      // At the log's end, and the node's own follower is not: it is a moment behind.
      if (message.events === 0 && this.#locate(stream) !== 'covered') await this.#wasPublished.promise;
    }
  }

  /** Waits for a reader that has left much unread; false: for too long. */
  async #hasRoomToWrite({ sink }: Stream): Promise<boolean> {
    if (sink === undefined || sink.queuedBytes <= MAX_QUEUED_BYTES) return true;
    const timeUp = Promise.withResolvers<false>();
    const timer = setTimeout(timeUp.resolve, MAX_STALLED_MS, false).unref();
    try {
      return await Promise.race([sink.drained().then(() => true), timeUp.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(): Promise<void> {
    while (this.#isBehind) {
      this.#isBehind = false;
      let written = 0;
      for (const stream of this.#live) {
        if (!this.#serve(stream)) continue;
        written += 1;
        if (written % READERS_AT_A_TIME === 0) await nextTurn();
      }
    }
  }

  /** Sends a live stream what is new, or a heartbeat where it is time for one; false: neither. */
  #serve(stream: Stream): boolean {
    const recent = this.#recent;
    if (recent === undefined) return false;
    const nowMs = monotonicNow();
    if (stream.position.seq === recent.last.seq && nowMs - stream.sentAtMs < QUIET_MS) return false;
    if (recent.locate(stream.epoch, stream.position) !== 'covered') this.#end(stream);
    else if (this.#isStalled(stream, nowMs)) this.#cutOff(stream);
    else if ((stream.sink?.queuedBytes ?? 0) <= MAX_QUEUED_BYTES) {
      this.#write(stream, recent.messageAfter(stream.position.seq));
    }
    if (nowMs >= stream.endsAtMs) this.#end(stream);
    else if (stream.position.seq < recent.last.seq && this.#live.delete(stream)) void this.#follow(stream);
    return true;
  }

  async #follow(stream: Stream, first?: SharedPage): Promise<void> {
    try {
      await this.#catchUp(stream, first);
    } catch {
      // The database went away: the reader asks again.
      this.#end(stream);
    }
  }

  #isStalled(stream: Stream, nowMs: number): boolean {
    if ((stream.sink?.queuedBytes ?? 0) === 0) stream.stalledSinceMs = undefined;
    else stream.stalledSinceMs ??= nowMs;
    return stream.stalledSinceMs !== undefined && nowMs - stream.stalledSinceMs > MAX_STALLED_MS;
  }

  #write(stream: Stream, message: EventStreamMessage): void {
    try {
      stream.sink?.write(message.textFor(stream.arrivedAtMs));
    } catch {
      // Its reader has gone in this moment; the others are still there.
      this.#forget(stream);
      return;
    }
    stream.sentAtMs = monotonicNow();
    stream.position = message.last ?? stream.position;
    this.#eventsSent += message.events;
    if (message.clients.has(stream.clientId)) this.#end(stream);
  }

  #cutOff(stream: Stream): void {
    if (!this.#forget(stream)) return;
    this.#readersCutOff += 1;
    stream.sink?.cutOff();
  }

  #end(stream: Stream): void {
    if (!this.#forget(stream)) return;
    try {
      stream.sink?.end();
    } catch {
      // Its reader has gone in this moment: nothing is left to end, and the others are to be served.
    }
  }

  #forget(stream: Stream): boolean {
    this.#live.delete(stream);
    return this.#streams.delete(stream);
  }
}

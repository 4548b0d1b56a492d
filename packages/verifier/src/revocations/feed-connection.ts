import type { FetchLike } from '../keys/fetch-key-set.ts';
import type { LogPosition } from './advance.ts';
import { EventStreamParser } from './event-stream.ts';
import { FeedError } from './feed-error.ts';
import type { FeedReading, Moment } from './freshness.ts';
import { readChunks, readText, requestOfIssuer } from './issuer-requests.ts';
import type { LogSource } from './log-follower.ts';
import { readPage } from './read-page.ts';
import { Watchdog } from './timers.ts';

export interface FeedConnectionSettings {
  /** URL of the feed. The snapshot is `/snapshot` below it. */
  readonly feedUri: string;
  readonly authorization: string;
  readonly fetch: FetchLike;
  /** This moment, by both clocks. */
  readonly moment: () => Moment;
  /** A connection on which nothing comes for so long is given up. */
  readonly quietMs: number;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

const MAX_PAGE_BYTES = 8 * 1024 * 1024;
/** A million events, and more. */
const MAX_SNAPSHOT_BYTES = 256 * 1024 * 1024;
/** For an answer that comes, but drop by drop. */
const MAX_REQUEST_MS = 30_000;

/** Asks the issuer's feed for pages, and notes when it asked. Every method throws {@link FeedError}s, and nothing else. */
export class FeedConnection implements LogSource<FeedReading> {
  readonly #settings: FeedConnectionSettings;

  constructor(settings: FeedConnectionSettings) {
    this.#settings = settings;
  }

  after(position: LogPosition): Promise<FeedReading | 'gone'> {
    return this.#ask(this.#urlAfter(position), MAX_PAGE_BYTES);
  }

  async snapshot(): Promise<FeedReading> {
    const url = new URL(this.#settings.feedUri);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/snapshot`;
    const reading = await this.#ask(url.href, MAX_SNAPSHOT_BYTES);
    if (reading === 'gone') throw new FeedError('malformed', 'The issuer has no snapshot');
    return reading;
  }

  /** Pages as they come, until the server ends it, the consumer leaves, or nothing comes for too long. */
  async *stream(position: LogPosition): AsyncGenerator<FeedReading | 'gone', void> {
    const { moment, quietMs, signal } = this.#settings;
    using watchdog = new Watchdog(quietMs, signal);
    const sent = moment();
    const response = await this.#request(this.#urlAfter(position), 'text/event-stream', watchdog.signal);
    if (response.status === 410) {
      yield 'gone';
      return;
    }
    if (!/^text\/event-stream(?:;|$)/i.test(response.headers.get('content-type') ?? '')) {
      throw new FeedError('malformed', 'The feed is not answered with a stream');
    }
    const parser = new EventStreamParser(MAX_PAGE_BYTES);
    for await (const chunk of readChunks(response.body, watchdog.signal)) {
      watchdog.calm();
      const received = moment();
      for (const { event, data } of parse(parser, chunk)) {
        // Messages of other kinds are for newer readers.
        if (event === 'page') yield toReading(data, sent, received);
      }
    }
  }

  async #ask(url: string, maxBytes: number): Promise<FeedReading | 'gone'> {
    const { moment, quietMs, signal } = this.#settings;
    using watchdog = new Watchdog(quietMs, AbortSignal.any([signal, AbortSignal.timeout(MAX_REQUEST_MS)]));
    const sent = moment();
    const response = await this.#request(url, 'application/json', watchdog.signal);
    watchdog.calm();
    const text = await readText(response, maxBytes, watchdog.signal, () => watchdog.calm());
    return response.status === 410 ? 'gone' : toReading(text, sent, moment());
  }

  #request(url: string, accept: string, signal: AbortSignal): Promise<Response> {
    const { authorization, fetch } = this.#settings;
    return requestOfIssuer(url, { headers: { accept }, signal }, authorization, fetch);
  }

  #urlAfter({ epoch, cursor }: LogPosition): string {
    const url = new URL(this.#settings.feedUri);
    url.searchParams.set('epoch', epoch);
    url.searchParams.set('after', cursor);
    return url.href;
  }
}

function parse(parser: EventStreamParser, chunk: Uint8Array) {
  try {
    return parser.push(chunk);
  } catch (error) {
    throw new FeedError('malformed', 'The stream sends too long a message', error);
  }
}

function toReading(text: string, sent: Moment, received: Moment): FeedReading {
  const page = readPage(text);
  if (page === undefined) throw new FeedError('malformed', 'The feed sends something that is no page of a log');
  return {
    page,
    sentAtMs: sent.monotonicMs,
    sentWallMs: sent.wallMs,
    receivedAtMs: received.monotonicMs,
    receivedWallMs: received.wallMs,
  };
}

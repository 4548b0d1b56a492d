import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { RevocationPage, WireRevocation } from '@latchkey/protocol';

/** A message of a stream, and when it came by the monotonic clock of this process. */
export interface ReceivedPage {
  readonly page: RevocationPage;
  /** The message's `id`. */
  readonly id: string | undefined;
  readonly atMs: number;
}

/** One connection that reads a stream of the revocation feed: as little as a reader needs, and nothing of the verifier. */
export class FeedReader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly sentAtMs: number;
  readonly pages: ReceivedPage[] = [];
  /** Resolves once nothing more comes: `end` as it should, `cut` otherwise. */
  readonly ended: Promise<'end' | 'cut'>;
  readonly #incoming: IncomingMessage;
  #rest = '';
  #next = Promise.withResolvers<void>();

  constructor(incoming: IncomingMessage, sentAtMs: number) {
    this.#incoming = incoming;
    this.sentAtMs = sentAtMs;
    this.status = incoming.statusCode ?? 0;
    this.headers = incoming.headers;
    incoming.setEncoding('utf8');
    this.ended = new Promise((resolve) => {
      incoming.once('end', () => resolve('end'));
      incoming.once('error', () => resolve('cut'));
      incoming.once('close', () => resolve(incoming.complete ? 'end' : 'cut'));
    });
    incoming.on('data', (text: string) => this.#read(text));
  }

  get events(): readonly WireRevocation[] {
    return this.pages.flatMap(({ page }) => page.events);
  }

  /** The cursor behind what was read. */
  get cursor(): string {
    return this.pages.at(-1)?.page.cursor ?? '';
  }

  /** Waits for a page, now or later, that is like this. */
  async until(isSo: (received: ReceivedPage) => boolean): Promise<ReceivedPage> {
    for (let seen = 0; ; seen += 1) {
      while (seen >= this.pages.length) {
        const outcome = await Promise.race([this.#next.promise, this.ended]);
        if (outcome !== undefined && seen >= this.pages.length) throw new Error(`The stream is over: ${outcome}`);
      }
      const received = this.pages[seen]!;
      if (isSo(received)) return received;
    }
  }

  /** Waits until everything up to this place was read. */
  async untilSeq(seq: number): Promise<ReceivedPage> {
    return this.until(({ page }) => page.seq >= seq);
  }

  /** Reads nothing more, with the connection open. */
  pause(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  close(): void {
    this.#incoming.destroy();
  }

  #read(text: string): void {
    const atMs = performance.now();
    const messages = (this.#rest + text).split('\n\n');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) {
      const field = (name: string) =>
        message
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      if (field('event') !== 'page') throw new Error(`Not a page: ${message}`);
      this.pages.push({ page: JSON.parse(field('data') ?? '') as RevocationPage, id: field('id'), atMs });
    }
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}

/** Asks for a stream, on a connection of its own. */
export async function openFeed(url: string, headers: Readonly<Record<string, string>>): Promise<FeedReader> {
  const sentAtMs = performance.now();
  const asked = request(url, { agent: false, headers: { Accept: 'text/event-stream', ...headers } });
  asked.end();
  const [incoming] = (await once(asked, 'response')) as [IncomingMessage];
  // What breaks later shows at the answer.
  asked.on('error', () => {});
  return new FeedReader(incoming, sentAtMs);
}

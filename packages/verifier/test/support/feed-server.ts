import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RevocationPage } from '@latchkey/protocol';
import { createVerifier, type Verifier, type VerifierOptions } from '../../src/index.ts';
import { AUDIENCE, NOW, signToken, type TestKey } from './issuer.ts';
import { TestLog, type NewEvent } from './test-log.ts';

/** With characters that have to be encoded. */
export const CLIENT = { id: 'cli_1:ä b', secret: 's+e/c r:é=t' };
const AUTHORIZATION = `Basic ${Buffer.from('cli_1%3A%C3%A4+b:s%2Be%2Fc+r%3A%C3%A9%3Dt').toString('base64')}`;

interface OpenStream {
  readonly response: ServerResponse;
  readonly arrivedAt: number;
  cursor: string;
}

/** An issuer with its keys, its feed and its introspection, over real sockets; and every way in which they may fail. */
export class FeedServer implements AsyncDisposable {
  readonly log: TestLog;
  readonly requests: string[] = [];
  keys: unknown[];
  heartbeatMs = 50;
  /** No request gets an answer, and no stream another byte; but all sockets stay open. */
  isStalled = false;
  /** Connections are cut when a request comes. */
  isDown = false;
  /** Streams are accepted, and nothing is sent on them: a proxy that waits for their end. */
  isBuffering = false;
  /** Each message of a stream is sent so often. */
  copies = 1;
  /** Answered instead of the feed. */
  status: number | undefined;
  /** The next JSON page is held back until this is resolved. */
  hold: Promise<unknown> | undefined;
  /** What is told of clients that sign for themselves. */
  clientKeys: unknown = { epoch: 'e', seq: 0, clients: [] };
  /** What an introspection answers with. */
  introspect: (token: string) => unknown = () => ({ active: true });
  /** Issuer's clock, ahead of the right time. */
  clockMs = 0;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #streams = new Set<OpenStream>();
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(keys: readonly TestKey[]) {
    this.log = new TestLog(rightNowMs());
    this.keys = keys.map(({ publicJwk }) => publicJwk);
  }

  static async start(...keys: readonly TestKey[]): Promise<FeedServer> {
    const server = new FeedServer(keys);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    server.#beat();
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** Ends something: an event is in the log, and on its way. */
  revoke(...events: readonly NewEvent[]): void {
    this.#tick();
    this.log.add(...events);
    this.push();
  }

  /** Sends each stream what is new, or a heartbeat. */
  push(): void {
    if (this.isStalled || this.isBuffering) return;
    for (const stream of this.#streams) {
      const page = this.log.after(this.log.epoch, stream.cursor, 500, performance.now() - stream.arrivedAt);
      // Also where the log went back, as a server does that notices nothing.
      this.#send(stream, page === 'gone' ? { ...this.log.snapshot(), events: [] } : page);
    }
  }

  /** Sends this on all streams. */
  sendRaw(text: string): void {
    for (const { response } of this.#streams) response.write(text);
  }

  cut(): void {
    this.#server.closeAllConnections();
    for (const { response } of this.#streams) response.destroy();
    this.#streams.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#heartbeat);
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #beat(): void {
    this.#heartbeat = setTimeout(() => {
      this.#tick();
      this.push();
      this.#beat();
    }, this.heartbeatMs);
  }

  #tick(): void {
    this.log.nowMs = Math.round(rightNowMs() + this.clockMs);
  }

  #send(stream: OpenStream, page: RevocationPage): void {
    const { response } = stream;
    stream.cursor = page.cursor;
    for (let i = 0; i < this.copies; i += 1) {
      response.write(`event: page\nid: ${page.cursor}\ndata: ${JSON.stringify(page)}\n\n`);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAt = performance.now();
    const url = new URL(request.url ?? '', this.origin);
    const isStream = request.headers.accept === 'text/event-stream';
    this.requests.push(`${isStream ? 'STREAM' : request.method} ${url.pathname}`);
    if (this.isDown) request.destroy();
    if (this.isDown || this.isStalled) return;
    if (url.pathname === '/.well-known/jwks.json') return answerJson(response, 200, { keys: this.keys });
    if (request.headers.authorization !== AUTHORIZATION) return answerJson(response, 401, { code: 'invalid_client' });
    if (url.pathname === '/oauth/introspect') return this.#answerIntrospection(request, response);
    if (url.pathname === '/client-keys') return answerJson(response, 200, this.clientKeys);
    if (this.status !== undefined) {
      response.setHeader('Location', '/elsewhere');
      return answerJson(response, this.status, {});
    }
    this.#tick();
    if (url.pathname === '/revocations/snapshot') {
      return answerJson(response, 200, this.log.snapshot(performance.now() - arrivedAt));
    }
    const cursor = url.searchParams.get('after') ?? '';
    const page = this.log.after(url.searchParams.get('epoch') ?? '', cursor, 500, performance.now() - arrivedAt);
    if (page === 'gone') return answerJson(response, 410, { code: 'revocations_gone' });
    if (isStream) return this.#open(response, arrivedAt, page);
    const { hold } = this;
    this.hold = undefined;
    await hold;
    return answerJson(response, 200, page);
  }

  #open(response: ServerResponse, arrivedAt: number, page: RevocationPage): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    const stream = { response, arrivedAt, cursor: page.cursor };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    if (this.isBuffering) return;
    response.write(': welcome\n\n');
    this.#send(stream, page);
  }

  async #answerIntrospection(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const answer = this.introspect(new URLSearchParams(body).get('token') ?? '');
    if (typeof answer === 'number') answerJson(response, answer, {});
    else answerJson(response, 200, answer);
  }
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const startedAt = performance.now();

/** The right time, wherever clocks are wrong: begins at `NOW`. */
function rightNowMs(): number {
  return NOW * 1000 + performance.now() - startedAt;
}

/** A verifier of such an issuer, with clocks that can be wrong. */
export class TestVerifier implements AsyncDisposable {
  wallOffsetMs = 0;
  monotonicOffsetMs = 0;
  readonly verifier: Verifier;

  constructor(server: FeedServer, options: Partial<VerifierOptions> = {}) {
    this.verifier = createVerifier({
      issuer: server.origin,
      audience: AUDIENCE,
      client: CLIENT,
      now: () => rightNowMs() + this.wallOffsetMs,
      monotonicNow: () => performance.now() + this.monotonicOffsetMs,
      ...options,
    });
  }

  /** The machine is suspended for a time: its monotonic clock stands still. */
  suspend(ms: number): void {
    this.wallOffsetMs += ms;
  }

  /** The process does not run for a time: both clocks go on. */
  freeze(ms: number): void {
    this.wallOffsetMs += ms;
    this.monotonicOffsetMs += ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.verifier.close();
  }
}

let tokens = 0;

/** A token of its own, good for ten minutes. */
export function tokenOf(server: FeedServer, key: TestKey, claims: object = {}): string {
  tokens += 1;
  return signToken(key, { iss: server.origin, jti: `token-${tokens}`, ...claims });
}

/** Waits until something holds, which must be within a few seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 5000;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error('It does not come to hold');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

import { connect, type Socket } from 'node:net';
import { percentile } from './spread.ts';

export interface LoadOptions {
  readonly port: number;
  /** Value of the Cookie header. */
  readonly cookie: string;
  readonly connections: number;
  /** Load before anything is counted, and then the time that counts. */
  readonly rampMs: number;
  readonly windowMs: number;
}

export interface LoadResult {
  /** All that were answered, in the ramp too. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

const STATUS_200 = Buffer.from('HTTP/1.1 200 ');
const RECEIVE_BYTES = 16 * 1024;

/**
 * Keeps a server on this machine as busy as a number of keep-alive connections can, each with one request at a time.
 *
 * It writes a prepared request and counts the bytes of the answers, which are all of one length: much less work than
 * the server has, so that the server is what is measured. (autocannon counts latencies in whole milliseconds, and here
 * an answer takes less than one.) Rejects if an answer is not a 200 of the same length.
 */
export async function loadServer(options: LoadOptions): Promise<LoadResult> {
  const request = Buffer.from(
    `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nUser-Agent: bench\r\nAccept: application/json\r\n` +
      `Cookie: ${options.cookie}\r\n\r\n`,
  );
  const answerBytes = await lengthOfAnswer(options.port, request);
  const recorder = new Recorder(options.rampMs, options.windowMs);
  const connections = Array.from({ length: options.connections }, () =>
    keepBusy(options.port, request, answerBytes, recorder),
  );
  await Promise.all(connections);
  return recorder.result();
}

/** Counts the answers of all connections that arrive within the window; it stays open until one has. */
class Recorder {
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #windowMs: number;
  #latenciesMs = new Float64Array(1 << 16);
  #count = 0;
  #lastMs = 0;
  #requests = 0;

  constructor(rampMs: number, windowMs: number) {
    this.#startMs = performance.now() + rampMs;
    this.#endMs = this.#startMs + windowMs;
    this.#windowMs = windowMs;
  }

  /** @returns Whether to go on. */
  record(sentAtMs: number, nowMs: number): boolean {
    this.#requests += 1;
    if (nowMs >= this.#endMs && this.#count > 0) return false;
    if (nowMs >= this.#startMs) {
      if (this.#count === this.#latenciesMs.length) this.#grow();
      this.#latenciesMs[this.#count] = nowMs - sentAtMs;
      this.#count += 1;
      this.#lastMs = nowMs;
    }
    return true;
  }

  result(): LoadResult {
    const elapsedMs = Math.max(this.#windowMs, this.#lastMs - this.#startMs);
    const sorted = this.#latenciesMs.subarray(0, this.#count).toSorted();
    return {
      requests: this.#requests,
      requestsPerSecond: (this.#count / elapsedMs) * 1000,
      p99Ms: percentile(sorted, 0.99),
    };
  }

  #grow(): void {
    const larger = new Float64Array(this.#latenciesMs.length * 2);
    larger.set(this.#latenciesMs);
    this.#latenciesMs = larger;
  }
}

async function keepBusy(port: number, request: Buffer, answerBytes: number, recorder: Recorder): Promise<void> {
  const done = Promise.withResolvers<void>();
  let sentAtMs = performance.now();
  let missingBytes = answerBytes;

  const onRead = (length: number, bytes: Uint8Array): boolean => {
    if (missingBytes === answerBytes && !isOk(bytes, length)) done.reject(new Error('An answer is not a 200'));
    missingBytes -= length;
    if (missingBytes > 0) return true;
    if (missingBytes < 0) done.reject(new Error('An answer is longer than the first one'));
    missingBytes = answerBytes;
    const nowMs = performance.now();
    if (recorder.record(sentAtMs, nowMs)) {
      sentAtMs = nowMs;
      socket.write(request);
    } else {
      done.resolve();
    }
    return true;
  };
  const onread = { buffer: Buffer.allocUnsafe(RECEIVE_BYTES), callback: onRead };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread });
  socket.on('error', done.reject);
  socket.on('close', () => done.reject(new Error('The server closed a connection')));
  socket.write(request);
  try {
    await done.promise;
  } finally {
    socket.destroy();
  }
}

function isOk(bytes: Uint8Array, length: number): boolean {
  return length >= STATUS_200.length && STATUS_200.compare(bytes, 0, STATUS_200.length) === 0;
}

/** Length in bytes of the whole answer, head and body. It has the same for every request: dates are all of one length. */
async function lengthOfAnswer(port: number, request: Buffer): Promise<number> {
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  try {
    socket.write(request);
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) {
      answer += String(chunk);
      const headEnd = answer.indexOf('\r\n\r\n');
      const bodyBytes = /^content-length: *(\d+)/im.exec(answer.slice(0, Math.max(0, headEnd)))?.[1];
      if (headEnd !== -1 && bodyBytes === undefined) break;
      if (bodyBytes !== undefined && answer.length >= headEnd + 4 + Number(bodyBytes)) return answer.length;
    }
    throw new Error('The server does not answer with a Content-Length');
  } finally {
    socket.destroy();
  }
}

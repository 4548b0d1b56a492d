import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ROUTES, type RevocationPage } from '@latchkey/protocol';
import { answerParent } from '../harness/answer-parent.ts';
import { createUsageMeter, type Usage } from '../harness/usage-meter.ts';
import type { FeedAddress } from './feed-address.ts';

/** What a process that reads streams of the feed can be asked for. */
export interface ReaderOperations {
  /** Opens so many streams, each on a connection of its own. Resolves when each has been answered. */
  connect(feed: FeedAddress, count: number): Promise<void>;
  disconnect(): Promise<void>;
  /** Messages that the reader with the fewest of them got, since it was last asked. Throws if a stream was ended. */
  leastMessages(): number;
  /** What reading took since it was last asked. */
  usage(): Usage;
}

interface Reader {
  readonly socket: Socket;
  messages: number;
}

const AT_ONCE = 50;
const STATUS_200 = 'HTTP/1.1 200 ';
const MESSAGE_END = Buffer.from('\n\n');
/** One for all: nothing of what is read is kept. */
const buffer = Buffer.allocUnsafe(16 * 1024);

const readers: Reader[] = [];
let failure: Error | undefined;

answerParent<ReaderOperations>({
  connect: async (feed, count) => {
    const request = await streamRequest(feed);
    while (readers.length < count) {
      const missing = Math.min(AT_ONCE, count - readers.length);
      readers.push(...(await Promise.all(Array.from({ length: missing }, () => openReader(feed, request)))));
    }
  },
  disconnect: async () => {
    const closed = readers.splice(0).map(({ socket }) => {
      socket.removeAllListeners('close').destroy();
      return once(socket, 'close');
    });
    await Promise.all(closed);
  },
  leastMessages: () => {
    if (failure !== undefined) throw failure;
    const least = readers.reduce((min, { messages }) => Math.min(min, messages), Infinity);
    for (const reader of readers) reader.messages = 0;
    return least;
  },
  usage: createUsageMeter(),
});

async function streamRequest({ origin, client }: FeedAddress): Promise<string> {
  const authorization = `Basic ${btoa(`${client.id}:${client.secret}`)}`;
  const snapshot = await fetch(origin + ROUTES.revocationSnapshot, { headers: { authorization } });
  if (!snapshot.ok) throw new Error(`The snapshot was answered with ${snapshot.status}`);
  const { epoch, cursor } = (await snapshot.json()) as RevocationPage;
  const query = new URLSearchParams({ epoch, after: cursor });
  return (
    `GET ${ROUTES.revocations}?${query.toString()} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\n` +
    `Authorization: ${authorization}\r\nAccept: text/event-stream\r\n\r\n`
  );
}

/** Reads as cheaply as it can: it counts the ends of messages. */
async function openReader({ origin }: FeedAddress, request: string): Promise<Reader> {
  const answered = Promise.withResolvers<void>();
  let isAnswered = false;
  const onRead = (length: number): boolean => {
    if (!isAnswered) {
      isAnswered = true;
      if (buffer.toString('latin1', 0, STATUS_200.length) === STATUS_200) answered.resolve();
      else answered.reject(new Error('A stream was refused'));
    }
    for (let at = 0; (at = buffer.indexOf(MESSAGE_END, at) + 1) > 0 && at < length;) reader.messages += 1;
    return true;
  };
  const onread = { buffer, callback: onRead };
  const socket = connect({ port: Number(new URL(origin).port), host: '127.0.0.1', onread });
  const reader = { socket, messages: 0 };
  socket.on('error', answered.reject);
  socket.on('close', () => (failure = new Error('The server ended a stream')));
  socket.write(request);
  await answered.promise;
  return reader;
}

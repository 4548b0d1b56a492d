import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { METHOD_REFUSED, nodeListener } from '../http/node-listener.ts';
import type { Latchkey } from './create-latchkey.ts';
import type { Settings } from './settings.ts';

const HEADERS_TIMEOUT_MS = 10_000;
/** How often connections are looked over for those that are too slow; by itself, Node does so every 30 s. */
const TIMEOUT_CHECK_MS = 1000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a balancer's usual 60 s, so that it is the balancer that closes idle connections. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** A connection on which nothing moves for so long is closed: else one whose answers are never read stays for ever. */
const SILENCE_TIMEOUT_MS = 60_000;
/**
 * Requests of one connection that may wait for their answers. Node would begin all that one packet holds, a thousand
 * and more, and keep every answer in memory until the first is read (RFC 9112 §9.3.2 leaves it to the server).
 */
const MAX_PIPELINED = 32;
/** After this long, requests that are still in flight at a stop are cut off. */
const DRAIN_MS = 10_000;
/** How soon a connection is closed at a stop once its request is answered. */
const IDLE_CHECK_MS = 50;

/** A listening server. */
export interface Listening {
  /** Takes no new connections, lets requests in flight finish, and resolves when all are done. */
  stop(): Promise<void>;
}

/** Serves on the settings' host and port; rejects where the port is taken. */
export async function listen(latchkey: Latchkey, settings: Pick<Settings, 'host' | 'port'>): Promise<Listening> {
  const answer = nodeListener((request, { incoming, outgoing }) =>
    latchkey.fetch(request, { incoming, direct: outgoing }),
  );
  const mayBegin = limitPipelining();
  const server = createServer({ connectionsCheckingInterval: TIMEOUT_CHECK_MS }, (incoming, outgoing) => {
    if (mayBegin(incoming.socket, outgoing)) answer(incoming, outgoing);
  });
  server.on('connect', (_incoming, socket) => refuseTunnel(socket));
  const unused = trackUnused(server);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.timeout = SILENCE_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  return {
    stop: () => {
      latchkey.endStreams();
      return drain(server, unused);
    },
  };
}

/** Counts the requests of each connection that are not answered yet, and closes the connection at too many. */
function limitPipelining(): (socket: Socket, outgoing: ServerResponse) => boolean {
  const waiting = new WeakMap<Socket, number>();
  const count = (socket: Socket, change: number): number => {
    const sum = (waiting.get(socket) ?? 0) + change;
    waiting.set(socket, sum);
    return sum;
  };
  return (socket, outgoing) => {
    // The parser goes on to the end of what it was given, also when the connection is closed.
    if (socket.destroyed) return false;
    outgoing.once('close', () => count(socket, -1));
    if (count(socket, 1) <= MAX_PIPELINED) return true;
    socket.destroy();
    return false;
  };
}

/** Connections that have not brought a request yet. Node counts them as busy, and browsers open some ahead. */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}

/** CONNECT has no response object: the connection is handed over as it is (RFC 9110 §9.3.6). */
function refuseTunnel(socket: Duplex): void {
  const headers = { ...METHOD_REFUSED.headers, 'Content-Length': METHOD_REFUSED.body.length, Connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.end(['HTTP/1.1 405 Method Not Allowed', ...lines, '', METHOD_REFUSED.body].join('\r\n'));
}

async function drain(server: Server, unused: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const socket of unused) socket.destroy();
  const closeIdle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const cutOff = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(cutOff);
}

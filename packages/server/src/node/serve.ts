import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { PROBLEM_MEDIA_TYPE, type ApiErrorCode } from '@latchkey/protocol';
import { ApiError } from '../http/api-error.ts';
import type { Latchkey } from './create-latchkey.ts';
import type { Settings } from './settings.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a balancer's usual 60 s, so that it is the balancer that closes idle connections. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** After this long, requests that are still in flight at a stop are cut off. */
const DRAIN_MS = 10_000;

/** A listening server. */
export interface Listening {
  /** Takes no new connections, lets requests in flight finish, and resolves when all are done. */
  stop(): Promise<void>;
}

/** Serves on the settings' host and port; rejects where the port is taken. */
export async function listen(latchkey: Latchkey, settings: Pick<Settings, 'host' | 'port'>): Promise<Listening> {
  const answer = getRequestListener((request, bindings) => latchkey.fetch(request, bindings as { incoming: IncomingMessage }), {
    overrideGlobalObjects: false,
    errorHandler: () => problem('invalid_request'),
  });
  const server = createServer((incoming, outgoing) => {
    if (isFetchMethod(incoming.method)) void answer(incoming, outgoing);
    else refuse(incoming, outgoing);
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  return { stop: () => drain(server) };
}

/** Fetch knows no TRACE, CONNECT or TRACK (Fetch §2.2.1): a Request of them cannot even be made. */
function isFetchMethod(method: string | undefined): boolean {
  return method !== undefined && !/^(?:TRACE|CONNECT|TRACK)$/i.test(method);
}

/** TRACE would echo the cookie to whoever can send it (RFC 9110 §9.3.8). */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  outgoing.writeHead(405, { Allow: 'GET, HEAD, POST, DELETE', 'Content-Type': PROBLEM_MEDIA_TYPE, 'Cache-Control': 'no-store' });
  outgoing.end(JSON.stringify(new ApiError('method_not_allowed').toProblem()));
}

function problem(code: ApiErrorCode): Response {
  const error = new ApiError(code);
  return new Response(JSON.stringify(error.toProblem()), {
    status: error.status,
    headers: { 'Content-Type': PROBLEM_MEDIA_TYPE, 'Cache-Control': 'no-store' },
  });
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cutOff);
}

import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Caller } from '../../domain/audit/event.ts';
import type { LiveSession } from '../../operations/refresh-session.ts';
import type { SessionCheck } from '../check-session.ts';
import { nodeListener } from '../node-listener.ts';
import type { RouteAnswerer, SessionChecker } from './fetch.ts';

/** What is needed of a request of `node:http`; Express's is one too. */
export interface NodeRequest {
  readonly headers: { readonly cookie?: string | undefined; readonly 'user-agent'?: string | undefined };
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What is needed of a response of `node:http`; Express's is one too. */
export type NodeResponse = Pick<ServerResponse, 'headersSent' | 'writeHead' | 'setHeader' | 'appendHeader'>;

export interface NodeSessionOptions {
  /** 0 to 9, where the request names a slot. */
  readonly slot?: number;
  /** Address of the client, where a proxy stands between; the socket's otherwise. */
  readonly network?: string;
}

/**
 * Checks the session of a `node:http` request. The response carries the rotated cookie by itself, whatever is
 * sent; once its headers are out, nothing rotates.
 *
 * @returns The live session, or undefined where nobody is signed in.
 */
export function nodeSession(
  latchkey: SessionChecker,
  request: NodeRequest,
  response: NodeResponse,
  options: NodeSessionOptions = {},
): LiveSession | undefined | Promise<LiveSession | undefined> {
  const caller: Caller = {
    network: options.network ?? request.socket.remoteAddress ?? null,
    userAgent: request.headers['user-agent'] ?? null,
  };
  const { cookie } = request.headers;
  const check = latchkey.checkSession({ cookie, slot: options.slot, caller, canSetCookie: !response.headersSent });
  return check instanceof Promise ? check.then((done) => attach(done, response)) : attach(check, response);
}

/** What is needed of an Express request, and what {@link expressSession} adds to it. */
export interface ExpressRequest extends NodeRequest {
  /** Express's own reading of the client's address, by its `trust proxy` setting. */
  readonly ip?: string | undefined;
  /** Undefined where nobody is signed in. */
  latchkey?: LiveSession | undefined;
}

/** Express middleware: sets `request.latchkey`, and the response carries rotated cookies by itself. */
export function expressSession(latchkey: SessionChecker) {
  return (request: ExpressRequest, response: NodeResponse, next: (error?: unknown) => void): void => {
    const options = request.ip === undefined ? {} : { network: request.ip };
    const goOn = (session: LiveSession | undefined): void => {
      request.latchkey = session;
      next();
    };
    const session = nodeSession(latchkey, request, response, options);
    // Most sessions are in memory: those requests go on at once.
    if (session instanceof Promise) session.then(goOn, next);
    else goOn(session);
  };
}

/**
 * Answers all of Latchkey's own routes, as a listener of `node:http` or as Express middleware that comes last: what is
 * no route gets Latchkey's 404. The address of the client goes along.
 *
 * Nothing may have read the body before: parse bodies route by route. It is for the root, where the issuer is. What is
 * mounted otherwise is told to `next`, or without one answered 500, with a warning of the process.
 */
export function latchkeyRoutes(latchkey: RouteAnswerer) {
  const answer = nodeListener((request, { incoming }) => latchkey.fetch(request, { incoming }));
  return (
    request: IncomingMessage & { readonly baseUrl?: string },
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void => {
    const mistake = mountingMistake(request);
    if (mistake === undefined) return answer(request, response);
    if (next !== undefined) return next(new Error(mistake));
    process.emitWarning(mistake);
    response.writeHead(500).end();
  };
}

function mountingMistake({ readableDidRead, baseUrl = '' }: IncomingMessage & { readonly baseUrl?: string }) {
  if (readableDidRead)
    return 'latchkeyRoutes: something has read the body before; parse bodies in your own routes alone';
  return baseUrl === '' ? undefined : `latchkeyRoutes: mounted at ${baseUrl}; mount it at the root`;
}

/** Adds the cookie when the headers leave: only then is it known whether the rotation is still fresh enough. */
function attach(check: SessionCheck, response: NodeResponse): LiveSession | undefined {
  if (check.setCookie() === undefined) return check.session;
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, ...rest: readonly unknown[]) => {
    const cookie = response.headersSent ? undefined : check.setCookie();
    const reason = rest.find((argument) => typeof argument === 'string');
    // Headers given here would replace those that were set before, and so the cookie: they are set first instead.
    setHeaders(response, rest.find(isHeaders) ?? {});
    if (cookie !== undefined) {
      response.appendHeader('Set-Cookie', cookie);
      response.setHeader('Cache-Control', 'no-store');
    }
    return reason === undefined ? writeHead(status) : writeHead(status, reason);
  };
  return check.session;
}

function isHeaders(argument: unknown): argument is OutgoingHttpHeaders | OutgoingHttpHeader[] {
  return typeof argument === 'object' && argument !== null;
}

/** As `writeHead` reads its headers: an object, or a flat array of names and values. */
function setHeaders(response: NodeResponse, headers: OutgoingHttpHeaders | OutgoingHttpHeader[]): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    return;
  }
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const value = headers[index + 1] ?? '';
    response.appendHeader(String(headers[index]), Array.isArray(value) ? value : String(value));
  }
}

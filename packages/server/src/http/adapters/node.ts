import type { Caller } from '../../domain/audit/event.ts';
import type { LiveSession } from '../../operations/refresh-session.ts';
import type { SessionCheck } from '../check-session.ts';
import type { SessionChecker } from './fetch.ts';

/** What is needed of a request of `node:http`; Express's is one too. */
export interface NodeRequest {
  readonly headers: { readonly cookie?: string | undefined; readonly 'user-agent'?: string | undefined };
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** What is needed of a response of `node:http`; Express's is one too. */
export interface NodeResponse {
  readonly headersSent: boolean;
  writeHead(...head: never[]): unknown;
  appendHeader(name: string, value: string): unknown;
  setHeader(name: string, value: string): unknown;
}

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

/** Express middleware: `request.session` of the Latchkey kind is what {@link nodeSession} returned. */
export function expressSession(latchkey: SessionChecker, options: NodeSessionOptions = {}) {
  return (
    request: NodeRequest & { ip?: string | undefined; latchkey?: LiveSession | undefined },
    response: NodeResponse,
    next: (error?: unknown) => void,
  ): void => {
    const network = options.network ?? request.ip;
    Promise.resolve(nodeSession(latchkey, request, response, { ...options, ...(network !== undefined && { network }) })).then(
      (session) => {
        request.latchkey = session;
        next();
      },
      next,
    );
  };
}

/** Adds the cookie when the headers leave: only then is it known whether the rotation is still fresh enough. */
function attach(check: SessionCheck, response: NodeResponse): LiveSession | undefined {
  if (check.setCookie() === undefined) return check.session;
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (...head) => {
    const cookie = response.headersSent ? undefined : check.setCookie();
    if (cookie !== undefined) {
      response.appendHeader('Set-Cookie', cookie);
      response.setHeader('Cache-Control', 'no-store');
    }
    return writeHead(...head);
  };
  return check.session;
}

import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../domain/audit/event.ts';
import type { LiveSession } from '../../operations/refresh-session.ts';
import type { SessionCheck, SessionCheckRequest } from '../check-session.ts';

/** The part of a server that the adapters need. */
export interface SessionChecker {
  checkSession(request: SessionCheckRequest): SessionCheck | Promise<SessionCheck>;
}

/** The part of a server that answers its own routes. */
export interface RouteAnswerer {
  fetch(request: Request, bindings: { readonly incoming: IncomingMessage }): Response | Promise<Response>;
}

export interface FetchSessionOptions {
  /** 0 to 9, where the request names a slot. */
  readonly slot?: number;
  /** Address of the client, where the platform tells it. */
  readonly network?: string;
}

/** A session check of a Fetch request. */
export interface FetchSession {
  /** Undefined where nobody is signed in. */
  readonly session: LiveSession | undefined;
  /** The response to send: the one given, with the rotated cookie where there is one. Always send what it returns. */
  readonly carry: (response: Response) => Response;
}

/** Checks the session of a Fetch request, for any handler from `Request` to `Response`. */
export async function fetchSession(
  latchkey: SessionChecker,
  request: Request,
  options: FetchSessionOptions = {},
): Promise<FetchSession> {
  const caller: Caller = { network: options.network ?? null, userAgent: request.headers.get('User-Agent') };
  const check = await latchkey.checkSession({ cookie: request.headers.get('Cookie'), slot: options.slot, caller });
  return { session: check.session, carry: (response) => withCookie(response, check.setCookie()) };
}

function withCookie(response: Response, cookie: string | undefined): Response {
  if (cookie === undefined) return response;
  // A copy: the headers of a response that was fetched or made by `Response.redirect` cannot be changed.
  const copy = new Response(response.body, response);
  copy.headers.append('Set-Cookie', cookie);
  copy.headers.set('Cache-Control', 'no-store');
  return copy;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { PROBLEM_MEDIA_TYPE, type ApiErrorCode } from '@latchkey/protocol';
import { ApiError } from './api-error.ts';

type Answer = (
  request: Request,
  bindings: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
) => Response | Promise<Response>;

/** Answers requests of `node:http` by a Fetch handler; also those that cannot be made into a `Request`. */
export function nodeListener(fetch: Answer): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const answer = getRequestListener(
    (request, bindings) => fetch(request, bindings as { incoming: IncomingMessage; outgoing: ServerResponse }),
    {
      overrideGlobalObjects: false,
      errorHandler: (error) => problem(error instanceof RequestError ? 'invalid_request' : 'internal_error'),
    },
  );
  return (incoming, outgoing) => {
    if (isFetchMethod(incoming.method)) void answer(incoming, outgoing);
    else refuse(incoming, outgoing);
  };
}

/** Fetch knows no TRACE or TRACK (Fetch §2.2.1): a Request of them cannot even be made. */
function isFetchMethod(method: string | undefined): boolean {
  return method !== undefined && !/^(?:TRACE|TRACK)$/i.test(method);
}

export const METHOD_REFUSED = {
  headers: { Allow: 'GET, HEAD, POST, DELETE', 'Content-Type': PROBLEM_MEDIA_TYPE, 'Cache-Control': 'no-store' },
  body: JSON.stringify(new ApiError('method_not_allowed').toProblem()),
};

/** TRACE would echo the cookie to whoever can send it (RFC 9110 §9.3.8). */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  outgoing.writeHead(405, METHOD_REFUSED.headers).end(METHOD_REFUSED.body);
}

function problem(code: ApiErrorCode): Response {
  const error = new ApiError(code);
  return new Response(JSON.stringify(error.toProblem()), {
    status: error.status,
    headers: { 'Content-Type': PROBLEM_MEDIA_TYPE, 'Cache-Control': 'no-store' },
  });
}

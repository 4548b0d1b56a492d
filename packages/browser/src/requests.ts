import { LatchkeyError } from './errors.ts';
import { SLOT_HEADER } from './paths.ts';
import type { ServerClock } from './server-clock.ts';

const TIMEOUT_MS = 10_000;

export interface ServerRequest {
  readonly path: string;
  readonly body?: object;
  /** Default: POST where there is a body, GET where there is none. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For another slot than the tab's. */
  readonly slot?: number | null;
}

/** Asks the server, with this origin's cookies, which no page can read, and for this tab's slot. */
export type AskServer = (request: ServerRequest) => Promise<Response>;

/** @param tabSlot - Which account of the browser this tab uses now; null for the first. */
export function askServer(tabSlot: () => number | null, clock: ServerClock): AskServer {
  return async ({ path, body, method = body === undefined ? 'GET' : 'POST', headers, slot = tabSlot() }) => {
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        cache: 'no-store',
        headers: {
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(slot !== null && { [SLOT_HEADER]: `${slot}` }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new LatchkeyError('offline', 0);
    }
    clock.heard(response.headers.get('Date'));
    if (response.ok) return response;
    throw await errorOf(response);
  };
}

/** By the problem document (RFC 9457); a proxy in between may have answered with something else. */
async function errorOf(response: Response): Promise<LatchkeyError> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  let problem: { readonly code?: unknown; readonly errors?: LatchkeyError['errors'] } = {};
  try {
    problem = (await response.json()) as typeof problem;
  } catch {
    // Its status is all there is to go by.
  }
  const code = typeof problem.code === 'string' ? problem.code : 'unexpected_answer';
  return new LatchkeyError(code, response.status, retryAfter >= 0 ? retryAfter : undefined, problem.errors);
}

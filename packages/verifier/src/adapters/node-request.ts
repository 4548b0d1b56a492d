import { SLOT_HEADER } from '@latchkey/protocol';
import type { TokenRequest } from './authenticate.ts';

const SLOT_HEADER_IN_LOWER_CASE = SLOT_HEADER.toLowerCase();

/** What is read of a request: `http.IncomingMessage`, its HTTP/2 twin and Express's request have it. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: with what the router that it came to is mounted at. */
  readonly originalUrl?: string | undefined;
  /** Names and values in turns, as they came: `headers` hides all but one of two Authorization headers. */
  readonly rawHeaders: readonly string[];
  readonly socket?: object;
}

export function tokenRequestOf(request: NodeRequest): TokenRequest {
  const { method = '', rawHeaders, socket = {} } = request;
  const all = (name: string): string[] =>
    rawHeaders.filter((_value, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  // As Fetch joins them: several are equal to none that is allowed.
  const joined = (name: string): string | undefined => {
    const values = all(name);
    return values.length === 0 ? undefined : values.join(', ');
  };
  const host = joined('host') ?? joined(':authority');
  const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
  return {
    method,
    authorization: all('authorization'),
    cookies: all('cookie'),
    slot: all(SLOT_HEADER_IN_LOWER_CASE),
    identity: request,
    proof: () => ({ headers: all('dpop'), path: request.originalUrl ?? request.url }),
    secFetchSite: joined('sec-fetch-site'),
    origin: joined('origin'),
    ownOrigin: host === undefined ? undefined : URL.parse(`${scheme}://${host}`)?.origin,
  };
}

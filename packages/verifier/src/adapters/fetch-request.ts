import { SLOT_HEADER } from '@latchkey/protocol';
import type { TokenRequest } from './authenticate.ts';

const SLOT_HEADER_IN_LOWER_CASE = SLOT_HEADER.toLowerCase();

/** What is read of a Fetch `Request`. */
export type FetchRequest = Pick<Request, 'method' | 'url' | 'headers'>;

export function tokenRequestOf(request: FetchRequest): TokenRequest {
  const { method, url, headers } = request;
  // Fetch joins several headers with a comma, which no token has.
  const all = (name: string): readonly string[] => {
    const value = headers.get(name);
    return value === null ? [] : [value];
  };
  return {
    method,
    authorization: all('authorization'),
    cookies: all('cookie'),
    slot: all(SLOT_HEADER_IN_LOWER_CASE),
    identity: request,
    proof: () => ({ headers: all('dpop'), path: URL.parse(url)?.pathname }),
    secFetchSite: headers.get('sec-fetch-site') ?? undefined,
    origin: headers.get('origin') ?? undefined,
    ownOrigin: URL.parse(url)?.origin,
  };
}

/** What a request says of where it comes from; header values, or undefined where absent. */
export interface RequestOrigin {
  readonly method: string;
  readonly secFetchSite: string | undefined;
  readonly origin: string | undefined;
  /** Origin that the request was sent to, as far as the server can tell. */
  readonly ownOrigin: string | undefined;
}

/** They change nothing at a server that keeps to RFC 9110 §9.2.1. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request whose credential is a cookie was made by a page of this origin, or by no page. The browser adds
 * cookies to requests that other sites make it send. `Sec-Fetch-Site` (W3C Fetch Metadata §2.1) is set by the browser,
 * and no page can change it. Where it is absent (an old browser, plain http) the Origin must be this one. A
 * request with neither is refused: who is no browser has no need of a cookie.
 *
 * @param ownOrigins - Instead of what the request says: behind a proxy a server does not know its own origin.
 */
export function isSameOrigin(request: RequestOrigin, ownOrigins: readonly string[]): boolean {
  const { method, secFetchSite, origin, ownOrigin } = request;
  if (SAFE_METHODS.has(method)) return true;
  if (secFetchSite !== undefined) return secFetchSite === 'same-origin' || secFetchSite === 'none';
  if (origin === undefined || origin === 'null') return false;
  return ownOrigins.length > 0 ? ownOrigins.includes(origin) : origin === ownOrigin;
}

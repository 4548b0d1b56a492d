/** What a request says of where it comes from. Header values, or undefined where absent. */
export interface RequestOrigin {
  readonly method: string;
  readonly secFetchSite: string | undefined;
  readonly origin: string | undefined;
}

export type CrossSiteDecision = 'allowed' | 'cross_site';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests by which another site would act for the user, whatever their content type.
 *
 * `Sec-Fetch-Site` (W3C Fetch Metadata §2.1) is set by the browser itself and no page can change it.
 * `same-site` is refused as well: a sibling subdomain is not this origin. Where it is absent (an old
 * browser, or plain http beyond localhost) the Origin must be ours; compared to the configured issuer,
 * never to the Host header. A request with neither was not sent by any browser's page: all of them
 * send Origin with unsafe methods.
 *
 * @param ownOrigin - Origin of the configured issuer.
 */
export function decideCrossSite(request: RequestOrigin, ownOrigin: string): CrossSiteDecision {
  if (SAFE_METHODS.has(request.method)) return 'allowed';
  if (request.secFetchSite !== undefined) {
    return request.secFetchSite === 'same-origin' || request.secFetchSite === 'none' ? 'allowed' : 'cross_site';
  }
  return request.origin === undefined || request.origin === ownOrigin ? 'allowed' : 'cross_site';
}

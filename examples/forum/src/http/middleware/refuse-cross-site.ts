import { createMiddleware } from 'hono/factory';
import type { AppEnvironment } from '../environment.ts';
import { HttpProblem } from '../http-problem.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Called by programs, which prove who they are in the request itself: no cookie is read there. */
const FOR_PROGRAMS = /^\/(?:api\/|backchannel-logout$)/;

/**
 * Refuses what another site would do in the user's name, whatever the content type.
 *
 * `Sec-Fetch-Site` (W3C Fetch Metadata §2.1) is set by the browser and no page can change it; `same-site` is refused too: a
 * sibling subdomain is not this origin. Where it is absent the `Origin` must be ours, as it is configured: the `Host`
 * header is the sender's. A request with neither came from no browser's page: all of them send `Origin` with a POST.
 */
export function refuseCrossSite(ownOrigin: string) {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    if (!SAFE_METHODS.has(c.req.method) && !FOR_PROGRAMS.test(c.req.path)) {
      const site = c.req.header('Sec-Fetch-Site');
      const origin = c.req.header('Origin');
      const isOwn =
        site === undefined ? origin === undefined || origin === ownOrigin : /^(?:same-origin|none)$/.test(site);
      if (!isOwn) throw new HttpProblem('cross_site_request');
    }
    await next();
  });
}

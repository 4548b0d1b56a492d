import { createMiddleware } from 'hono/factory';
import { ROUTES } from '@latchkey/protocol';
import { decideCrossSite } from '../../domain/csrf/check-request.ts';
import { ApiError } from '../api-error.ts';
import type { AppEnvironment } from '../environment.ts';

/**
 * Requests of clients, which prove who they are in each request itself. No cookie is read here, so another site has
 * nothing of the user's to use. Where a browser remembers a client's Basic credentials, that site could send them too,
 * but neither read the answer nor know a token to revoke.
 */
const CLIENT_ROUTES: ReadonlySet<string> = new Set([
  ROUTES.token,
  ROUTES.par,
  ROUTES.introspect,
  ROUTES.revoke,
  ROUTES.userinfo,
]);

/**
 * Where clients send browsers, by a form of their own too (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2). Neither
 * reads a cookie on such a request: what it says counts by itself, or a page of ours asks.
 */
const BROWSER_ROUTES: ReadonlySet<string> = new Set([ROUTES.authorize, ROUTES.logout]);

/** Refuses what another site would do in the user's name, before anything is read. */
export function refuseCrossSite(issuer: string) {
  const ownOrigin = new URL(issuer).origin;
  return createMiddleware<AppEnvironment>(async (c, next) => {
    const { path, method } = c.req;
    if (CLIENT_ROUTES.has(path) || (method === 'POST' && BROWSER_ROUTES.has(path))) return next();
    const request = {
      method,
      secFetchSite: c.req.header('Sec-Fetch-Site'),
      origin: c.req.header('Origin'),
    };
    if (decideCrossSite(request, ownOrigin) === 'cross_site') throw new ApiError('cross_site_request');
    await next();
  });
}

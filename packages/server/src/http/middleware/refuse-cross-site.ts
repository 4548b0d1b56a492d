import { createMiddleware } from 'hono/factory';
import { ROUTES } from '@latchkey/protocol';
import { decideCrossSite } from '../../domain/csrf/check-request.ts';
import { ApiError } from '../api-error.ts';
import type { AppEnvironment } from '../environment.ts';

/**
 * Requests of clients, which prove who they are in each request itself: no cookie is read here, and there is nothing of
 * the user's that another site could use. Pages of other origins may be clients too.
 */
const CLIENT_ROUTES: ReadonlySet<string> = new Set([ROUTES.token, ROUTES.introspect, ROUTES.revoke]);

/** Refuses what another site would do in the user's name, before anything is read. */
export function refuseCrossSite(issuer: string) {
  const ownOrigin = new URL(issuer).origin;
  return createMiddleware<AppEnvironment>(async (c, next) => {
    if (CLIENT_ROUTES.has(c.req.path)) return next();
    const request = {
      method: c.req.method,
      secFetchSite: c.req.header('Sec-Fetch-Site'),
      origin: c.req.header('Origin'),
    };
    if (decideCrossSite(request, ownOrigin) === 'cross_site') throw new ApiError('cross_site_request');
    await next();
  });
}

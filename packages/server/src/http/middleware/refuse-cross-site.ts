import { createMiddleware } from 'hono/factory';
import { decideCrossSite } from '../../domain/csrf/check-request.ts';
import { ApiError } from '../api-error.ts';
import type { AppEnvironment } from '../environment.ts';

/** Refuses what another site would do in the user's name, before anything is read. */
export function refuseCrossSite(issuer: string) {
  const ownOrigin = new URL(issuer).origin;
  return createMiddleware<AppEnvironment>(async (c, next) => {
    const request = {
      method: c.req.method,
      secFetchSite: c.req.header('Sec-Fetch-Site'),
      origin: c.req.header('Origin'),
    };
    if (decideCrossSite(request, ownOrigin) === 'cross_site') throw new ApiError('cross_site_request');
    await next();
  });
}

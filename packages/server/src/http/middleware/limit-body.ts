import { createMiddleware } from 'hono/factory';
import { ApiError } from '../api-error.ts';
import type { AppEnvironment } from '../environment.ts';
import { MAX_BODY_BYTES } from '../request-body.ts';

/** Refuses a body that is announced as too large, before any of it is read. What was not announced is counted. */
export function limitBody() {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    if (Number(c.req.header('Content-Length') ?? 0) > MAX_BODY_BYTES) throw new ApiError('body_too_large');
    await next();
  });
}

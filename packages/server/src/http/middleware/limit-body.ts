import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { ApiError } from '../api-error.ts';
import type { AppEnvironment } from '../environment.ts';

/** Refuses bodies of more bytes, whether or not their length was said before. */
export function limitBody(maxBytes: number) {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ApiError('body_too_large');
    },
  });
  return createMiddleware<AppEnvironment>(async (c, next) => {
    try {
      await limit(c, next);
    } catch (error) {
      // Errors of the routes are answered further in: what arrives here failed while the body was read.
      throw error instanceof ApiError ? error : new ApiError('request_timeout');
    }
  });
}

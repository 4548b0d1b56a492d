import { createMiddleware } from 'hono/factory';
import type { AppEnvironment } from '../environment.ts';

/** Puts a rotated session cookie on the answer, unless the route has set or cleared the cookie itself. */
export function carryRotatedCookie() {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    await next();
    const cookie = c.var.sessionCheck?.setCookie();
    if (cookie === undefined || c.res.headers.has('Set-Cookie')) return;
    c.header('Set-Cookie', cookie, { append: true });
    c.header('Cache-Control', 'no-store');
  });
}

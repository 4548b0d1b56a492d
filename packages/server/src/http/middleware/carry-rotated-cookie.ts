import { createMiddleware } from 'hono/factory';
import type { AppEnvironment } from '../environment.ts';

/** Puts a rotated session cookie on the answer, unless the route has set or cleared that very cookie itself. */
export function carryRotatedCookie() {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    await next();
    const cookie = c.var.sessionCheck?.setCookie();
    if (cookie === undefined) return;
    const name = cookie.slice(0, cookie.indexOf('=') + 1);
    if (c.res.headers.getSetCookie().some((other) => other.startsWith(name))) return;
    c.header('Set-Cookie', cookie, { append: true });
    c.header('Cache-Control', 'no-store');
  });
}

import type { Context, MiddlewareHandler } from 'hono';
import type { LiveSession } from '../../operations/refresh-session.ts';
import type { SessionChecker } from './fetch.ts';

/** Variables that {@link honoSession} sets. */
export interface LatchkeyVariables {
  /** Undefined where nobody is signed in. */
  latchkey: LiveSession | undefined;
}

export interface HonoSessionOptions {
  /** The slot that the request names, for applications with several accounts in one browser. */
  readonly slot?: (c: Context) => number | undefined;
  /** Address of the client, where the platform tells it. */
  readonly network?: (c: Context) => string | undefined;
}

/** Hono middleware: checks the session, sets `c.var.latchkey`, and carries a rotated cookie on the answer. */
export function honoSession(
  latchkey: SessionChecker,
  options: HonoSessionOptions = {},
): MiddlewareHandler<{ Variables: LatchkeyVariables }> {
  return async (c, next) => {
    const caller = { network: options.network?.(c) ?? null, userAgent: c.req.header('User-Agent') ?? null };
    const check = await latchkey.checkSession({ cookie: c.req.header('Cookie'), slot: options.slot?.(c), caller });
    c.set('latchkey', check.session);
    await next();
    const cookie = check.setCookie();
    if (cookie === undefined) return;
    c.header('Set-Cookie', cookie, { append: true });
    c.header('Cache-Control', 'no-store');
  };
}

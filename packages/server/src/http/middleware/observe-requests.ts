import { randomUUID } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import { clientAddress } from '../../domain/network/client-address.ts';
import { redactText } from '../../domain/secrets/redact-text.ts';
import { MAX_USER_AGENT_LENGTH } from '../../domain/sessions/device-label.ts';
import type { AppContext, AppEnvironment, HttpDependencies } from '../environment.ts';

const MAX_LOGGED_PATH_LENGTH = 256;

/** Requests that say nothing about people and come every few seconds. */
const UNLOGGED = /^\/(?:health\/|metrics$|assets\/)/;

/** Gives each request its id and caller, and writes it to the log and the metrics once it is answered. */
export function observeRequests({ log, metrics, options }: HttpDependencies) {
  return createMiddleware<AppEnvironment>(async (c, next) => {
    const startedAt = performance.now();
    c.set('requestId', randomUUID());
    c.set('caller', {
      network: clientAddress(
        c.env?.incoming?.socket.remoteAddress,
        c.req.header('X-Forwarded-For'),
        options.trustedProxies,
      ),
      userAgent: printable(c.req.header('User-Agent')),
    });
    await next();
    const ms = performance.now() - startedAt;
    const route = routeLabel(c);
    metrics.requestSeconds.observe({ method: methodLabel(c.req.method), route, status: c.res.status }, ms / 1000);
    if (UNLOGGED.test(c.req.path)) return;
    // The path alone, for a query may hold a one-time token; and in a path one may stand by mistake.
    const path = redactText(c.req.path).slice(0, MAX_LOGGED_PATH_LENGTH);
    const { requestId, caller } = c.var;
    log.info({ requestId, method: c.req.method, path, status: c.res.status, ms, network: caller.network }, 'request');
  });
}

/** A client chooses its user agent: kept for people to read, without what could break a line or a page. */
function printable(userAgent: string | undefined): string | null {
  // oxlint-disable-next-line no-control-regex -- these are the characters to remove
  return userAgent?.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, MAX_USER_AGENT_LENGTH) ?? null;
}

/** The route's pattern: a label for each path would be an open door to the metrics' memory. */
function routeLabel(c: AppContext): string {
  const pattern = routePath(c, -1);
  return pattern === '/*' || pattern === '*' ? 'unmatched' : pattern;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

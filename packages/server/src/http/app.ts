import { Hono } from 'hono';
import { timeout } from 'hono/timeout';
import { answerError } from './answer-error.ts';
import { ApiError } from './api-error.ts';
import type { App, AppEnvironment, HttpDependencies } from './environment.ts';
import { carryRotatedCookie } from './middleware/carry-rotated-cookie.ts';
import { keepSlot } from './middleware/keep-slot.ts';
import { limitBody } from './middleware/limit-body.ts';
import { observeRequests } from './middleware/observe-requests.ts';
import { refuseCrossSite } from './middleware/refuse-cross-site.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { mountRoutes } from './routes/index.ts';

/** The whole server as one Fetch handler. */
export function createApp(dependencies: HttpDependencies): App {
  const { issuer } = dependencies.operations.policy;
  const app: App = new Hono<AppEnvironment>();
  app.onError((error, c) => answerError(error, c, dependencies));
  app.notFound((c) => answerError(new ApiError('not_found'), c, dependencies));

  app.use(observeRequests(dependencies));
  app.use(securityHeaders(issuer));
  app.use(carryRotatedCookie());
  app.use(keepSlot());
  app.use(refuseCrossSite(issuer));
  app.use(limitBody());
  app.use(timeout(dependencies.options.requestTimeoutMs));
  mountRoutes(app, dependencies);
  refuseOtherMethods(app);
  return app;
}

/** Answers 405 with `Allow` for every method that a known path does not have (RFC 9110 §15.5.6). */
function refuseOtherMethods(app: App): void {
  const methodsByPath = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    methodsByPath.set(path, (methodsByPath.get(path) ?? new Set<string>()).add(method));
  }
  for (const [path, methods] of methodsByPath) {
    if (methods.has('GET')) methods.add('HEAD');
    const allow = [...methods].toSorted().join(', ');
    app.all(path, (c) => {
      c.header('Allow', allow);
      throw new ApiError('method_not_allowed');
    });
  }
}

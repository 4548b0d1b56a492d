import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import type { ForumContext } from '../operations/context.ts';
import { answerProblem } from './answer-problem.ts';
import type { Accounts, App, AppEnvironment, Log } from './environment.ts';
import { MAX_BODY_BYTES } from './form-body.ts';
import { HttpProblem } from './http-problem.ts';
import { keepSlot } from './middleware/keep-slot.ts';
import { refuseCrossSite } from './middleware/refuse-cross-site.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { mountAssets } from './routes/assets.ts';
import { mountHealth } from './routes/health.ts';
import { mountPages } from './routes/index.ts';

export interface AppDependencies {
  readonly context: ForumContext;
  readonly accounts: Accounts;
  readonly log: Log;
  /** Origin of the forum, `http://localhost:4500`: what a form's `Origin` must be. */
  readonly origin: string;
  /** Latchkey's issuer, where signing in leads. */
  readonly issuer: string;
  /** Ends the event streams, which would keep a server from stopping. */
  readonly stopping: AbortSignal;
}

/** The whole forum as one Fetch handler: `createApp(…).fetch(request)`. */
export function createApp({ context, accounts, log, origin, issuer, stopping }: AppDependencies): App {
  const app: App = new Hono<AppEnvironment>();
  app.onError((error, c) => answerProblem(error, c));
  app.notFound((c) => answerProblem(new HttpProblem('not_found'), c));

  app.use(securityHeaders(origin, issuer));
  app.use(async (c, next) => {
    c.set('context', context);
    c.set('accounts', accounts);
    c.set('log', log);
    await next();
    // What says nothing of it browsers may keep: a redirect from an old title would lead on after the title came back.
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
  });
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        c.header('Allow', methods.join(', '));
        return answerProblem(new HttpProblem('method_not_allowed'), c);
      },
    }),
  );
  mountAssets(app);
  mountHealth(app);

  app.use(refuseCrossSite(origin));
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES }));
  // A program says who it is by its token: what cookie it sends counts for nothing.
  app.route('/', accounts.api);
  app.use(keepSlot());
  app.use(accounts.identify);
  app.route('/', accounts.routes);
  mountPages(app, { issuer, stopping });
  return app;
}

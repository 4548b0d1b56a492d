import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Verifier } from '@latchkey/verifier';
import { requireToken, type TokenVariables } from '@latchkey/verifier/hono';
import { listen } from './listen.ts';

/** As the README has it. */
export async function oneRoute(verifier: Verifier) {
  const app = new Hono<{ Variables: TokenVariables }>();
  app.get('/me', requireToken(verifier), (c) => c.json({ user: c.get('token').subject }));
  return listen(listenerOf(app.fetch));
}

/** As the verifier's README has it. */
export async function allRoutes(verifier: Verifier) {
  const app = new Hono<{ Variables: TokenVariables }>();
  app.use(requireToken(verifier));
  app.get('/me', (c) => c.json({ subject: c.get('token').subject }));
  return listen(listenerOf(app.fetch));
}

function listenerOf(fetch: (request: Request) => Response | Promise<Response>) {
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false });
  return (...[request, response]: Parameters<typeof answer>) => void answer(request, response);
}

import { fastify, type FastifyInstance } from 'fastify';
import type { Verifier } from '@latchkey/verifier';
import { requireToken, tokenOf } from '@latchkey/verifier/fastify';
import type { Listening } from './listen.ts';

/** As the README has it. */
export async function oneRoute(verifier: Verifier): Promise<Listening> {
  const app = fastify();
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify waits for it
  app.get('/me', { preHandler: requireToken(verifier) }, async (request) => ({ user: tokenOf(request).subject }));
  return start(app);
}

/** As the verifier's README has it. */
export async function allRoutes(verifier: Verifier): Promise<Listening> {
  const app = fastify();
  app.addHook('preHandler', requireToken(verifier));
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Fastify waits for it
  app.get('/me', async (request) => ({ subject: tokenOf(request).subject }));
  return start(app);
}

async function start(app: FastifyInstance): Promise<Listening> {
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return { origin, [Symbol.asyncDispose]: () => app.close() };
}

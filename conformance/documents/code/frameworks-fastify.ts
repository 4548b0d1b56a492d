/** What docs/frameworks.md has for Fastify, in an application that can be asked. */
import { fastify } from 'fastify';
import type { Latchkey, LiveSession } from 'latchkey';
import { fastifySession, latchkeyRoutes } from 'latchkey/fastify';
import type { Listening } from './listen.ts';

declare module 'fastify' {
  interface FastifyRequest {
    latchkey?: LiveSession | undefined;
  }
}

const notesOf = (id: string) => [`a note of ${id}`];

export async function onFastify(latchkey: Latchkey): Promise<Listening> {
  const app = fastify();
  await app.register(async (api) => {
    fastifySession(api, latchkey);
    api.get('/notes', async (request, reply) => {
      const user = request.latchkey?.user;
      reply.header('Cache-Control', 'no-store');
      return user === undefined ? reply.code(401).send({ error: 'not_signed_in' }) : notesOf(user.id);
    });
  });
  await app.register(latchkeyRoutes(latchkey));
  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return { origin, [Symbol.asyncDispose]: () => app.close() };
}

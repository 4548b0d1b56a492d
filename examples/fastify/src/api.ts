import type { FastifyInstance } from 'fastify';
import type { Latchkey, LiveSession } from 'latchkey';
import { fastifySession } from 'latchkey/fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where nobody is signed in. */
    latchkey?: LiveSession | undefined;
  }
}

/** By the id of their user; a real application has a table. */
const notes = new Map<string, readonly string[]>();
const NOBODY = { error: 'not_signed_in' };

/** An object, so JSON: no form of another site or of a sibling subdomain can send it. */
const note = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1, maxLength: 200 } },
};

/** Routes for who is signed in. What they answer is one user's: no cache keeps it. */
export function api(latchkey: Latchkey) {
  return async (app: FastifyInstance): Promise<void> => {
    fastifySession(app, latchkey);
    app.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-store'));

    app.get('/notes', async (request, reply) => {
      const user = request.latchkey?.user;
      return user === undefined ? reply.code(401).send(NOBODY) : (notes.get(user.id) ?? []);
    });

    app.post<{ Body: { text: string } }>('/notes', { schema: { body: note } }, async (request, reply) => {
      const user = request.latchkey?.user;
      if (user === undefined) return reply.code(401).send(NOBODY);
      const kept = [request.body.text, ...(notes.get(user.id) ?? [])].slice(0, 20);
      notes.set(user.id, kept);
      return reply.code(201).send(kept);
    });
  };
}

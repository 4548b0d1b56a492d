import type { IncomingMessage } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { fastify } from 'fastify';
import { createLatchkey, readSettings } from 'latchkey';
import { api } from './api.ts';
import { readFiles } from './files.ts';

/** Forms of the page are sent by its script alone. */
const POLICY = "default-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const settings = readSettings(process.env, { PORT: 4412 });
const latchkey = await createLatchkey(settings);
const app = fastify({ bodyLimit: 10_000 });

await app.register(api(latchkey));

// The page is the same for everybody: whatever serves files may serve it.
for (const { path, type, body } of await readFiles()) {
  app.get(path, (_request, reply) => {
    reply.header('Content-Security-Policy', POLICY);
    reply.header('X-Content-Type-Options', 'nosniff');
    return reply.type(type).send(body);
  });
}

// All other paths are Latchkey's: /sign-up, /sign-in, /account, /api/…, and in development /dev/mail.
const answer = getRequestListener(
  (request, { incoming }) => latchkey.fetch(request, { incoming: incoming as IncomingMessage }),
  { overrideGlobalObjects: false },
);
await app.register(async (rest) => {
  // Latchkey reads the body itself.
  rest.removeAllContentTypeParsers();
  rest.addContentTypeParser('*', (_request, _body, done) => done(null));
  rest.all('/*', (request, reply) => {
    reply.hijack();
    return answer(request.raw, reply.raw);
  });
});

await app.listen({ port: settings.port, host: settings.host });
console.log(`Notes on ${settings.issuer}; mails of Latchkey are at ${settings.issuer}/dev/mail`);

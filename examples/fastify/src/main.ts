import { fastify } from 'fastify';
import { createLatchkey, readSettings } from 'latchkey';
import { latchkeyRoutes } from 'latchkey/fastify';
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
await app.register(latchkeyRoutes(latchkey));

await app.listen({ port: settings.port, host: settings.host });
console.log(`Notes on ${settings.issuer}; mails of Latchkey are at ${settings.issuer}/dev/mail`);

/** Requests under way are answered, and the database is closed last. */
async function stop(): Promise<void> {
  latchkey.endStreams();
  await app.close();
  await latchkey.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

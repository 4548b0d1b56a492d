import { createServer } from 'node:http';
import express from 'express';
import { createLatchkey, readSettings } from 'latchkey';
import { latchkeyRoutes } from 'latchkey/node';
import { notes } from './notes.ts';
import { servePage } from './serve-page.ts';

const settings = readSettings(process.env, { PORT: 4410 });
const latchkey = await createLatchkey(settings);
const app = express().disable('x-powered-by');
const server = createServer((request, response) => void app(request, response));

app.use('/notes', notes(latchkey));
const page = await servePage(app, server);

// All other paths are Latchkey's: /sign-up, /sign-in, /account, /api/…, and in development /dev/mail.
app.use(latchkeyRoutes(latchkey));

server.listen(settings.port, settings.host, () => {
  console.log(`Notes on ${settings.issuer}; mails of Latchkey are at ${settings.issuer}/dev/mail`);
});

/** Requests under way are answered, and the database is closed last. */
async function stop(): Promise<void> {
  latchkey.endStreams();
  await page.close();
  await new Promise((resolve) => server.close(resolve));
  await latchkey.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

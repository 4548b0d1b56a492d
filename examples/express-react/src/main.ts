import { createServer, type IncomingMessage } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { createLatchkey, readSettings } from 'latchkey';
import { notes } from './notes.ts';
import { servePage } from './serve-page.ts';

const settings = readSettings(process.env, { PORT: 4410 });
const latchkey = await createLatchkey(settings);
const app = express().disable('x-powered-by');
const server = createServer((request, response) => void app(request, response));

app.use('/notes', notes(latchkey));
await servePage(app, server);

// All other paths are Latchkey's: /sign-up, /sign-in, /account, /api/…, and in development /dev/mail.
const answer = getRequestListener(
  (request, { incoming }) => latchkey.fetch(request, { incoming: incoming as IncomingMessage }),
  { overrideGlobalObjects: false },
);
app.use((request, response) => answer(request, response));

server.listen(settings.port, settings.host, () => {
  console.log(`Notes on ${settings.issuer}; mails of Latchkey are at ${settings.issuer}/dev/mail`);
});

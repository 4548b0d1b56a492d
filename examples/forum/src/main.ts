import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { serve } from '@hono/node-server';
import { createForum } from './create-forum.ts';
import { createLog } from './log.ts';
import { readSettings, SettingsError, type Settings } from './settings.ts';

/** Longer than any honest request takes. */
const STOP_WITHIN_MS = 10_000;
const IDLE_CHECK_MS = 50;

const settings = settingsOrExit();
const log = createLog(settings);
const forum = await createForum(settings, log);
// No TLS and no HTTP/2 here: a proxy in front has these.
const server = serve({ fetch: (request) => forum.fetch(request), port: settings.port, hostname: settings.host }, () => {
  if (settings.mode === 'development')
    console.log(`  Sawal, the forum, is ready\n\n  Open            ${settings.url}\n`);
  else log.info({ url: settings.url, issuer: settings.issuer }, 'the forum is open');
}) as Server;
/** Connections that brought no request yet: Node counts them as busy, and browsers open some ahead. */
const unused = new Set<Socket>();
server.on('connection', (socket: Socket) => unused.add(socket.once('close', () => unused.delete(socket))));
server.on('request', ({ socket }) => unused.delete(socket));

let isStopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal));

/** Requests that are under way end; streams are ended; then the database is closed. A second signal changes nothing. */
function stop(signal: NodeJS.Signals): void {
  if (isStopping) return;
  isStopping = true;
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  server.close(() => void forum.close().then(() => process.exit(0)));
  forum.endStreams();
  for (const socket of unused) socket.destroy();
  // A connection that is kept open for a next request is none that is waited for.
  setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS).unref();
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(
      `The forum cannot start. Its settings:\n\n${error.message}\n\nexamples/forum/README.md explains them.`,
    );
    process.exit(1);
  }
}

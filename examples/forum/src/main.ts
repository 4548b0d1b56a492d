import { serve } from '@hono/node-server';
import { createForum } from './create-forum.ts';
import { createLog } from './log.ts';
import { readSettings, SettingsError, type Settings } from './settings.ts';

/** Longer than any honest request takes. */
const STOP_WITHIN_MS = 10_000;

const settings = settingsOrExit();
const log = createLog(settings);
const forum = await createForum(settings, log);
const server = serve({ fetch: (request) => forum.fetch(request), port: settings.port, hostname: settings.host }, () => {
  log.info({ url: settings.url, issuer: settings.issuer }, 'the forum is open');
});

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
  if ('closeIdleConnections' in server) server.closeIdleConnections();
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

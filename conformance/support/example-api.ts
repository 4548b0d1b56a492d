import { fileURLToPath } from 'node:url';
import { latchkey } from './command-line.ts';
import type { ServerProcess } from './server-process.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady } from '../../packages/server/test/support/guarded-process.ts';

const directory = fileURLToPath(new URL('../../examples/api/', import.meta.url));
const startTimeoutMs = 30_000;

/** The example API as a process of its own. */
export interface ExampleApi {
  readonly origin: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Registers it as a client of the server, and starts it as its `npm start` does. */
export async function startExampleApi(server: ServerProcess): Promise<ExampleApi> {
  const scope = 'revocations:read introspect';
  const added = await latchkey(['clients', 'add', 'Example API', '--scope', scope, '--json'], server);
  const client = JSON.parse(added.stdout) as { readonly client_id: string; readonly client_secret: string };
  const guard = await startGuard({ prefix: 'latchkey-example-' });
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  try {
    const started = await guard.run({
      file: process.execPath,
      args: ['src/main.ts'],
      cwd: directory,
      env: {
        PORT: String(port),
        LATCHKEY_ISSUER: server.origin,
        LATCHKEY_CLIENT_ID: client.client_id,
        LATCHKEY_CLIENT_SECRET: client.client_secret,
      },
      endSignal: 'SIGKILL',
    });
    await waitUntilReady(started, async () => (await fetch(origin)).ok, startTimeoutMs);
  } catch (error) {
    await guard.end();
    throw error;
  }
  return { origin, [Symbol.asyncDispose]: () => guard.end() };
}

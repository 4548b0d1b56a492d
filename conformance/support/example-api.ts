import { fileURLToPath } from 'node:url';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady } from '../../packages/server/test/support/guarded-process.ts';

const directory = fileURLToPath(new URL('../../examples/api/', import.meta.url));
const startTimeoutMs = 30_000;

/** The example API as a process of its own. */
export interface ExampleApi {
  readonly origin: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts it as its `npm start` does. */
export async function startExampleApi(issuer: string): Promise<ExampleApi> {
  const guard = await startGuard({ prefix: 'latchkey-example-' });
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  try {
    const started = await guard.run({
      file: process.execPath,
      args: ['src/main.ts'],
      cwd: directory,
      env: { PORT: String(port), LATCHKEY_ISSUER: issuer },
      endSignal: 'SIGKILL',
    });
    await waitUntilReady(started, async () => (await fetch(origin)).ok, startTimeoutMs);
  } catch (error) {
    await guard.end();
    throw error;
  }
  return { origin, [Symbol.asyncDispose]: () => guard.end() };
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { latchkey } from './command-line.ts';
import type { ServerProcess } from './server-process.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import { startGuard, waitUntilReady } from '../../packages/server/test/support/guarded-process.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const startTimeoutMs = 30_000;

/** An example as a process of its own. */
export interface ExampleApi {
  readonly origin: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ExampleClient {
  readonly client_id: string;
  readonly client_secret?: string;
}

/** Registers a client of the server, by the command line. */
export async function addExampleClient(server: ServerProcess, words: readonly string[]): Promise<ExampleClient> {
  const added = await latchkey(['clients', 'add', ...words, '--json'], server);
  return JSON.parse(added.stdout) as ExampleClient;
}

/** Registers the example API as a client of the server, and starts it as its `npm start` does. */
export async function startExampleApi(server: ServerProcess): Promise<ExampleApi> {
  const client = await addExampleClient(server, ['Example API', '--scope', 'revocations:read introspect']);
  return startExample(server, 'src/main.ts', client);
}

/** Starts a program of `examples/api`, and waits until it answers. */
export async function startExample(
  server: ServerProcess,
  program: string,
  client: ExampleClient,
  environment: Readonly<Record<string, string>> = {},
): Promise<ExampleApi> {
  const guard = await startGuard({ prefix: 'latchkey-example-' });
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  try {
    const started = await guard.run({
      file: process.execPath,
      args: [program],
      cwd: join(examples, 'api'),
      env: {
        PORT: String(port),
        LATCHKEY_ISSUER: server.origin,
        LATCHKEY_CLIENT_ID: client.client_id,
        LATCHKEY_CLIENT_SECRET: client.client_secret ?? '',
        ...environment,
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

/** Runs the job of `examples/service-account` once; gives what it printed. */
export async function runExampleJob(environment: Readonly<Record<string, string>>): Promise<string> {
  const guard = await startGuard({ prefix: 'latchkey-job-' });
  try {
    const job = await guard.run({
      file: process.execPath,
      args: ['src/job.ts'],
      cwd: join(examples, 'service-account'),
      env: environment,
      endSignal: 'SIGKILL',
    });
    await job.exited;
    return job.output();
  } finally {
    await guard.end();
  }
}

import { bundledCommandLine } from '../support/bundled-command-line.ts';
import { findFreePort } from '../support/free-port.ts';
import { startGuard, waitUntilReady, type GuardedProcess } from '../support/guarded-process.ts';
import { TEST_SECRET } from '../support/test-server.ts';

const startTimeoutMs = 30_000;
const probeTimeoutMs = 2000;

/** A server in a process of its own, one of several on one database. Never outlives the test run. */
export interface ServerProcess {
  readonly port: number;
  isRunning(): boolean;
  /** `kill -9`, and then a start on the same port. */
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

/** Starts servers that a balancer could stand before: the same issuer, secret, settings and database. */
export async function startCluster(
  count: number,
  databaseUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<readonly ServerProcess[]> {
  const started = await Promise.allSettled(Array.from({ length: count }, () => startServer(databaseUrl, settings)));
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return servers;
  await Promise.all(servers.map((server) => server.close()));
  throw failed.reason;
}

async function startServer(databaseUrl: string, settings: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const guard = await startGuard({ prefix: 'latchkey-server-' });
  const port = await findFreePort();
  const { program, environment } = await bundledCommandLine();
  const env = {
    ...environment,
    PATH: process.env['PATH'] ?? '',
    HOME: guard.directory,
    TMPDIR: guard.directory,
    PORT: String(port),
    LATCHKEY_ISSUER: 'http://localhost:4400',
    LATCHKEY_DATABASE_URL: databaseUrl,
    LATCHKEY_SECRET: TEST_SECRET,
    LATCHKEY_LOG_LEVEL: 'error',
    ...settings,
  };
  const start = async (): Promise<GuardedProcess> => {
    const command = { file: process.execPath, args: [program, 'serve'], env, endSignal: 'SIGKILL' } as const;
    const started = await guard.run(command);
    await waitUntilReady(started, () => isReady(port), startTimeoutMs);
    return started;
  };
  try {
    let running = await start();
    return {
      port,
      isRunning: () => running.isRunning(),
      async killAndRestart() {
        running.signal('SIGKILL');
        await running.exited;
        running = await start();
      },
      close: () => guard.end(),
    };
  } catch (error) {
    await guard.end();
    throw error;
  }
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
    signal: AbortSignal.timeout(probeTimeoutMs),
  });
  await response.body?.cancel();
  return response.ok;
}

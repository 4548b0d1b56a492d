import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundledCommandLine } from '../../packages/server/test/support/bundled-command-line.ts';
import { findFreePort } from '../../packages/server/test/support/free-port.ts';
import {
  startGuard,
  waitUntilReady,
  type ExitStatus,
  type GuardedProcess,
} from '../../packages/server/test/support/guarded-process.ts';

const startTimeoutMs = 30_000;
const probeTimeoutMs = 2_000;
const mailTimeoutMs = 5_000;
const mailPauseMs = 20;

export interface ServerOptions {
  /** Settings such as LATCHKEY_DATABASE_URL. Default: development mode, and SQLite in the server's directory. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The program, run by Node. Default: Latchkey's command line, bundled. */
  readonly program?: string;
  /** Words before the command, that end in running it as the same process: `['sh', '-c', 'ulimit …; exec "$@"', 'sh']`. */
  readonly launcher?: readonly string[];
}

/** A mail as `GET /dev/mail.json` lists it. */
export interface DevMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly links: readonly string[];
  /** ISO 8601. */
  readonly sentAt: string;
}

/** The real server in a process and an empty directory of its own, started as a user does. Never outlives the run. */
export interface ServerProcess {
  /** `http://localhost:PORT`, which is also the issuer unless the settings say otherwise. */
  readonly origin: string;
  readonly port: number;
  /** Its working directory. Removed by `close()`. */
  readonly directory: string;
  /** All that it was started with, for a command beside it. */
  readonly environment: Readonly<Record<string, string>>;
  /** As of the newest start. */
  readonly pid: number;
  isRunning(): boolean;
  /** Standard output and standard error together, as of the newest start. */
  output(): string;
  /** Mail in the development outbox, newest first. */
  mails(): Promise<DevMail[]>;
  /** Waits until the outbox holds as many mails to this address as `count` says (default 1), and gives the newest. */
  mailTo(address: string, count?: number): Promise<DevMail>;
  /** Sends a signal; resolves with how the process ended, once it has. */
  signal(signal: NodeJS.Signals): Promise<ExitStatus>;
  /** SIGTERM; resolves with how the process ended. */
  stop(): Promise<ExitStatus>;
  /** SIGKILL; resolves when the process has gone. */
  kill(): Promise<ExitStatus>;
  /** Starts it again after `stop()` or `kill()`: same port, directory, settings and launcher, but for those given here. */
  restart(settings?: Readonly<Record<string, string>>, launcher?: readonly string[]): Promise<void>;
  /** Ends it if it runs, and removes its directory. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts the server and waits until it is ready.
 * @throws with all that it printed, when it ends instead or takes more than 30 seconds
 */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const guard = await startGuard({ prefix: 'latchkey-server-' });
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const { program, environment: cache } = options.program
    ? { program: options.program, environment: {} }
    : await bundledCommandLine();
  const environment = { ...cache, ...defaultEnvironment(port, origin, guard.directory), ...options.settings };
  const start = async (
    settings: Readonly<Record<string, string>> = {},
    launcher?: readonly string[],
  ): Promise<GuardedProcess> => {
    const command = [process.execPath, program, 'serve'];
    const [file = '', ...args] = [...(launcher ?? options.launcher ?? []), ...command];
    const started = await guard.run({
      file,
      args,
      env: { ...environment, ...settings },
      endSignal: 'SIGKILL',
    });
    await waitUntilReady(started, () => isReady(port), startTimeoutMs);
    return started;
  };
  let running: GuardedProcess;
  try {
    running = await start();
  } catch (error) {
    await guard.end();
    throw error;
  }
  const end = (signal: NodeJS.Signals) => {
    running.signal(signal);
    return running.exited;
  };
  return {
    origin,
    port,
    directory: guard.directory,
    environment,
    get pid() {
      return running.pid;
    },
    isRunning: () => running.isRunning(),
    output: () => running.output(),
    mails: () => readMails(origin),
    mailTo: (address, count = 1) => waitForMail(origin, address, count),
    signal: end,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart(settings, launcher) {
      running = await start(settings, launcher);
    },
    close: () => guard.end(),
    [Symbol.asyncDispose]: () => guard.end(),
  };
}

/** What a user's shell has and what the user sets. The test runner's own variables, such as NODE_ENV, are left out. */
function defaultEnvironment(port: number, origin: string, directory: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    TMPDIR: directory,
    PORT: String(port),
    LATCHKEY_ISSUER: origin,
    LATCHKEY_MODE: 'development',
    LATCHKEY_DATABASE_URL: 'sqlite:./data/latchkey.db',
    LATCHKEY_SECRET: randomBytes(32).toString('base64url'),
  };
}

async function readMails(origin: string): Promise<DevMail[]> {
  const response = await fetch(`${origin}/dev/mail.json`, { signal: AbortSignal.timeout(mailTimeoutMs) });
  if (!response.ok) throw new Error(`GET /dev/mail.json: ${response.status}`);
  return (await response.json()) as DevMail[];
}

async function waitForMail(origin: string, address: string, count: number): Promise<DevMail> {
  const giveUpAt = performance.now() + mailTimeoutMs;
  for (;;) {
    const mails = (await readMails(origin)).filter(({ to }) => to === address);
    const [newest] = mails;
    if (newest && mails.length >= count) return newest;
    if (performance.now() > giveUpAt) throw new Error(`${mails.length} of ${count} mails to ${address} came.`);
    await sleep(mailPauseMs);
  }
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
    signal: AbortSignal.timeout(probeTimeoutMs),
  });
  await response.body?.cancel();
  return response.ok;
}

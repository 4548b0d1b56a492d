// What `npm start` does: runs the server, and beside it the forum, each in a process of its own.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readConfigFile, readSettings, SettingsError, type Settings } from 'latchkey';
import { registerForum } from './forum-clients.ts';

const root = join(import.meta.dirname, '../..');
const COMMAND_LINE = join(root, 'packages/server/src/node/cli.ts');
const FORUM = join(root, 'examples/forum/src/main.ts');
const READY_CHECK_MS = 50;
const { FORUM_PORT: forumPort = '4500' } = process.env;

let isStopping = false;
const children: ChildProcess[] = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));

const server = run(COMMAND_LINE, ['serve', ...process.argv.slice(2)], {});
if (forumPort !== 'off') {
  startForum().catch((error: unknown) => {
    // What is wrong with those, the server says itself, and stops.
    if (isStopping || error instanceof SettingsError) return;
    console.error(`\n  The forum was left out. FORUM_PORT=off leaves it out on purpose.\n  ${sayWhy(error)}\n`);
  });
}
const [code] = (await once(server, 'exit')) as [number | null];
stop('SIGTERM');
await Promise.all(children.filter(isRunning).map((child) => once(child, 'exit')));
process.exitCode = code ?? 1;

function run(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  children.push(child);
  return child;
}

/** Each process gets the signal once, and stops in good order by itself. */
function stop(signal: NodeJS.Signals): void {
  if (isStopping) return;
  isStopping = true;
  for (const child of children.filter(isRunning)) child.kill(signal);
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function startForum(): Promise<void> {
  const settings = readSettings(process.env, await readConfigFile(process.cwd()));
  // In production clients are registered by whoever answers for them.
  const isRegistered = process.env['FORUM_CLIENT_ID'] !== undefined;
  if (settings.mode === 'production' && !isRegistered) return;
  if (!(await isReady(settings))) return;
  const url = process.env['FORUM_URL'] ?? `http://localhost:${forumPort}`;
  const environment = {
    FORUM_PORT: forumPort,
    FORUM_URL: url,
    FORUM_MODE: settings.mode,
    LATCHKEY_ISSUER: settings.issuer,
  };
  const registered = isRegistered ? {} : await register(url);
  if (!isStopping) run(FORUM, [], { ...environment, ...registered });
}

/** Waits for the server; false where it ends instead. */
async function isReady({ host, port }: Settings): Promise<boolean> {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host;
  for (;;) {
    if (isStopping || !isRunning(server)) return false;
    const isThere = await fetch(`http://${reachable}:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return true;
    await sleep(READY_CHECK_MS);
  }
}

/** The settings by which the forum is known to the server. */
async function register(url: string): Promise<Readonly<Record<string, string>>> {
  const folder = dirname(process.env['FORUM_DATABASE'] ?? './data/forum.db');
  const keyFile = join(folder, 'forum-job.key.json');
  const audience = process.env['FORUM_AUDIENCE'] ?? 'http://localhost:4500';
  const place = { url, audience, keyFile, file: join(folder, 'forum-clients.json') };
  const kept = await registerForum(latchkey, place);
  return {
    FORUM_CLIENT_ID: kept.clientId,
    FORUM_CLIENT_SECRET: kept.clientSecret,
    FORUM_JOB_CLIENT_ID: kept.jobClientId,
    FORUM_JOB_KEY_FILE: keyFile,
    FORUM_SECRET: process.env['FORUM_SECRET'] ?? kept.forumSecret,
  };
}

async function latchkey(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND_LINE, ...args]);
  return stdout;
}

/** What a command said, rather than that it failed: that one's message has the whole command line. */
function sayWhy(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string') return error.stderr.trim();
  return error instanceof Error ? error.message : String(error);
}

/**
 * A program of its own, started by `guarded-process.ts`. It owns one temporary directory and runs one process at a
 * time. Its channel to the test run closes when that ends in any way, `kill -9` included; then it ends the process and
 * removes the directory. So nothing outlives a test run, and no process under test needs to know of this.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GuardArguments, GuardedCommand, MessageFromGuard, MessageToGuard } from './guard-messages.ts';

type Child = ChildProcessByStdio<null, Readable, Readable>;

const endGraceMs = 5_000;
const removalAttempts = 100;
const removalPauseMs = 100;

const { parentDirectory, prefix, account } = JSON.parse(process.argv[2] ?? '{}') as GuardArguments;
const directory = mkdtempSync(join(parentDirectory, prefix));
if (account) chownSync(directory, account.uid, account.gid);

let running: { process: Child; endSignal: NodeJS.Signals | undefined } | undefined;
let ending = false;

process.on('message', (message: MessageToGuard) => {
  if (message.kind === 'run') run(message.command);
  else running?.process.kill(message.signal);
});
process.on('disconnect', () => void end());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end());
tell({ kind: 'ready', directory });

function run(command: GuardedCommand): void {
  if (ending) return;
  let child: Child;
  try {
    child = spawn(command.file, command.args, {
      cwd: command.cwd ?? directory,
      env: command.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...account,
    });
  } catch (error) {
    return tell({ kind: 'not-started', reason: String(error) });
  }
  const started = { process: child, endSignal: command.endSignal };
  child.on('error', (error) => {
    if (running !== started) tell({ kind: 'not-started', reason: String(error) });
  });
  child.on('spawn', () => {
    running = started;
    tell({ kind: 'started', pid: child.pid ?? 0 });
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => tell({ kind: 'output', text }));
  }
  // 'close' and not 'exit': all output has arrived, and the children that share it (PostgreSQL's) have gone, too.
  child.on('close', (code, signal) => {
    if (running !== started) return;
    running = undefined;
    tell({ kind: 'exited', code, signal });
  });
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  if (running) {
    const { process: child, endSignal } = running;
    const closed = new Promise((resolve) => child.once('close', resolve));
    if (endSignal) child.kill(endSignal);
    const timer = setTimeout(() => child.kill('SIGKILL'), endGraceMs);
    // A child of the child may hold the output open for ever.
    await Promise.race([closed, sleep(2 * endGraceMs)]);
    clearTimeout(timer);
  }
  await removeDirectory();
  process.exit(0);
}

/** Something may still be writing or removing in there: tried again until it is gone. */
async function removeDirectory(): Promise<void> {
  for (let attempt = 0; attempt < removalAttempts; attempt += 1) {
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Tried again below.
    }
    if (!existsSync(directory)) return;
    await sleep(removalPauseMs);
  }
}

function tell(message: MessageFromGuard): void {
  // The parent may be gone at any moment; 'disconnect' deals with that.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

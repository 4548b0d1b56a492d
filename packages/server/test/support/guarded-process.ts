/**
 * Processes and temporary directories that never outlive the test run, however it ends. Between the run and each of
 * them stands a small guard process (`guard.ts`) that cleans up as soon as its channel to the run closes.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Account, ExitStatus, GuardedCommand, MessageFromGuard, MessageToGuard } from './guard-messages.ts';
import { temporaryRoot } from './temporary-directory.ts';

export type { Account, ExitStatus, GuardedCommand } from './guard-messages.ts';

/** Older output is forgotten, so that a chatty process does not fill the memory of a long run. */
const keptOutputCharacters = 1_000_000;
const probePauseMs = 10;

export interface GuardOptions {
  /** Start of the directory's name, such as `latchkey-postgres-`. */
  readonly prefix: string;
  /** Default: `temporaryRoot()`. */
  readonly parentDirectory?: string;
  readonly account?: Account | undefined;
}

export interface Guard {
  /** An empty directory, removed at the end. */
  readonly directory: string;
  /** Starts a process; there may be one at a time. Throws when it cannot be started. */
  run(command: GuardedCommand): Promise<GuardedProcess>;
  /** Ends the process if it still runs, and removes the directory. */
  end(): Promise<void>;
}

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves when the process has ended and all of its output has arrived. */
  readonly exited: Promise<ExitStatus>;
  isRunning(): boolean;
  /** Standard output and standard error together, as they came. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
}

export async function startGuard(options: GuardOptions): Promise<Guard> {
  const guardArguments = { parentDirectory: temporaryRoot(), ...options };
  const guard = fork(fileURLToPath(new URL('./guard.ts', import.meta.url)), [JSON.stringify(guardArguments)], {
    // A session of its own: Ctrl-C in the terminal, or a signal to the run's process group, must not reach it.
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const directory = await readyMessage(guard);
  let current: GuardedProcess | undefined;
  return {
    directory,
    async run(command) {
      if (current?.isRunning()) throw new Error('The guarded process is still running.');
      current = await runGuarded(guard, command);
      return current;
    },
    async end() {
      if (guard.exitCode !== null || guard.signalCode !== null) return;
      const exited = once(guard, 'exit');
      if (guard.connected) guard.disconnect();
      await exited;
    },
  };
}

async function runGuarded(guard: ChildProcess, command: GuardedCommand): Promise<GuardedProcess> {
  const started = Promise.withResolvers<number>();
  const exited = Promise.withResolvers<ExitStatus>();
  let output = '';
  let running = true;
  const finish = (status: ExitStatus) => {
    running = false;
    guard.off('message', onMessage).off('exit', onGuardExit);
    started.reject(new Error(`${command.file} did not start.`));
    exited.resolve(status);
  };
  const onGuardExit = () => finish({ code: null, signal: 'SIGKILL' });
  const onMessage = (message: MessageFromGuard) => {
    if (message.kind === 'started') started.resolve(message.pid);
    if (message.kind === 'output') output = (output + message.text).slice(-keptOutputCharacters);
    if (message.kind === 'exited') finish({ code: message.code, signal: message.signal });
    if (message.kind === 'not-started') {
      started.reject(new Error(`${command.file} did not start: ${message.reason}`));
      finish({ code: null, signal: null });
    }
  };
  guard.on('message', onMessage).on('exit', onGuardExit);
  send(guard, { kind: 'run', command });
  return {
    pid: await started.promise,
    exited: exited.promise,
    isRunning: () => running,
    output: () => output,
    signal: (signal) => send(guard, { kind: 'signal', signal }),
  };
}

/**
 * Asks again and again until the process is ready.
 * @param probe resolves to true when it is; false and errors mean "not yet"
 * @throws with the process's output when it ends first, or is not ready in time
 */
export async function waitUntilReady(
  started: GuardedProcess,
  probe: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  let lastError: unknown;
  while (performance.now() < giveUpAt) {
    if (!started.isRunning())
      throw new Error(`The process ended before it was ready. Its output:\n${started.output()}`);
    try {
      if (await probe()) return;
    } catch (error) {
      lastError = error;
    }
    await sleep(probePauseMs);
  }
  throw new Error(`The process was not ready within ${timeoutMs} ms. Its output:\n${started.output()}`, {
    cause: lastError,
  });
}

async function readyMessage(guard: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  guard.once('message', (message: MessageFromGuard) => {
    if (message.kind === 'ready') resolve(message.directory);
  });
  guard.once('error', reject).once('exit', () => reject(new Error('The guard process ended too early.')));
  return promise;
}

function send(guard: ChildProcess, message: MessageToGuard): void {
  if (guard.connected) guard.send(message, () => undefined);
}

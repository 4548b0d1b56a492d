import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Signals closer together than this are one: a terminal tells every process, and npm passes on what it got. */
const SAME_SIGNAL_MS = 1000;

/** Elsewhere than on Windows the child leads a process group of its own, so that only this file signals it. */
const ownGroup = process.platform !== 'win32';

/**
 * Runs a program until it ends, with this process's standard streams.
 *
 * A signal reaches the child exactly once, so that it can stop in good order; a second one, later, ends it and all that
 * it started at once. What the child leaves behind is ended after it.
 * @param options - those of `spawn`, and `onStart`, told the child's process id; `graceMs`, how long the child may take to
 * stop after a signal (as long as it needs where not given)
 * @returns its exit code; for a child ended by a signal 128 + the signal's number, as shells have it
 */
export function runChild(command, args, { onStart, graceMs, ...options }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', detached: ownGroup, ...options });
    if (child.pid !== undefined) onStart?.(child.pid);
    const endGroup = (signal) => {
      try {
        if (ownGroup && child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };

    let signalledAt;
    const forward = (signal) => {
      const now = performance.now();
      if (signalledAt === undefined) {
        signalledAt = now;
        // On Windows a console tells the child by itself, and `kill` would not be graceful.
        if (ownGroup) child.kill(signal);
        if (graceMs !== undefined) setTimeout(endGroup, graceMs, 'SIGKILL').unref();
      } else if (now - signalledAt > SAME_SIGNAL_MS) {
        endGroup('SIGKILL');
      }
    };
    const onExit = () => endGroup('SIGTERM');
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    process.on('exit', onExit);

    const settle = () => {
      for (const signal of signals) process.off(signal, forward);
      process.off('exit', onExit);
      endGroup('SIGTERM');
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

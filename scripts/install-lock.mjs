import { readFileSync, rmSync, statSync, utimes, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './workspace.mjs';

const lock = join(root, '.install.lock');
const BEAT_MS = 500;
/** A lock that was not touched for this long belongs to a process that was killed; npm may go on without it. */
const STALE_AFTER_MS = 5000;

/**
 * Runs `work` while no other process of this checkout runs its own: two installs at once would destroy each other's
 * files. The holder touches the lock file at short intervals; one that is killed frees it by no longer doing so, once
 * the process that `work` named to its argument has ended too.
 */
export async function withInstallLock(work) {
  await acquire();
  const beat = setInterval(() => {
    const now = new Date();
    // Where somebody deleted the lock there is nothing to keep alive.
    utimes(lock, now, now, () => {});
  }, BEAT_MS);
  const release = () => {
    clearInterval(beat);
    rmSync(lock, { force: true });
  };
  process.once('exit', release);
  try {
    return await work((pid) => writeFileSync(lock, String(pid)));
  } finally {
    release();
    process.off('exit', release);
  }
}

async function acquire() {
  let seen;
  let seenAt = 0;
  while (!tryCreate()) {
    const touchedAt = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    if (touchedAt !== seen) {
      if (seen === undefined) {
        console.error(
          'Another install of this checkout is running: waiting for it, or until .install.lock is deleted.',
        );
      }
      seen = touchedAt;
      // By this process's own clock: the file's may be another machine's.
      seenAt = performance.now();
    } else if (performance.now() - seenAt > STALE_AFTER_MS && !isWorkAlive()) {
      rmSync(lock, { force: true });
    }
    await sleep(BEAT_MS);
  }
}

function tryCreate() {
  try {
    writeFileSync(lock, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isWorkAlive() {
  try {
    const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    return pid > 0 && process.kill(pid, 0);
  } catch {
    // The lock is gone, or the process is.
    return false;
  }
}

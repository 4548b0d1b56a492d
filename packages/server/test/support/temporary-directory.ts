import { readFileSync, statfsSync, statSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { dirname } from 'node:path';

const variable = 'LATCHKEY_TEST_TMPDIR';
const memory = '/dev/shm';
const gibibyte = 2 ** 30;
const leastFreeMemoryBytes = 4 * gibibyte;
const leastFreeSpaceBytes = 2 * gibibyte;

/**
 * The directory in which all temporary directories of tests are made. Memory where there is plenty, for it makes a
 * database in a fraction of the time that a disk takes, and no test pulls the plug. Else the system's own.
 * LATCHKEY_TEST_TMPDIR sets another one.
 */
export function temporaryRoot(): string {
  const chosen = process.env[variable];
  if (chosen) return chosen;
  if (hasPlentyOfMemory()) return memory;
  // PostgreSQL's unprivileged account must get there, also when root's TMPDIR lies in its home.
  return process.getuid?.() === 0 && !isOpenToOthers(tmpdir()) ? '/tmp' : tmpdir();
}

/** Keeps the choice for this process and those that it starts, although they get another TMPDIR. */
export function fixTemporaryRoot(): void {
  process.env[variable] = temporaryRoot();
}

/** Whether an account that owns nothing can get to a file and execute it. Looks at modes only, not at access lists. */
export function isOpenToOthers(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  const parent = dirname(path);
  return parent === path || isOpenToOthers(parent);
}

function hasPlentyOfMemory(): boolean {
  if (process.platform !== 'linux' || freemem() < leastFreeMemoryBytes) return false;
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const [, , type, flags] = mounts.findLast(([, directory]) => directory === memory) ?? [];
  // PostgreSQL's programs may be copied there, so it must be possible to execute them.
  if (type !== 'tmpfs' || flags?.split(',').includes('noexec')) return false;
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize >= leastFreeSpaceBytes;
}

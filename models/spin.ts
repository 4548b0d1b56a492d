import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface SpinCheck {
  readonly name: string;
  /** Of the model: see there. */
  readonly defines: readonly string[];
  readonly holds: boolean;
}

export interface SpinResult extends SpinCheck {
  readonly found: boolean | undefined;
  readonly states: string;
}

const MODEL = fileURLToPath(new URL('rotation.pml', import.meta.url));
const COOKIE = '-DR=8';
const APART = '-DENDLESS=!is_close';
const IN_STEP = '-DENDLESS=true';

const checks: readonly SpinCheck[] = [
  { name: 'I1, refresh token', defines: [], holds: true },
  { name: 'I1, cookie', defines: [COOKIE], holds: true },
  { name: 'I1, rule 4 repeats for all of W', defines: [COOKIE, '-DP=6'], holds: false },
  { name: 'I1, a tick more than A', defines: [COOKIE, '-DA=2'], holds: false },
  { name: 'I1, a tick more than D', defines: [COOKIE, '-DD=4'], holds: false },
  { name: 'I1, a tick more than Q', defines: [COOKIE, '-DQ=2'], holds: false },
  { name: 'I5, at most two switches, refresh token', defines: ['-DTHIEF'], holds: true },
  { name: 'I5, at most two switches, cookie', defines: ['-DTHIEF', COOKIE], holds: true },
  { name: 'I5, at most one switch', defines: ['-DTHIEF', '-DLIMIT=1'], holds: false },
  { name: 'I5, no endless coexistence, refresh token', defines: ['-DTHIEF', APART], holds: true },
  { name: 'I5, no endless coexistence, cookie', defines: ['-DTHIEF', COOKIE, APART], holds: true },
  { name: 'I5, rule 5 answers with the same child', defines: ['-DTHIEF', '-DSAME_CHILD', APART], holds: false },
  { name: 'in step, the limit', defines: ['-DTHIEF', IN_STEP], holds: false },
  {
    name: 'in step, but on another network and browser',
    defines: ['-DTHIEF', '-DFOREIGN', COOKIE, IN_STEP],
    holds: true,
  },
];

/** Runs the Promela model with Spin and a C compiler; undefined where the machine does not have them. */
export function runSpin(): readonly SpinResult[] | undefined {
  const isThere = ['spin -V', 'cc --version'].every((line) => {
    const [command = '', argument = ''] = line.split(' ');
    return spawnSync(command, [argument]).status === 0;
  });
  if (!isThere) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'rotation-'));
  try {
    return checks.map((check) => runCheck(check, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function runCheck(check: SpinCheck, directory: string): SpinResult {
  const run = (command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  };
  run('spin', '-a', ...check.defines, MODEL);
  const isEndless = check.defines.some((define) => define.startsWith('-DENDLESS'));
  run('cc', '-w', '-DNOREDUCE', ...(isEndless ? [] : ['-DSAFETY']), '-o', 'pan', 'pan.c');
  const output = run('./pan', '-n', '-m1000000', ...(isEndless ? ['-a'] : []));
  const isWhole = !output.includes('max search depth too small');
  const errors = /errors: (\d+)/.exec(output)?.[1];
  const found = errors === undefined || !isWhole ? undefined : errors === '0';
  return { ...check, found, states: /(\d+) states, stored/.exec(output)?.[1] ?? '' };
}

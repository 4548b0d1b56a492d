/**
 * Latchkey's command line in a few files in place of some hundreds: a process of it starts with half the work. It is
 * made from the sources once in a test run, by the first test that asks. The package that users install is tested by
 * `conformance/packages.test.ts`, and the sources as `npm start` runs them by others.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const SERVER = fileURLToPath(new URL('../../', import.meta.url));
const WORKSPACE = fileURLToPath(new URL('../../../../', import.meta.url));
const GIVE_UP_MS = 60_000;
const PAUSE_MS = 20;

export interface BundledCommandLine {
  /** For Node. */
  readonly program: string;
  /** Lets Node keep what it makes of it. */
  readonly environment: { readonly NODE_COMPILE_CACHE: string };
}

let made: Promise<BundledCommandLine> | undefined;

/** Any number of workers may ask at once. */
export function bundledCommandLine(): Promise<BundledCommandLine> {
  return (made ??= makeOnce());
}

async function makeOnce(): Promise<BundledCommandLine> {
  const directory = join(tmpdir(), 'command-line');
  // One alone can make this directory. It gives the other its name when it is whole, for which the others wait.
  const isFirst = await mkdir(`${directory}.begun`).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const unfinished = `${directory}.unfinished`;
    await bundleInto(unfinished);
    await rename(unfinished, directory);
  } else {
    await waitFor(directory);
  }
  return {
    program: join(directory, 'cli.js'),
    environment: { NODE_COMPILE_CACHE: join(directory, 'compile-cache') },
  };
}

async function bundleInto(directory: string): Promise<void> {
  await using bundle = await rolldown({
    input: join(SERVER, 'src/node/cli.ts'),
    platform: 'node',
    // Machine code, and what looks for files of its own: loaded from where they lie.
    external: [/^@node-rs\//, 'playwright-core'],
    // Libraries import others that they can do without.
    onLog: () => undefined,
  });
  await bundle.write({ dir: directory, format: 'esm' });
  // What is found by a path: the assets beside the code, and packages.
  await symlink(join(SERVER, 'src/pages/assets'), join(directory, 'assets'));
  await symlink(join(WORKSPACE, 'node_modules'), join(directory, 'node_modules'));
}

async function waitFor(directory: string): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (!existsSync(directory)) {
    if (performance.now() > giveUpAt) throw new Error('Another worker did not finish the command line.');
    await sleep(PAUSE_MS);
  }
}

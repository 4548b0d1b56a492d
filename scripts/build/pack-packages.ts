import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Packs built packages as `npm publish` would.
 * @param folders relative to the root of the workspace
 * @param destination folder for the tarballs, made anew
 * @returns the path of each tarball by the name of its package
 */
export function packPackages(folders: readonly string[], destination: string): ReadonlyMap<string, string> {
  rmSync(destination, { recursive: true, force: true });
  mkdirSync(destination, { recursive: true });
  const args = ['pack', '--json', '--pack-destination', destination, ...folders.map((folder) => `./${folder}`)];
  // On Windows npm is a script of the shell.
  const { status, stdout, stderr } = spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  const packed = JSON.parse(stdout) as readonly { readonly name: string; readonly filename: string }[];
  return new Map(packed.map(({ name, filename }) => [name, join(destination, filename)]));
}

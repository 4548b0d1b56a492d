import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withInstallLock } from './install-lock.mjs';
import { pinnedNodePackage } from './pinned-node.mjs';
import { runChild } from './run-child.mjs';
import { root } from './workspace.mjs';

const lockFile = join(root, 'package-lock.json');

/**
 * What npm put into `node_modules`. npm writes this file last: an install that was interrupted has none, and what it
 * left is installed anew.
 */
const installedFile = join(root, 'node_modules', '.package-lock.json');

/**
 * Installs the workspace's dependencies where they are missing or not those of `package-lock.json`.
 * @returns npm's exit code, 0 where nothing had to be done
 */
export async function installWhenStale() {
  if (isInstalled()) return 0;
  return withInstallLock(async (onStart) => {
    // Somebody else may have done it while this process waited.
    if (isInstalled()) return 0;
    console.error('Installing the dependencies of the workspace with npm: about a minute the first time.');
    const startedAt = performance.now();
    const exitCode = await npmClean(onStart);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.error(exitCode === 0 ? `Installed in ${seconds} s.` : `Not installed (exit code ${exitCode} of npm).`);
    return exitCode;
  });
}

function npmClean(onStart) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // Settings of this user or of the environment (NODE_ENV=production) that would leave out what the tasks need. The
  // packages ask for Node 24: they run on the pinned one, npm itself on whatever there is.
  args.push('--include=dev', '--include=optional', '--no-engine-strict');
  // npm would undo its work for a minute, for nothing: what it leaves is seen to be incomplete, and installed anew.
  const options = { cwd: root, onStart, graceMs: 1000 };
  const npm = process.env.npm_execpath;
  if (npm !== undefined && basename(npm) === 'npm-cli.js') {
    return runChild(process.execPath, [npm, ...args], options);
  }
  // On Windows npm is a script of the shell.
  return runChild('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** Whether `node_modules` holds what `package-lock.json` asks for, and for this platform. */
function isInstalled() {
  if (!existsSync(installedFile)) return false;
  const wanted = readPackages(lockFile);
  const installed = readPackages(installedFile);

  for (const [path, entry] of Object.entries(installed)) {
    if (wanted[path] === undefined || !isSame(wanted[path], entry)) return false;
  }
  for (const [path, entry] of Object.entries(wanted)) {
    // The root itself is not listed as installed, and optional packages of other platforms are left out.
    if (path !== '' && installed[path] === undefined && entry.optional !== true) return false;
  }
  // A tree that was installed on another platform, then copied or mounted, lacks this platform's Node.
  const pinned = `node_modules/${pinnedNodePackage}`;
  return wanted[pinned] === undefined || installed[pinned] !== undefined;
}

function isSame(wanted, installed) {
  // A linked workspace is resolved to its folder; of a package from a registry only the content counts.
  if (wanted.link) return wanted.resolved === installed.resolved;
  return wanted.version === installed.version && wanted.integrity === installed.integrity;
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

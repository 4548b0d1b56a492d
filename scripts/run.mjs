// The entry of every npm script of the workspace: `npm start`, `npm test`, `npm run check` …
//
// It runs on whatever Node (20 or newer) the machine has, before anything is installed: plain JavaScript, no
// dependency. It installs what is missing, finds the pinned Node, and runs the task with it.
import { delimiter, dirname, join } from 'node:path';
import { installWhenStale } from './install.mjs';
import { findNode } from './pinned-node.mjs';
import { runChild } from './run-child.mjs';
import { root } from './workspace.mjs';

/** What each script runs with the pinned Node. Arguments after `--` are appended: `npm test -- packages/verifier`. */
const tasks = {
  start: {
    command: ['scripts/start/start.ts'],
    environment: { LATCHKEY_MODE: 'development' },
  },
  test: { command: ['node_modules/vitest/vitest.mjs', 'run'] },
  // The tests that have a long form, about ten minutes together. The longest draws random sequences on one core; the
  // others are its company on the second.
  soak: {
    command: [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--maxWorkers=2',
      'packages/server/test/rotation/sequences.test.ts',
      'packages/server/test/rotation/processes.test.ts',
      'conformance/rotation.test.ts',
      'conformance/faults/killed.test.ts',
      'conformance/faults/revocation.test.ts',
      'packages/verifier/src/revocations',
    ],
    environment: { LATCHKEY_SOAK: '1' },
  },
  // Where a token is kept in a browser, and what attacks obtain: writes docs/where-is-my-token.md. And what the audit of
  // a site finds of each of these places.
  attacks: {
    command: ['node_modules/vitest/vitest.mjs', 'run', 'conformance/browser-attacks', 'conformance/site-audit'],
    environment: { LATCHKEY_ATTACKS: '1' },
  },
  check: { command: ['scripts/check.ts'] },
  format: { command: ['node_modules/oxfmt/bin/oxfmt', '.'] },
  build: { command: ['scripts/build.ts'] },
  bench: { command: ['bench/run.ts'] },
  models: { command: ['models/run.ts'] },
};

async function main([name, ...args]) {
  const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (task === undefined) {
    console.error(`Usage: npm run <task>, where the task is one of: ${Object.keys(tasks).join(', ')}`);
    return 2;
  }

  const installExitCode = await installWhenStale();
  if (installExitCode !== 0) return installExitCode;

  const node = findNode();
  if (node.path === undefined) {
    console.error(node.problem);
    return 1;
  }

  // Children that say `node` or a tool's name get the pinned Node and the workspace's tools.
  const path = [dirname(node.path), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  // Set here and not in a copy: on Windows the name may be spelt `Path`.
  process.env.PATH = path;
  const env = { ...task.environment, ...process.env };
  return runChild(node.path, [...task.command, ...args], { cwd: root, env });
}

process.exitCode = await main(process.argv.slice(2));

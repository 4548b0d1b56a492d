import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SoakReporter } from './scripts/soak-reporter.ts';
import { TallyReporter } from './scripts/tally-reporter.ts';

const soak = process.env['LATCHKEY_SOAK'] === '1';
const globalSetup = './packages/server/test/support/global-setup.ts';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'conformance/**/*.test.ts',
      'examples/**/*.test.ts',
      'bench/**/*.test.ts',
      'models/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
    // A test that fails now and then is a finding, and a test left out by accident is a gap.
    retry: 0,
    // No test mocks a module or leaves state in one: a worker may keep what it has loaded for its next file.
    isolate: false,
    // Many tests wait for processes and clocks: as many workers as cores would leave a small machine idle.
    maxWorkers: Math.max(4, availableParallelism() - 1),
    allowOnly: false,
    passWithNoTests: false,
    testTimeout: soak ? 10 * 60_000 : 20_000,
    hookTimeout: 60_000,
    reporters: ['default', new SoakReporter(), new TallyReporter()],
  },
});

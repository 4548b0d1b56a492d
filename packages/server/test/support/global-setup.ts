/**
 * Runs once per test run, before the workers start (vitest's `globalSetup`): one PostgreSQL server for all tests, and
 * one temporary directory, so that nothing is left on the machine however the run ends.
 */
import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { startGuard } from './guarded-process.ts';
import { startPostgres } from './postgres.ts';
import { fixTemporaryRoot } from './temporary-directory.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Administrative database of the PostgreSQL server that tests share. Make your own: `createTestDatabase()`. */
    postgresUrl: string;
    /** Survives the run: for what is costly to make and the same each time. */
    cacheDirectory: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('cacheDirectory', tmpdir());
  fixTemporaryRoot();
  const guard = await startGuard({ prefix: 'latchkey-tests-' });
  // The workers inherit this: whatever they, or libraries in them, put into the temporary directory goes with the run.
  process.env['TMPDIR'] = guard.directory;

  // A server that is already there, such as another version. Its account must be allowed to create databases.
  const existing = process.env['LATCHKEY_TEST_POSTGRES_URL'];
  const postgres = existing ? undefined : await startPostgres();
  project.provide('postgresUrl', existing || postgres!.url());
  return async () => {
    await postgres?.stop();
    await guard.end();
  };
}

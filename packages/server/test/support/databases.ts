/** Databases for tests: always empty, never shared with another test file, removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { createPostgresDatabase, dropPostgresDatabase } from './postgres-databases.ts';

const databaseDialects = ['sqlite', 'postgres'] as const;
export type DatabaseDialect = (typeof databaseDialects)[number];

export interface TestDatabase {
  readonly dialect: DatabaseDialect;
  /** As the setting LATCHKEY_DATABASE_URL takes it: `sqlite:/absolute/path.db` or `postgres://…`. */
  readonly url: string;
  /** Removes it; connections that are still open are cut. */
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes an empty database. Who calls this drops it: `await using database = await createTestDatabase('sqlite')`. */
export async function createTestDatabase(dialect: DatabaseDialect = 'postgres'): Promise<TestDatabase> {
  return dialect === 'sqlite' ? createSqliteFile() : createOnSharedPostgres();
}

export interface DatabaseContext {
  readonly dialect: DatabaseDialect;
  /** URL of one database for all tests of this `describe`. Known from `beforeAll` on, not while tests are collected. */
  readonly url: string;
  /** One more empty database. Dropped after the last test at the latest; `drop()` does so earlier. */
  fresh(): Promise<TestDatabase>;
}

/** Runs the same tests once on each kind of database: `describeEachDatabase('users', (database) => { test(…) })`. */
export function describeEachDatabase(name: string, defineTests: (context: DatabaseContext) => void): void {
  describe.each(databaseDialects)(`${name} on %s`, (dialect) => {
    const made: TestDatabase[] = [];
    let shared: TestDatabase | undefined;
    const fresh = async () => {
      const database = await createTestDatabase(dialect);
      made.push(database);
      return database;
    };
    beforeAll(async () => {
      shared = await fresh();
    });
    afterAll(async () => {
      await Promise.all(made.map((database) => database.drop()));
    });
    defineTests({
      dialect,
      get url() {
        if (!shared) throw new Error('The database is made in beforeAll: read `url` in a test or a hook.');
        return shared.url;
      },
      fresh,
    });
  });
}

async function createSqliteFile(): Promise<TestDatabase> {
  // A directory of its own: SQLite keeps `-wal` and `-shm` files beside the database.
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  return testDatabase('sqlite', `sqlite:${join(directory, 'latchkey.db')}`, () =>
    rm(directory, { recursive: true, force: true }),
  );
}

async function createOnSharedPostgres(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  if (!serverUrl) throw new Error('No PostgreSQL server: this needs test/support/global-setup.ts as globalSetup.');
  const url = await createPostgresDatabase(serverUrl);
  return testDatabase('postgres', url, () => dropPostgresDatabase(serverUrl, url));
}

function testDatabase(dialect: DatabaseDialect, url: string, drop: () => Promise<void>): TestDatabase {
  return { dialect, url, drop, [Symbol.asyncDispose]: drop };
}

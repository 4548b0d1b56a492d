import { sql, type Kysely } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator, type Migration } from 'kysely/migration';
import { SchemaTooNewError } from './errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Store } from './store.ts';

/**
 * Brings the database to this code's schema: all pending migrations in one transaction, under a lock (an
 * advisory one on PostgreSQL, the write lock on SQLite), so that nodes may start at the same time.
 *
 * @returns Names of the migrations that were run.
 * @throws {@link SchemaTooNewError} where a newer release has migrated the database; nothing is changed.
 */
export async function migrate(store: Store): Promise<readonly string[]> {
  await refuseNewerSchema(store);
  const migrator = new Migrator({ db: store.queries, provider: { getMigrations: async () => migrationsFor(store) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return results.map((result) => result.migrationName);
}

/** Names of the migrations that this code has and the database has not. */
export async function pendingMigrations(store: Store): Promise<readonly string[]> {
  await refuseNewerSchema(store);
  const done = new Set(await executedMigrations(store));
  return Object.keys(MIGRATIONS).filter((name) => !done.has(name));
}

async function refuseNewerSchema(store: Store): Promise<void> {
  const unknown = (await executedMigrations(store)).filter((name) => !(name in MIGRATIONS));
  if (unknown.length > 0) {
    throw new SchemaTooNewError(`The database has migrations that this release does not know: ${unknown.join(', ')}`);
  }
}

async function executedMigrations(store: Store): Promise<readonly string[]> {
  const tables = await store.queries.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === DEFAULT_MIGRATION_TABLE)) return [];
  const table = sql.table(DEFAULT_MIGRATION_TABLE);
  const { rows } = await sql<{ name: string }>`select name from ${table} order by name`.execute(store.queries);
  return rows.map((row) => row.name);
}

function migrationsFor({ engine }: Store): Record<string, Migration> {
  return Object.fromEntries(
    Object.entries(MIGRATIONS).map(([name, migration]) => [
      name,
      {
        up: async (db: Kysely<unknown>) => {
          // A request's time-out is no measure for a migration of a large table.
          if (engine === 'postgres') await sql`set local statement_timeout = 0`.execute(db);
          await migration.up(db, engine);
        },
      },
    ]),
  );
}

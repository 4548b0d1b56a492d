import { sql, type Kysely } from 'kysely';
import { SchemaTooNewError } from './errors.ts';
import { MIGRATIONS, type StoreMigration } from './migrations/index.ts';
import type { Engine, Queries, Store } from './store.ts';

/** By name, in the order in which they run. */
type Migrations = Readonly<Record<string, StoreMigration>>;

/** A number of our own among the advisory locks of a PostgreSQL database. */
const ADVISORY_LOCK = 7_245_318_906;

/**
 * Brings the database to this code's schema: all pending migrations in one transaction, under a lock (an
 * advisory one on PostgreSQL, the write lock on SQLite), so that nodes may start at the same time. One that
 * fails leaves nothing behind.
 *
 * @returns Names of the migrations that this call ran.
 * @throws {@link SchemaTooNewError} where a newer release has migrated the database; nothing is changed.
 */
export async function migrate(store: Store, migrations: Migrations = MIGRATIONS): Promise<readonly string[]> {
  const { engine } = store;
  // Where there is nothing to do, neither the lock is needed nor an account that may change the schema.
  if ((await pendingMigrations(store, migrations)).length === 0) return [];
  return store.longTransaction(async (tx) => {
    if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(tx);
    const pending = await readPending(tx, engine, migrations);
    for (const [name, migration] of pending) {
      // A migration knows the schema of its own time, not the one that this code ends with.
      await migration.up(tx as unknown as Kysely<unknown>, engine);
      await tx.insertInto('schema_migrations').values({ name, applied_at: Date.now() }).execute();
    }
    return pending.map(([name]) => name);
  });
}

/**
 * Names of the migrations that this code has and the database has not.
 *
 * @throws {@link SchemaTooNewError} where a newer release has migrated the database.
 */
export async function pendingMigrations(store: Store, migrations: Migrations = MIGRATIONS): Promise<readonly string[]> {
  return (await readPending(store.queries, store.engine, migrations)).map(([name]) => name);
}

async function readPending(
  queries: Queries,
  engine: Engine,
  migrations: Migrations,
): Promise<readonly (readonly [string, StoreMigration])[]> {
  const applied = await readApplied(queries, engine);
  const unknown = applied.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new SchemaTooNewError(`The database has migrations that this release does not know: ${unknown.join(', ')}`);
  }
  return Object.entries(migrations).filter(([name]) => !applied.includes(name));
}

async function readApplied(queries: Queries, engine: Engine): Promise<readonly string[]> {
  const exists = {
    sqlite: sql`select 1 from sqlite_master where type = 'table' and name = 'schema_migrations'`,
    postgres: sql`select 1 where to_regclass('schema_migrations') is not null`,
  }[engine];
  if ((await exists.execute(queries)).rows.length === 0) return [];
  const rows = await queries.selectFrom('schema_migrations').select('name').orderBy('name').execute();
  return rows.map((row) => row.name);
}

import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Kysely, sql } from 'kysely';
import { NodeSqliteDialect } from './dialects/sqlite.ts';
import { postgresDialect } from './dialects/postgres.ts';
import { StorageUnavailableError } from './errors.ts';
import type { Schema } from './schema.ts';
import type { Engine, Store } from './store.ts';

export interface OpenStoreOptions {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly url: string;
  /** Most connections that one node holds (PostgreSQL). */
  readonly maxConnections?: number;
  readonly onConnectionLost?: (error: Error) => void;
}

const DEFAULT_MAX_CONNECTIONS = 10;

/** Path of the file behind `sqlite:PATH`, absolute; undefined for another engine's URL. */
export function sqlitePath(url: string): string | undefined {
  return url.startsWith('sqlite:') ? resolve(url.slice('sqlite:'.length)) : undefined;
}

/**
 * Opens the database; makes the file and its folder where SQLite needs them. Does not migrate.
 *
 * @throws {@link StorageUnavailableError} where the file cannot be opened.
 */
export function openStore(options: OpenStoreOptions): Store {
  const path = sqlitePath(options.url);
  return path === undefined ? openPostgres(options) : openSqlite(path);
}

function openSqlite(path: string): Store {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return createStore('sqlite', new Kysely<Schema>({ dialect: new NodeSqliteDialect(path) }));
  } catch (error) {
    throw new StorageUnavailableError(`The SQLite database ${path} cannot be opened`, { cause: error });
  }
}

function openPostgres({ url, maxConnections = DEFAULT_MAX_CONNECTIONS, onConnectionLost = () => {} }: OpenStoreOptions): Store {
  return createStore('postgres', new Kysely<Schema>({ dialect: postgresDialect(url, maxConnections, onConnectionLost) }));
}

function createStore(engine: Engine, queries: Kysely<Schema>): Store {
  return {
    engine,
    queries,
    transaction: (work) => queries.transaction().execute(work),
    ping: async () => {
      await sql`select 1`.execute(queries);
    },
    close: () => queries.destroy(),
  };
}

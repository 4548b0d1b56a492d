import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, sql } from 'kysely';
import { NodeSqliteDialect } from './dialects/sqlite.ts';
import { postgresDialect } from './dialects/postgres.ts';
import { StorageUnavailableError } from './errors.ts';
import { listenForRevocations, NO_NOTICES } from './revocation-notices.ts';
import type { Schema } from './schema.ts';
import { sqlitePath } from './sqlite-path.ts';
import type { Engine, Store, Tx } from './store.ts';

export interface OpenStoreOptions {
  /** `sqlite:PATH` or `postgres://…`. */
  readonly url: string;
  /** Most connections that one node holds (PostgreSQL). */
  readonly maxConnections?: number;
  /**
   * How long a statement may take (PostgreSQL) or wait for another process's lock (SQLite). By default 10 s: a
   * request's own time-out is near then.
   */
  readonly statementTimeoutMs?: number;
  /** How long it may take to get a connection (PostgreSQL), a new one or one that others use. By default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Told of connections that break (PostgreSQL); they are replaced without anybody's help. */
  readonly onConnectionLost?: (error: Error) => void;
}

const DEFAULT_MAX_CONNECTIONS = 10;
const DEFAULT_STATEMENT_TIMEOUT_MS = 10_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 5000;

/**
 * Opens the database; makes the file and its folder where SQLite needs them, for the owner's eyes only. Does not
 * migrate, and does not connect to PostgreSQL yet.
 *
 * @throws {@link StorageUnavailableError} where the file cannot be opened.
 */
export function openStore(options: OpenStoreOptions): Store {
  const path = sqlitePath(options.url);
  return path === undefined ? openPostgres(options) : openSqlite(path, options);
}

function openSqlite(path: string, { statementTimeoutMs = DEFAULT_STATEMENT_TIMEOUT_MS }: OpenStoreOptions): Store {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite itself would make the file readable for everybody; its companions get the mode of the file.
    closeSync(openSync(path, 'a', 0o600));
    const dialect = new NodeSqliteDialect(path, statementTimeoutMs);
    const queries = new Kysely<Schema>({ dialect });
    return {
      ...createStore('sqlite', queries),
      close: async () => {
        await queries.destroy();
        dialect.close();
      },
      longTransaction: (work) => transact(queries, work),
      listenForRevocations: () => NO_NOTICES,
    };
  } catch (error) {
    throw new StorageUnavailableError(`The SQLite database ${path} cannot be opened`, { cause: error });
  }
}

function openPostgres(options: OpenStoreOptions): Store {
  const {
    url,
    maxConnections = DEFAULT_MAX_CONNECTIONS,
    statementTimeoutMs = DEFAULT_STATEMENT_TIMEOUT_MS,
    connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS,
    onConnectionLost = () => {},
  } = options;
  const open = (limits: { readonly maxConnections: number; readonly statementTimeoutMs: number }) =>
    new Kysely<Schema>({ dialect: postgresDialect({ url, connectTimeoutMs, onConnectionLost, ...limits }) });
  return {
    ...createStore('postgres', open({ maxConnections, statementTimeoutMs })),
    listenForRevocations: (onNotice) => listenForRevocations(url, connectTimeoutMs, onNotice),
    longTransaction: async (work) => {
      await using own = open({ maxConnections: 1, statementTimeoutMs: 0 });
      return await transact(own, async (tx) => {
        // What the account's own defaults may limit.
        await sql`set local statement_timeout = 0`.execute(tx);
        await sql`set local idle_in_transaction_session_timeout = 0`.execute(tx);
        return work(tx);
      });
    },
  };
}

function createStore(engine: Engine, queries: Kysely<Schema>): Omit<Store, 'longTransaction' | 'listenForRevocations'> {
  return {
    engine,
    queries,
    transaction: (work) => transact(queries, work),
    ping: async () => {
      await sql`select 1`.execute(queries);
    },
    close: () => queries.destroy(),
  };
}

/** SQLite knows one isolation only. PostgreSQL is told: its own default is a setting of the server. */
function transact<Result>(queries: Kysely<Schema>, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  return queries.transaction().setIsolationLevel('read committed').execute(work);
}

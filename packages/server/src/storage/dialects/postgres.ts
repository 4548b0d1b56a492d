import { Socket } from 'node:net';
import { PostgresDialect, PostgresDriver, type PostgresDialectConfig } from 'kysely';
import pg from 'pg';
import { StorageUnavailableError } from '../errors.ts';

/** Connections are replaced after this long, so that a server that was demoted or renamed is left in the end. */
const MAX_CONNECTION_LIFE_SECONDS = 300;

export interface PostgresDialectOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /**
   * After this long the server gives up a statement, or a transaction in which nothing is asked for. A server
   * that says nothing for half as long again is taken for gone. 0: no limits.
   */
  readonly statementTimeoutMs: number;
  /** Told of connections that break, in use or idle; the pool replaces them by itself. */
  readonly onConnectionLost: (error: Error) => void;
}

/** Kysely's PostgreSQL dialect on a pool of `pg`. */
export function postgresDialect(options: PostgresDialectOptions): PostgresDialect {
  const { url, maxConnections, connectTimeoutMs, statementTimeoutMs, onConnectionLost } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    // An idle connection is silent too, and to be gone before that counts as a loss.
    idleTimeoutMillis: statementTimeoutMs,
    maxLifetimeSeconds: MAX_CONNECTION_LIFE_SECONDS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    application_name: 'latchkey',
    types: {
      getTypeParser: (oid, format) => TYPE_PARSERS.get(oid) ?? (pg.types.getTypeParser(oid, format) as TypeParser),
    },
    stream: () => openSocket(1.5 * statementTimeoutMs),
  });
  // Without a listener of its own, a connection that breaks while it is in use would end the process.
  pool.on('connect', (client) => client.on('error', onConnectionLost));
  // Here the pool only repeats what its connections have told.
  pool.on('error', () => {});
  return new PlainErrorDialect({ pool });
}

type TypeParser = (text: string) => unknown;

const parseBytea = pg.types.getTypeParser(pg.types.builtins.BYTEA) as (text: string) => Buffer;

/** What differs from `pg`: rows are to be the same as SQLite gives them. */
const TYPE_PARSERS = new Map<number, TypeParser>([
  // Instants and counters stay far below 2^53.
  [pg.types.builtins.INT8, Number],
  // A copy: as a Buffer, a salt of 16 bytes would keep alive the block of memory that it was cut from.
  [pg.types.builtins.BYTEA, (text) => new Uint8Array(parseBytea(text))],
]);

/** A network that swallows everything shows by silence alone; the kernel would go on for a quarter of an hour. */
function openSocket(silenceMs: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(silenceMs, () => {
    socket.destroy(new StorageUnavailableError('The PostgreSQL server does not answer'));
  });
}

class PlainErrorDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver() {
    return new PlainErrorDriver(this.#config);
  }
}

/** Kysely does not export it. */
type PostgresConnection = Parameters<PostgresDriver['rollbackTransaction']>[0];

class PlainErrorDriver extends PostgresDriver {
  override async rollbackTransaction(connection: PostgresConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch {
      // Kysely has marked the connection to be thrown away, and the server rolls back what it held. The error that
      // began it all is the one to be told.
    }
  }
}

import { PostgresDialect } from 'kysely';
import pg from 'pg';

const INT8_OID = 20;
const CONNECT_TIMEOUT_MS = 5000;
/** A statement that takes longer than this is given up: a request's own time-out is near. */
const STATEMENT_TIMEOUT_MS = 10_000;

/**
 * Kysely's PostgreSQL dialect on a pool of `pg`.
 *
 * @param onConnectionLost - Told of idle connections that break; the pool replaces them by itself.
 */
export function postgresDialect(url: string, maxConnections: number, onConnectionLost: (error: Error) => void) {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'latchkey',
    types: {
      // Instants and counters stay far below 2^53: plain numbers, as SQLite gives them.
      getTypeParser: (oid, format) => (oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  pool.on('error', onConnectionLost);
  return new PostgresDialect({ pool });
}

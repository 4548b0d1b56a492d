import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { SessionId } from '../domain/ids.ts';
import type { SessionChange, SessionStore, StoredSession } from './session-store.ts';

/** How long another connection's transaction is waited for, where the database was opened without a time. */
const BUSY_TIMEOUT_MS = 5000;

const COLUMNS = {
  id: 'TEXT PRIMARY KEY',
  subject: 'TEXT NOT NULL',
  salt: 'BLOB NOT NULL',
  generation: 'INTEGER NOT NULL',
  attempt: 'INTEGER NOT NULL',
  previous_attempt: 'INTEGER',
  rotated_at: 'INTEGER NOT NULL',
  confirmed: 'INTEGER NOT NULL',
  remember: 'INTEGER NOT NULL',
  created_at: 'INTEGER NOT NULL',
  last_used_at: 'INTEGER NOT NULL',
  idle_expires_at: 'INTEGER NOT NULL',
  expires_at: 'INTEGER NOT NULL',
} as const;
type Row = Readonly<Record<keyof typeof COLUMNS, SQLOutputValue>>;

/**
 * Sessions in a table of a SQLite database, on Node's own driver; several processes may share the file. Makes the table
 * where there is none of that name. Other tables may refer to its `id` with `ON DELETE CASCADE`. A connection that was opened
 * without a `timeout` gets one of 5 s, for transactions of others have to be waited for.
 *
 * All of it is synchronous, and `change` begins a transaction of its own: call nothing of the sessions while the same
 * connection is in one. That throws, and leaves the other transaction as it is.
 *
 * @param table - Letters, digits and `_`; a TypeError otherwise.
 */
export function sqliteSessions(database: DatabaseSync, table = 'sessions'): SessionStore {
  if (!/^[A-Za-z_]\w{0,62}$/.test(table)) throw new TypeError('sqliteSessions: table must be a plain name');
  makeTable(database, table);
  const names = Object.keys(COLUMNS);
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    // Whatever the database was opened with.
    statement.setReadBigInts(false);
    statement.setReturnArrays(false);
    return statement;
  };
  const insert = prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map((name) => `:${name}`).join()})`);
  const select = prepare(`SELECT * FROM ${table} WHERE id = ?`);
  const update = prepare(`UPDATE ${table} SET ${names.map((name) => `${name} = :${name}`).join()} WHERE id = :id`);
  const remove = prepare(`DELETE FROM ${table} WHERE id = ?`);
  const removeExpired = prepare(`DELETE FROM ${table} WHERE idle_expires_at <= ?`);

  const find = (id: SessionId): StoredSession | undefined => {
    const row = select.get(id);
    return row && fromRow(row as Row);
  };
  const apply = (id: SessionId, next: StoredSession | null): void => {
    const { changes } = next === null ? remove.run(id) : update.run(toRow({ ...next, id }));
    if (changes !== 1) throw new Error('A session that is not there was to be changed');
  };
  return {
    find,
    insert(session) {
      insert.run(toRow(session));
    },
    change<T>(id: SessionId, change: (session: StoredSession | undefined) => SessionChange<T>): T {
      // The write lock from the start: a transaction that reads first may not get it any more.
      database.exec('BEGIN IMMEDIATE');
      try {
        const { next, result } = change(find(id));
        if (next !== undefined) apply(id, next);
        database.exec('COMMIT');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    deleteExpired(now) {
      removeExpired.run(now);
    },
  };
}

function makeTable(database: DatabaseSync, table: string): void {
  if (isImpatient(database)) database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined)
    return;
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
  // Another process may be doing the same.
  database.exec(`CREATE TABLE IF NOT EXISTS ${table} (${columns.join()}) STRICT`);
  database.exec(`CREATE INDEX IF NOT EXISTS ${table}_idle_expires_at ON ${table} (idle_expires_at)`);
}

function isImpatient(database: DatabaseSync): boolean {
  const statement = database.prepare('PRAGMA busy_timeout');
  statement.setReturnArrays(false);
  return Number(statement.get()?.['timeout']) === 0;
}

function toRow(session: StoredSession): Record<keyof typeof COLUMNS, SQLInputValue> {
  return {
    id: session.id,
    subject: session.subject,
    salt: session.salt,
    generation: session.generation,
    attempt: session.attempt,
    previous_attempt: session.previousAttempt,
    rotated_at: session.rotatedAt,
    confirmed: Number(session.confirmed),
    remember: Number(session.remember),
    created_at: session.createdAt,
    last_used_at: session.lastUsedAt,
    idle_expires_at: session.idleExpiresAt,
    expires_at: session.expiresAt,
  };
}

/** STRICT tables hold what they were made for. */
function fromRow(row: Row): StoredSession {
  return {
    id: row.id as SessionId,
    subject: row.subject as string,
    salt: row.salt as Uint8Array,
    generation: row.generation as number,
    attempt: row.attempt as number,
    previousAttempt: row.previous_attempt as number | null,
    rotatedAt: row.rotated_at as number,
    confirmed: row.confirmed === 1,
    remember: row.remember === 1,
    createdAt: row.created_at as number,
    lastUsedAt: row.last_used_at as number,
    idleExpiresAt: row.idle_expires_at as number,
    expiresAt: row.expires_at as number,
  };
}

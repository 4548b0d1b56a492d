import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely';
import { StorageUnavailableError } from '../errors.ts';

const LONGEST_BUSY_PAUSE_MS = 10;
/** Primary result code of SQLITE_BUSY (sqlite.org/rescode.html#busy). */
const SQLITE_BUSY = 5;
/** Prepared statements kept; the server's own number is well below it. */
const MAX_STATEMENTS = 256;

/** Kysely on Node's built-in SQLite: one connection, which the transactions and queries of a process share in turn. */
export class NodeSqliteDialect implements Dialect {
  readonly #connection: SqliteConnection;

  /**
   * Opens the file at once; throws where that fails.
   *
   * @param busyTimeoutMs - How long a statement waits for another connection's lock before it fails.
   */
  constructor(path: string, busyTimeoutMs: number) {
    this.#connection = new SqliteConnection(openDatabase(path, busyTimeoutMs), busyTimeoutMs);
  }

  /** For a store that was never used: Kysely closes only what it has asked something. */
  close(): void {
    this.#connection.close();
  }

  createDriver() {
    return new SqliteDriver(this.#connection);
  }

  createQueryCompiler() {
    return new SqliteCompiler();
  }

  createAdapter() {
    return new SqliteAdapter();
  }

  createIntrospector(db: Kysely<unknown>) {
    return new SqliteIntrospector(db);
  }
}

/** The write lock of the whole database stands in for `FOR UPDATE`, which SQLite does not know. */
class SqliteCompiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(): void {}
}

/** Kysely itself lets one caller at a time have the connection. */
class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    await this.#connection.begin();
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.commit();
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.rollback();
  }

  async destroy(): Promise<void> {
    this.#connection.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, PreparedStatement>();
  #inTransaction = false;

  constructor(database: DatabaseSync, busyTimeoutMs: number) {
    this.#database = database;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  async executeQuery<Row>({ sql, parameters }: Pick<CompiledQuery, 'sql' | 'parameters'>): Promise<QueryResult<Row>> {
    return this.#runWhenFree(sql, parameters);
  }

  // oxlint-disable-next-line require-yield
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('The one connection is not held while rows are read one by one');
  }

  /** `BEGIN IMMEDIATE`: a transaction that read first and wrote later would fail instead of waiting its turn. */
  async begin(): Promise<void> {
    await this.#runWhenFree('begin immediate');
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    await this.#runWhenFree('commit');
    this.#inTransaction = false;
  }

  async rollback(): Promise<void> {
    this.#inTransaction = false;
    // Where SQLite has done so by itself (sqlite.org/lang_transaction.html §3), another rollback would fail and
    // hide the error that matters.
    if (this.#database.isTransaction) this.#run('rollback');
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  /** Tries again and again while another connection's lock is in the way. A busy statement did nothing. */
  async #runWhenFree<Row>(sql: string, parameters?: readonly unknown[]): Promise<QueryResult<Row>> {
    if (this.#inTransaction && !this.#database.isTransaction) {
      // After a full disk, among others. Statements that follow would each be committed by themselves.
      throw new StorageUnavailableError('SQLite has rolled the transaction back');
    }
    const giveUpAt = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        return this.#run(sql, parameters);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw error;
      }
      await sleep(Math.random() * LONGEST_BUSY_PAUSE_MS);
    }
  }

  #run<Row>(sql: string, parameters: readonly unknown[] = []): QueryResult<Row> {
    const { statement, givesRows } = this.#prepare(sql);
    // Kysely hands parameters on untyped; SQLite itself refuses what it cannot bind.
    const values = parameters as SQLInputValue[];
    if (givesRows) return { rows: statement.all(...values) as Row[] };
    const { changes } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  #prepare(sql: string): PreparedStatement {
    let prepared = this.#statements.get(sql);
    if (prepared === undefined) {
      const statement = this.#database.prepare(sql);
      prepared = { statement, givesRows: statement.columns().length > 0 };
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }
}

interface PreparedStatement {
  readonly statement: StatementSync;
  readonly givesRows: boolean;
}

function openDatabase(path: string, busyTimeoutMs: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  // WAL: readers and the writer do not wait for each other. FULL: an acknowledged commit survives a power cut.
  // From here on statements wait as `#runWhenFree` does: SQLite's own way stops the whole process.
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma busy_timeout = 0;',
  );
  return database;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

type Row = Record<string, unknown>;
type Parameters = readonly SQLInputValue[];

/** A prepared statement that is kept; `R` is the shape of its rows. */
export interface Statement<R> {
  get(...parameters: Parameters): R | undefined;
  all(...parameters: Parameters): readonly R[];
  /** Rows that were changed. */
  run(...parameters: Parameters): number;
  /** Like `run`; the id of the row that was added. */
  insert(...parameters: Parameters): number;
}

export interface ForumDatabase {
  /** For a library that keeps a table of its own here (`latchkey/sessions`). */
  readonly connection: DatabaseSync;
  /** Prepared once per text of the statement: parameters are bound, never written into it. */
  statement<R = Row>(sql: string): Statement<R>;
  /**
   * Everything in `work` or nothing. It holds the write lock from its start (`BEGIN IMMEDIATE`), so that what it reads
   * stays true until it commits, across processes too. `work` is synchronous; a transaction within one is a mistake.
   */
  transaction<T>(work: () => T): T;
  /** All that `work` reads is of one moment, whatever other processes write meanwhile. */
  snapshot<T>(work: () => T): T;
  close(): void;
}

/** Statements over an open connection. */
export function wrapDatabase(connection: DatabaseSync): ForumDatabase {
  const kept = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
  const within = <T>(begin: string, work: () => T): T => {
    connection.exec(begin);
    try {
      const result = work();
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have ended the transaction already.
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    connection,
    statement<R>(sql: string): Statement<R> {
      const statement = prepared(sql);
      return {
        get: (...parameters) => statement.get(...parameters) as R | undefined,
        all: (...parameters) => statement.all(...parameters) as R[],
        run: (...parameters) => Number(statement.run(...parameters).changes),
        insert: (...parameters) => Number(statement.run(...parameters).lastInsertRowid),
      };
    },
    transaction: (work) => within('BEGIN IMMEDIATE', work),
    snapshot: (work) => within('BEGIN', work),
    close: () => connection.close(),
  };
}

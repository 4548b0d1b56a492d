import type { Kysely, Transaction } from 'kysely';
import type { RevocationNotices } from './revocation-notices.ts';
import type { Schema } from './schema.ts';

/** What reads run on: the database itself or a transaction. */
export type Queries = Kysely<Schema>;

/** What every write runs on. There is no write outside a transaction. */
export type Tx = Transaction<Schema>;

export type Engine = 'sqlite' | 'postgres';

/** An open database, with the schema that this code needs. */
export interface Store {
  readonly engine: Engine;
  readonly queries: Queries;
  /**
   * Runs `work` in one transaction: committed durably before the promise resolves, or rolled back whole.
   * SQLite: `BEGIN IMMEDIATE`, so that one writer runs at a time. PostgreSQL: read committed, rows that a
   * decision rests on are read locked.
   */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** As {@link transaction}, on a connection of its own and without time limits: for migrations. */
  longTransaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** Calls back soon after the revocation log has grown, where the database can tell; see its own promise. */
  listenForRevocations(onNotice: () => void): RevocationNotices;
  /** Answers if the database does; rejects otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

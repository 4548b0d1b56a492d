import { sql } from 'kysely';
import type { Instant } from '../domain/instant.ts';
import type { Store, Tx } from './store.ts';

/** `database`: the clock of the database's machine, read with the row. Otherwise one of this machine. */
export type RotationClock = 'database' | (() => Instant);

/**
 * The clock that all nodes share: the database server's. SQLite runs on this machine, so there it is the machine's
 * own.
 */
export function rotationClock({ engine }: Store, clock: () => Instant): RotationClock {
  return engine === 'postgres' ? 'database' : clock;
}

/** The time on PostgreSQL's own clock, in milliseconds. */
export const POSTGRES_NOW = sql<Instant>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** The time on that clock, for a row that is new. */
export async function readRotationClock(tx: Tx, clock: RotationClock): Promise<Instant> {
  if (clock !== 'database') return clock();
  return (await tx.selectNoFrom(POSTGRES_NOW.as('now')).executeTakeFirstOrThrow()).now;
}

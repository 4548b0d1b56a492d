import { sql, type Expression } from 'kysely';
import type { Instant } from '../domain/instant.ts';
import type { Store } from './store.ts';

export type { Expression } from 'kysely';

/**
 * The time on the clock that all nodes share: the database server's. SQLite runs on this machine, so there it
 * is the machine's own.
 */
export function databaseClock({ engine }: Store, clock: () => Instant): () => Expression<Instant> {
  return engine === 'postgres'
    ? () => sql<Instant>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`
    : () => sql<Instant>`${clock()}`;
}

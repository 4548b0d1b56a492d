import { sql } from 'kysely';
import type { Store } from '../../src/storage/store.ts';

/** A table of one number, which is read, then written: transactions that did not take turns would lose counts. */
export async function makeCounter(store: Store): Promise<void> {
  await sql`create table counter (n integer not null)`.execute(store.queries);
  await sql`insert into counter values (0)`.execute(store.queries);
}

export async function readCounter(store: Store): Promise<number> {
  const { rows } = await sql<{ n: number }>`select n from counter`.execute(store.queries);
  return rows[0]!.n;
}

export async function countUp(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    const { rows } = await sql<{ n: number }>`select n from counter`.execute(tx);
    await sql`update counter set n = ${rows[0]!.n + 1}`.execute(tx);
  });
}

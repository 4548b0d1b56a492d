import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
import type { Queries, Store } from '../../src/storage/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';

describe('PostgreSQL', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    store = openStore({ url: database.url });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const show = async (queries: Queries, setting: string) => {
    const { rows } = await sql<Record<string, string>>`show ${sql.ref(setting)}`.execute(queries);
    return Object.values(rows[0]!)[0];
  };

  test.each([
    ['statement_timeout', '10s'],
    ['idle_in_transaction_session_timeout', '10s'],
    ['application_name', 'latchkey'],
  ])('runs with %s = %s', async (setting, value) => {
    await expect(show(store.queries, setting)).resolves.toBe(value);
  });

  test('has no time limits in a long transaction, and its usual ones afterwards', async () => {
    const limits = ['statement_timeout', 'idle_in_transaction_session_timeout'];
    const role = 'alter role current_user in database';
    const name = new URL(database.url).pathname.slice(1);
    for (const limit of limits) await sql.raw(`${role} ${name} set ${limit} = '7s'`).execute(store.queries);
    for (const limit of limits) await expect(store.longTransaction((tx) => show(tx, limit))).resolves.toBe('0');
    await expect(show(store.queries, 'statement_timeout')).resolves.toBe('10s');
  });

  test('reads what is committed, whatever the server does by default', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await sql.raw(`alter database ${name} set default_transaction_isolation = 'serializable'`).execute(store.queries);
    const other = openStore({ url: database.url });
    await expect(show(other.queries, 'default_transaction_isolation')).resolves.toBe('serializable');
    await expect(other.transaction((tx) => show(tx, 'transaction_isolation'))).resolves.toBe('read committed');
    await expect(other.longTransaction((tx) => show(tx, 'transaction_isolation'))).resolves.toBe('read committed');
    await other.close();
  });

  test('holds no more connections than it may, and serves everybody in turn', async () => {
    const small = openStore({ url: database.url, maxConnections: 3 });
    const pids = await Promise.all(
      Array.from({ length: 30 }, () =>
        small.transaction(async (tx) => {
          const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid, pg_sleep(0.01)`.execute(tx);
          return rows[0]!.pid;
        }),
      ),
    );
    expect(new Set(pids).size).toBe(3);
    await small.close();
  });

  test('leaves no connection behind when it is closed, nor after a long transaction', async () => {
    const before = openStore({ url: database.url });
    await Promise.all([before.ping(), before.ping(), before.longTransaction((tx) => sql`select 1`.execute(tx))]);
    await before.close();
    const others = async () => {
      const { rows } = await sql<{ n: number }>`select count(*) as n from pg_stat_activity
        where datname = current_database() and application_name = 'latchkey' and pid <> pg_backend_pid()`.execute(
        store.queries,
      );
      return rows[0]!.n;
    };
    await expect.poll(others, { timeout: 10_000 }).toBe(0);
  });

  test('gives bytes as plain ones, whatever form the server writes them in', async () => {
    const bytes = new Uint8Array([0, 92, 127, 128, 255]);
    const own = openStore({ url: database.url, maxConnections: 1 });
    for (const form of ['hex', 'escape']) {
      await sql`set bytea_output = ${sql.lit(form)}`.execute(own.queries);
      const { rows } = await sql<{ b: Uint8Array }>`select ${bytes}::bytea as b`.execute(own.queries);
      expect(rows[0]!.b).toStrictEqual(bytes);
    }
    await own.close();
  });
});

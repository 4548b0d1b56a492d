import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { sqlitePath } from '../../src/storage/sqlite-path.ts';
import type { Store } from '../../src/storage/store.ts';
import { findUser, insertUser } from '../../src/storage/users.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { countUp, makeCounter, readCounter } from './counter.ts';
import { addUser, aUser } from './nodes.ts';

describe('SQLite', () => {
  let database: TestDatabase;
  let store: Store;
  /** Somebody else with the file open: a tool, a backup. */
  let other: DatabaseSync;

  beforeAll(async () => {
    database = await createTestDatabase('sqlite');
    store = openStore({ url: database.url });
    await migrate(store);
    await makeCounter(store);
    other = new DatabaseSync(sqlitePath(database.url)!);
  });
  afterAll(async () => {
    other.close();
    await store.close();
    await database.drop();
  });

  const query = async <Row>(text: string) => (await sql.raw<Row>(text).execute(store.queries)).rows;

  test.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['secure_delete', 1],
    // Waiting is done outside SQLite.
    ['busy_timeout', 0],
  ])('runs with %s = %s', async (pragma, value) => {
    const [row] = await query<Record<string, unknown>>(`pragma ${pragma}`);
    expect(Object.values(row!)).toEqual([value]);
  });

  test('keeps its file from others on the machine', { skip: process.platform === 'win32' }, () => {
    const path = sqlitePath(database.url)!;
    const modes = [path, `${path}-wal`, `${path}-shm`].map((file) => statSync(file).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
  });

  test('is closed when asked to, used before or not', async () => {
    await using fresh = await createTestDatabase('sqlite');
    for (const use of [async () => {}, async (node: Store) => node.ping()]) {
      const node = openStore({ url: fresh.url });
      await use(node);
      await node.close();
      await node.close();
      await expect(node.ping()).rejects.toThrow();
    }
  });

  test('reads the columns that there are after another process changed the schema', async () => {
    other.exec('create table changing (a integer); insert into changing values (1)');
    await expect(query('select * from changing')).resolves.toEqual([{ a: 1 }]);
    await expect(query('insert into changing (a) values (2) returning *')).resolves.toEqual([{ a: 2 }]);
    other.exec('alter table changing add column b integer default 5');
    await expect(query('select * from changing where a = 1')).resolves.toEqual([{ a: 1, b: 5 }]);
    await expect(query('select * from changing')).resolves.toHaveLength(2);
    await expect(query('select * from changing')).resolves.toContainEqual({ a: 1, b: 5 });
    await expect(query('insert into changing (a) values (2) returning *')).resolves.toEqual([{ a: 2, b: 5 }]);
    other.exec('drop table changing; create view changing as select 9 as a');
    await expect(query('select * from changing')).resolves.toEqual([{ a: 9 }]);
  });

  test('runs more different statements than it keeps', async () => {
    for (let n = 0; n < 600; n += 1) await expect(query(`select ${n} as n`)).resolves.toEqual([{ n }]);
    await expect(query('select 0 as n')).resolves.toEqual([{ n: 0 }]);
  });

  test('waits for a lock without stopping the process, which may be what holds it', async () => {
    other.exec('begin immediate');
    const waiting = addUser(store);
    await sleep(100);
    other.exec('rollback');
    const id = await waiting;
    await expect(findUser(store.queries, id)).resolves.toBeDefined();
  });

  test('reads while another connection writes', async () => {
    const id = await addUser(store);
    other.exec('begin immediate; update counter set n = n');
    await expect(findUser(store.queries, id)).resolves.toBeDefined();
    other.exec('rollback');
  });

  test('lets two processes and this one take turns, and loses nothing', { timeout: 30_000 }, async () => {
    const program = fileURLToPath(new URL('./another-process.ts', import.meta.url));
    const start = await readCounter(store);
    const run = async () => promisify(execFile)(process.execPath, [program, 'count', database.url, '100']);
    const here = async () => {
      for (let round = 0; round < 100; round += 1) {
        await countUp(store);
        await sleep(2);
      }
    };
    await Promise.all([run(), run(), here()]);
    await expect(readCounter(store)).resolves.toBe(start + 300);
  });

  describe('with a full disk', () => {
    let before: number;
    beforeEach(async () => {
      before = await readCounter(store);
      const [row] = await query<{ page_count: number }>('pragma page_count');
      await query(`pragma max_page_count = ${row!.page_count}`);
    });

    // A statement that fails so takes the whole transaction with it.
    const big = sql`insert into counter values (randomblob(200000))`;
    const free = () => query('pragma max_page_count = 1000000');

    test('tells the cause, changes nothing, and goes on once there is room', async () => {
      const failing = store.transaction(async (tx) => {
        await sql`update counter set n = n + 1`.execute(tx);
        await big.execute(tx);
      });
      await expect(failing).rejects.toMatchObject({ errcode: 13 });
      await expect(readCounter(store)).resolves.toBe(before);
      await free();
      await countUp(store);
      await expect(readCounter(store)).resolves.toBe(before + 1);
    });

    test('refuses what a transaction goes on to do after it was rolled back', async () => {
      const stubborn = store.transaction(async (tx) => {
        await big.execute(tx).catch(() => undefined);
        await sql`update counter set n = n + 1`.execute(tx);
      });
      await expect(stubborn).rejects.toMatchObject({ name: 'StorageUnavailableError' });
      const blind = store.transaction(async (tx) => {
        await big.execute(tx).catch(() => undefined);
      });
      await expect(blind).rejects.toMatchObject({ name: 'StorageUnavailableError' });
      await free();
      await expect(readCounter(store)).resolves.toBe(before);
    });

    test('keeps a rolled back transaction from the next one', async () => {
      const user = aUser();
      const failing = store.transaction(async (tx) => {
        await insertUser(tx, user);
        await big.execute(tx);
      });
      await Promise.allSettled([failing, store.transaction((tx) => sql`select 1`.execute(tx))]);
      await free();
      await expect(findUser(store.queries, user.id)).resolves.toBeUndefined();
    });
  });
});

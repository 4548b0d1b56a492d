import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isStorageUnavailable } from '../../src/storage/errors.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store, Tx } from '../../src/storage/store.ts';
import { findUser, insertUser, lockUser, savePasswordHash } from '../../src/storage/users.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { addUser, aUser, NOW } from './nodes.ts';
import { rejection } from './rejection.ts';

const STATEMENT_TIMEOUT_MS = 500;
/** For what happens at once on a machine that has nothing else to do. */
const SOON = { timeout: 10_000 };

describe('PostgreSQL', () => {
  let server: PostgresServer;
  let url: string;
  let store: Store;
  let other: Store;
  let hurried: Store;
  let lost: Error[];

  beforeAll(async () => {
    server = await startPostgres({ durable: true });
    url = await server.createDatabase();
    const onConnectionLost = (error: Error) => void lost.push(error);
    [store, other] = [openStore({ url, onConnectionLost }), openStore({ url, onConnectionLost })];
    hurried = openStore({ url, statementTimeoutMs: STATEMENT_TIMEOUT_MS, onConnectionLost });
    await migrate(store);
  });
  afterAll(async () => {
    await Promise.all([store, other, hurried].map((node) => node.close()));
    await server.stop();
  });
  beforeEach(() => {
    lost = [];
  });

  const worksAgain = async (node = store) => {
    const id = await addUser(node);
    await expect(findUser(other.queries, id)).resolves.toBeDefined();
  };
  const expectUnavailable = async (work: Promise<unknown>, expected: object) => {
    const error = await rejection(work);
    expect(error).toMatchObject(expected);
    expect(isStorageUnavailable(error)).toBe(true);
  };
  const pidOf = async (tx: Tx) => (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)).rows[0]!.pid;
  const terminate = async (pid: number) => void (await sql`select pg_terminate_backend(${pid})`.execute(other.queries));

  test('is unavailable while it is down, and works again once it is back', async () => {
    await store.ping();
    await server.kill();
    for (let attempt = 0; attempt < 3; attempt += 1) await expectUnavailable(store.ping(), {});
    await expectUnavailable(addUser(store), { code: 'ECONNREFUSED' });
    await server.restart();
    await worksAgain();
  });

  test('loses a transaction with its connection, while nothing is asked: others go on', async () => {
    const user = aUser();
    const cut = store.transaction(async (tx) => {
      await insertUser(tx, user);
      await terminate(await pidOf(tx));
      // The process must survive what nobody waits for.
      await expect.poll(() => lost.length, SOON).toBeGreaterThan(0);
      await findUser(tx, user.id);
    });
    await expectUnavailable(cut, {});
    await worksAgain();
    await expect(findUser(store.queries, user.id)).resolves.toBeUndefined();
  });

  test('loses a transaction with its connection in the middle of a statement', async () => {
    const cut = store.transaction(async (tx) => {
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx);
    });
    await expectUnavailable(cut, { code: '57P01' });
    await worksAgain();
  });

  test('tells the error of the work where the connection breaks after it', async () => {
    const failing = store.transaction(async (tx) => {
      await terminate(await pidOf(tx));
      await expect.poll(() => lost.length, SOON).toBeGreaterThan(0);
      throw new RangeError('thrown by the work');
    });
    await expect(failing).rejects.toBeInstanceOf(RangeError);
    await worksAgain();
  });

  test('replaces idle connections that were cut', async () => {
    await store.ping();
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(other.queries);
    await expect.poll(() => lost.length, SOON).toBeGreaterThan(0);
    await worksAgain();
  });

  test('gives up a statement that takes too long', async () => {
    await expectUnavailable(sql`select pg_sleep(60)`.execute(hurried.queries), { code: '57014' });
    await worksAgain(hurried);
  });

  test('gives up waiting for a row that another node does not let go', async () => {
    const id = await addUser(store);
    await other.transaction(async (tx) => {
      await lockUser(tx, id);
      await expectUnavailable(
        hurried.transaction((waiting) => lockUser(waiting, id)),
        { code: '57014' },
      );
    });
    await expect(store.transaction((tx) => lockUser(tx, id))).resolves.toBeDefined();
  });

  test('gives up a transaction in which nothing happens', async () => {
    const idle = hurried.transaction(async (tx) => {
      await tx.selectFrom('users').select('id').execute();
      await expect.poll(() => lost.map((error) => 'code' in error && error.code), SOON).toContain('25P03');
      await tx.selectFrom('users').select('id').execute();
    });
    await expectUnavailable(idle, {});
    await worksAgain(hurried);
  });

  test('counts as gone when it says nothing, and its connection is not used again', async () => {
    let pid = 0;
    const silent = hurried.transaction(async (tx) => {
      pid = await pidOf(tx);
      process.kill(pid, 'SIGSTOP');
      await sql`select 1`.execute(tx);
    });
    const started = performance.now();
    try {
      await expectUnavailable(silent, { name: 'StorageUnavailableError' });
      expect(performance.now() - started).toBeLessThan(10 * STATEMENT_TIMEOUT_MS);
      await worksAgain(hurried);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });

  test('is unavailable where it lets nobody else in', async () => {
    await sql`create role limited login password 'limited' connection limit 1`.execute(other.queries);
    const limited = new URL(url);
    limited.username = 'limited';
    limited.password = 'limited';
    const [first, second] = [openStore({ url: limited.href }), openStore({ url: limited.href })];
    await first.ping();
    await expectUnavailable(second.ping(), { code: '53300' });
    await first.close();
    await expect.poll(() => second.ping().then(() => 'answers', String), SOON).toBe('answers');
    await second.close();
  });

  test('is unavailable where all connections are in use for too long', async () => {
    const small = openStore({ url, maxConnections: 1, connectTimeoutMs: 1000 });
    await small.transaction(async () => {
      await expectUnavailable(small.ping(), {});
    });
    await small.ping();
    await small.close();
  });

  test('is unavailable where it takes a connection and says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const node = openStore({ url: `postgres://a:b@127.0.0.1:${port}/c`, connectTimeoutMs: 50 });
    await expectUnavailable(node.ping(), {});
    await node.close();
    silent.close();
  });

  test('breaks off one of two transactions that wait for each other', async () => {
    const [one, two] = [await addUser(store), await addUser(store)];
    const locked = Promise.withResolvers<void>();
    const lockBoth = async (node: Store, first: typeof one, second: typeof one, before: () => Promise<void>) =>
      node.transaction(async (tx) => {
        await sql`set local deadlock_timeout = '20ms'`.execute(tx);
        await lockUser(tx, first);
        await before();
        await lockUser(tx, second);
      });
    const results = await Promise.allSettled([
      lockBoth(store, one, two, () => locked.promise),
      lockBoth(other, two, one, async () => {
        locked.resolve();
        await sleep(10);
      }),
    ]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(errors).toMatchObject([{ code: '40P01' }]);
    expect(errors.map(isStorageUnavailable)).toEqual([true]);
    await worksAgain();
  });

  test('is unavailable where a transaction cannot be put in order', async () => {
    const id = await addUser(store);
    const serializable = store.transaction(async (tx) => {
      await sql`set transaction isolation level repeatable read`.execute(tx);
      await findUser(tx, id);
      await sql`update users set name = 'other' where id = ${id}`.execute(other.queries);
      await sql`update users set name = 'own' where id = ${id}`.execute(tx);
    });
    await expectUnavailable(serializable, { code: '40001' });
    await worksAgain();
  });

  test('is unavailable where it is a standby', async () => {
    const readOnly = store.transaction(async (tx) => {
      await sql`set transaction read only`.execute(tx);
      await insertUser(tx, aUser());
    });
    await expectUnavailable(readOnly, { code: '25006' });
    await worksAgain();
  });

  test.each<[string, string, (tx: Tx) => Promise<unknown>]>([
    ['a unique column', '23505', (tx: Tx) => sql`insert into users select * from users`.execute(tx)],
    ['a foreign key', '23503', (tx: Tx) => savePasswordHash(tx, 'usr_unknown', 'hash', NOW)],
    ['a column that may not be null', '23502', (tx: Tx) => sql`update users set role = null`.execute(tx)],
    ['a check', '23514', (tx: Tx) => sql`update users set role = 'emperor'`.execute(tx)],
    ['a type', '22P02', (tx: Tx) => sql`update users set version = 'text'`.execute(tx)],
    ['the grammar', '42601', (tx: Tx) => sql`selekt 1`.execute(tx)],
    ['the schema', '42703', (tx: Tx) => sql`select unknown from users`.execute(tx)],
  ])('is not what is unavailable when %s is violated', async (_, code, violate) => {
    await addUser(store);
    const error = await rejection(store.transaction(violate));
    expect(error).toMatchObject({ code });
    expect(isStorageUnavailable(error)).toBe(false);
  });

  test('is not what is unavailable where the password is wrong', async () => {
    const wrong = new URL(url);
    wrong.password = 'wrong';
    const stranger = openStore({ url: wrong.href });
    const error = await rejection(stranger.ping());
    expect(error).toMatchObject({ code: '28P01' });
    expect(isStorageUnavailable(error)).toBe(false);
    await stranger.close();
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
import { findUser, insertUser, renameUser } from '../../src/storage/users.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { countUp, makeCounter, readCounter } from './counter.ts';
import { addUser, aUser, NOW, UNIQUE_VIOLATION, useNodes } from './nodes.ts';

describeEachDatabase('a transaction', (database) => {
  const nodes = useNodes(database);

  test('is seen by other nodes once it has resolved, and not before', async () => {
    const user = aUser();
    const seen = nodes().first.transaction(async (tx) => {
      await insertUser(tx, user);
      return findUser(nodes().node(1).queries, user.id);
    });
    await expect(seen).resolves.toBeUndefined();
    await expect(findUser(nodes().node(1).queries, user.id)).resolves.toMatchObject({ id: user.id });
  });

  test('is rolled back whole when its work throws, and rejects with what was thrown', async () => {
    const [user, other] = [aUser(), await addUser(nodes().first, { name: 'before' })];
    const thrown = new Error('thrown by the work');
    const failing = nodes().first.transaction(async (tx) => {
      await insertUser(tx, user);
      await renameUser(tx, other, 'after', NOW);
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    await expect(findUser(nodes().first.queries, user.id)).resolves.toBeUndefined();
    await expect(findUser(nodes().first.queries, other)).resolves.toMatchObject({ name: 'before' });
  });

  test('is rolled back whole when a statement fails, and rejects with its error', async () => {
    const [user, taken] = [aUser(), await addUser(nodes().first)];
    const failing = nodes().first.transaction(async (tx) => {
      await insertUser(tx, user);
      await insertUser(tx, aUser({ id: taken }));
    });
    const { sqlite, postgres } = UNIQUE_VIOLATION;
    // A primary key is told apart from other unique columns (SQLITE_CONSTRAINT_PRIMARYKEY).
    await expect(failing).rejects.toMatchObject(
      database.dialect === 'sqlite' ? { errcode: sqlite.errcode - 512 } : postgres,
    );
    await expect(findUser(nodes().first.queries, user.id)).resolves.toBeUndefined();
  });

  test('is rolled back whole when its commit fails, and leaves none open behind it', async () => {
    const deferred = nodes().first.transaction(async (tx) => {
      await sql`create table parent (id integer primary key)`.execute(tx);
      await sql`create table child (id integer references parent (id) deferrable initially deferred)`.execute(tx);
      await sql`insert into child values (1)`.execute(tx);
    });
    await expect(deferred).rejects.toMatchObject(database.dialect === 'sqlite' ? { errcode: 787 } : { code: '23503' });
    await expect(sql`select * from child`.execute(nodes().first.queries)).rejects.toThrow();
    const id = await addUser(nodes().first);
    await expect(findUser(nodes().node(1).queries, id)).resolves.toBeDefined();
  });

  test('refers to rows that are there: foreign keys are enforced', async () => {
    const orphan = nodes().first.transaction((tx) =>
      tx.insertInto('password_credentials').values({ user_id: 'usr_unknown', hash: '', updated_at: NOW }).execute(),
    );
    await expect(orphan).rejects.toMatchObject(database.dialect === 'sqlite' ? { errcode: 787 } : { code: '23503' });
  });

  test('takes the rows of a user with the user', async () => {
    const id = await addUser(nodes().first);
    await nodes().first.transaction(async (tx) => {
      await tx.insertInto('password_credentials').values({ user_id: id, hash: '', updated_at: NOW }).execute();
      await tx.deleteFrom('users').where('id', '=', id).execute();
      await expect(tx.selectFrom('password_credentials').select('hash').execute()).resolves.toEqual([]);
    });
  });

  test('waits its turn where it writes what another one reads and writes', async () => {
    await makeCounter(nodes().first);
    if (database.dialect === 'postgres') {
      // Row locks are asked for there, and tested with what asks for them. Here: no statement is lost.
      await nodes().transactAtOnce(50, (tx) => sql`update counter set n = n + 1`.execute(tx));
    } else {
      await nodes().atOnce(50, (store) => countUp(store));
    }
    await expect(readCounter(nodes().first)).resolves.toBe(50);
  });

  test('may wait for something else while others go on', async () => {
    const id = await addUser(nodes().first);
    const order: string[] = [];
    const slow = nodes().first.transaction(async (tx) => {
      await sleep(30);
      await renameUser(tx, id, 'slow', NOW);
      order.push('slow');
    });
    const reading = findUser(nodes().node(1).queries, id).then(() => order.push('read'));
    await Promise.all([slow, reading]);
    expect(order).toEqual(['read', 'slow']);
  });

  test('and a query give whole numbers and bytes in the same form', async () => {
    const bytes = new Uint8Array([0, 1, 127, 128, 255]);
    const at = { created_at: NOW, next_attempt_at: Number.MAX_SAFE_INTEGER };
    await nodes().first.transaction((tx) =>
      tx
        .insertInto('mail_outbox')
        .values({ ...at, id: 'bytes', kind: 'k', to_address: 'a', content_sealed: bytes, attempts: 0 })
        .execute(),
    );
    const { rows } = await sql<{ n: number; b: Uint8Array; total: number }>`
      select next_attempt_at as n, content_sealed as b, (select count(*) from mail_outbox) as total from mail_outbox
    `.execute(nodes().node(1).queries);
    expect(rows).toMatchObject([{ n: Number.MAX_SAFE_INTEGER, total: 1 }]);
    expect(rows[0]!.b).toStrictEqual(bytes);
  });

  test('tells how many rows it changed', async () => {
    const changed = await nodes().first.transaction(async (tx) => {
      await insertUser(tx, aUser({ name: 'counted' }));
      await insertUser(tx, aUser({ name: 'counted' }));
      return tx.updateTable('users').set({ name: 'changed' }).where('name', '=', 'counted').executeTakeFirst();
    });
    expect(changed.numUpdatedRows).toBe(2n);
  });
});

describeEachDatabase('a store', (database) => {
  const nodes = useNodes(database);

  test('answers a ping, and after it was closed no more', async () => {
    await expect(nodes().first.ping()).resolves.toBeUndefined();
    const store = openStore({ url: database.url });
    await store.ping();
    await store.close();
    await expect(store.ping()).rejects.toThrow();
  });
});

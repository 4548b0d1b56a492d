import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  administratorExists,
  findUser,
  findUserWithPassword,
  insertUser,
  lockUser,
  lockUserByEmail,
  markEmailVerified,
  raiseUserVersion,
  renameUser,
  savePasswordHash,
  setUserRole,
} from '../../src/storage/users.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addUser, aUser, NOW, useNodes } from './nodes.ts';

describeEachDatabase('users', (database) => {
  const nodes = useNodes(database);

  test('are read as they were written', async () => {
    const { first } = nodes();
    const user = aUser({ name: 'Zoë 🦊', emailVerifiedAt: NOW - 1 });
    await expect(first.transaction((tx) => insertUser(tx, user))).resolves.toBe(true);
    const expected = {
      id: user.id,
      email: user.email.address,
      emailVerifiedAt: NOW - 1,
      name: 'Zoë 🦊',
      role: 'user',
      applicationRoles: [],
      version: 1,
      createdAt: NOW,
      bannedAt: null,
    };
    await expect(findUser(nodes().node(1).queries, user.id)).resolves.toEqual(expected);
    await expect(findUserWithPassword(first.queries, user.email.key)).resolves.toEqual({
      user: expected,
      password: null,
    });
    await expect(findUser(first.queries, 'usr_unknown')).resolves.toBeUndefined();
    await expect(findUserWithPassword(first.queries, user.email.address)).resolves.toBeUndefined();
  });

  test('are made once by 50 who sign up with the address at once', async () => {
    const { email } = aUser();
    const made = await nodes().transactAtOnce(50, async (tx) => {
      const user = aUser({ email });
      return { user, inserted: await insertUser(tx, user), found: await lockUserByEmail(tx, email.key) };
    });
    const winners = made.filter(({ inserted }) => inserted);
    expect(winners).toHaveLength(1);
    expect(new Set(made.map(({ found }) => found?.id))).toEqual(new Set([winners[0]!.user.id]));
  });

  test('are made by the one who waited where the other rolled back', async () => {
    const { email } = aUser();
    const inserted = Promise.withResolvers<void>();
    const abandoned = nodes().first.transaction(async (tx) => {
      await insertUser(tx, aUser({ email }));
      inserted.resolve();
      await sleep(50);
      throw new Error('abandoned');
    });
    await inserted.promise;
    const waiting = nodes()
      .node(1)
      .transaction((tx) => insertUser(tx, aUser({ email })));
    await expect(abandoned).rejects.toThrow('abandoned');
    await expect(waiting).resolves.toBe(true);
  });

  test.each([
    ['by id', lockUser],
    ['by address', lockUserByEmail],
  ] as const)('are locked %s: 50 that read and then write lose nothing', async (_, lock) => {
    const user = aUser({ name: '0' });
    await nodes().first.transaction((tx) => insertUser(tx, user));
    await nodes().transactAtOnce(50, async (tx) => {
      const locked = await (lock === lockUser ? lockUser(tx, user.id) : lockUserByEmail(tx, user.email.key));
      await renameUser(tx, user.id, String(Number(locked?.name) + 1), NOW);
    });
    await expect(findUser(nodes().first.queries, user.id)).resolves.toMatchObject({ name: '50' });
  });

  test('get a higher version each time, without a lost one, when 50 raise it at once', async () => {
    const id = await addUser(nodes().first);
    const versions = await nodes().transactAtOnce(50, (tx) => raiseUserVersion(tx, id, NOW));
    expect(versions.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 50 }, (_, n) => n + 2));
    await expect(findUser(nodes().first.queries, id)).resolves.toMatchObject({ version: 51 });
  });

  test('that do not exist have no version to raise', async () => {
    await expect(nodes().first.transaction((tx) => raiseUserVersion(tx, 'usr_unknown', NOW))).rejects.toThrow();
  });

  test('keep the instant of the first verification', async () => {
    const id = await addUser(nodes().first);
    await nodes().first.transaction((tx) => markEmailVerified(tx, id, NOW + 1));
    await nodes().transactAtOnce(10, (tx, index) => markEmailVerified(tx, id, NOW + 2 + index));
    await expect(findUser(nodes().first.queries, id)).resolves.toMatchObject({ emailVerifiedAt: NOW + 1 });
  });

  test('have one password, the last that was saved, after 50 saved one at once', async () => {
    const user = aUser();
    await nodes().first.transaction((tx) => insertUser(tx, user));
    await nodes().transactAtOnce(50, (tx, index) => savePasswordHash(tx, user.id, `hash ${index}`, NOW));
    const found = await findUserWithPassword(nodes().first.queries, user.email.key);
    expect(found?.password?.hash).toMatch(/^hash \d+$/);
    await nodes().first.transaction((tx) => savePasswordHash(tx, user.id, 'the last', NOW));
    await expect(findUserWithPassword(nodes().first.queries, user.email.key)).resolves.toMatchObject({
      password: { hash: 'the last', setAt: NOW },
    });
  });

  test('are administrators once promoted', async () => {
    const id = await addUser(nodes().first);
    await expect(administratorExists(nodes().first.queries)).resolves.toBe(false);
    await nodes().first.transaction((tx) => setUserRole(tx, id, 'administrator', NOW));
    await expect(administratorExists(nodes().node(2).queries)).resolves.toBe(true);
    await expect(findUser(nodes().first.queries, id)).resolves.toMatchObject({ role: 'administrator' });
  });
});

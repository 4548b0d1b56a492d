import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { UserId } from '../../src/domain/ids.ts';
import {
  consumeOneTimeToken,
  deleteTokensOfUser,
  purgeOneTimeTokens,
  replaceOneTimeToken,
} from '../../src/storage/one-time-tokens.ts';
import { lockServer } from '../../src/storage/server-lock.ts';
import type { Tx } from '../../src/storage/store.ts';
import { lockUser } from '../../src/storage/users.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { addUser, NOW, UNIQUE_VIOLATION, useNodes } from './nodes.ts';

const LIFE_MS = 1000;
const ADDRESS = 'somebody@example.org';

describeEachDatabase('one-time tokens', (database) => {
  const nodes = useNodes(database);

  const replace = async (tx: Tx, userId: UserId | null, hash: string) =>
    replaceOneTimeToken(tx, {
      hash,
      userId,
      purpose: userId === null ? 'first_administrator' : 'verify_email',
      address: userId === null ? null : ADDRESS,
      now: NOW,
      expiresAt: NOW + LIFE_MS,
    });
  const consume = async (hash: string, now = NOW, purpose: 'verify_email' | 'first_administrator' = 'verify_email') =>
    nodes().first.transaction((tx) => consumeOneTimeToken(tx, hash, purpose, now));

  test.each(['of a user', 'of the server'])('%s are consumed by exactly one of 50 at once', async (whose) => {
    const userId = whose === 'of a user' ? await addUser(nodes().first) : null;
    const purpose = userId === null ? 'first_administrator' : 'verify_email';
    await nodes().first.transaction((tx) => replace(tx, userId, whose));
    const uses = await nodes().transactAtOnce(50, (tx) => consumeOneTimeToken(tx, whose, purpose, NOW));
    const address = userId === null ? null : ADDRESS;
    expect(uses.filter(({ kind }) => kind === 'consumed')).toEqual([
      { kind: 'consumed', userId, address, createdAt: NOW },
    ]);
    expect(uses.filter(({ kind }) => kind === 'unknown')).toHaveLength(49);
  });

  test('are still good where their use was rolled back', async () => {
    const userId = await addUser(nodes().first);
    await nodes().first.transaction((tx) => replace(tx, userId, 'rolled back'));
    const failing = nodes().first.transaction(async (tx) => {
      await consumeOneTimeToken(tx, 'rolled back', 'verify_email', NOW);
      throw new Error('failed later');
    });
    await expect(failing).rejects.toThrow('failed later');
    await expect(consume('rolled back')).resolves.toMatchObject({ kind: 'consumed' });
  });

  test('are nothing for another purpose, and stay', async () => {
    const userId = await addUser(nodes().first);
    await nodes().first.transaction((tx) => replace(tx, userId, 'purpose'));
    await expect(consume('purpose', NOW, 'first_administrator')).resolves.toEqual({ kind: 'unknown' });
    await expect(consume('purpose')).resolves.toMatchObject({ kind: 'consumed' });
  });

  test('expire at their instant, and go when they are tried', async () => {
    const userId = await addUser(nodes().first);
    await nodes().first.transaction((tx) => replace(tx, userId, 'late'));
    await expect(consume('late', NOW + LIFE_MS)).resolves.toEqual({ kind: 'expired' });
    await expect(consume('late', NOW)).resolves.toEqual({ kind: 'unknown' });
    await nodes().first.transaction((tx) => replace(tx, userId, 'just in time'));
    await expect(consume('just in time', NOW + LIFE_MS - 1)).resolves.toMatchObject({ kind: 'consumed' });
  });

  test('of a user are good for the newest alone when 50 replace them at once', async () => {
    const userId = await addUser(nodes().first);
    const bystander = await addUser(nodes().first);
    await nodes().first.transaction((tx) => replace(tx, bystander, 'bystander'));
    const order: string[] = [];
    await nodes().transactAtOnce(50, async (tx, index) => {
      await lockUser(tx, userId);
      await replace(tx, userId, `newest ${index}`);
      order.push(`newest ${index}`);
    });
    const uses = await Promise.all(order.map(async (hash) => ({ hash, use: await consume(hash) })));
    expect(uses.filter(({ use }) => use.kind === 'consumed').map(({ hash }) => hash)).toEqual([order.at(-1)]);
    await expect(consume('bystander')).resolves.toMatchObject({ kind: 'consumed', userId: bystander });
  });

  test('of the server are good for the newest alone when 50 replace them at once', async () => {
    const order: string[] = [];
    await nodes().transactAtOnce(50, async (tx, index) => {
      await lockServer(tx);
      await replace(tx, null, `server ${index}`);
      order.push(`server ${index}`);
    });
    const consumed = await Promise.all(order.map((hash) => consume(hash, NOW, 'first_administrator')));
    expect(consumed.filter(({ kind }) => kind === 'consumed')).toHaveLength(1);
    expect(consumed.at(-1)).toMatchObject({ kind: 'consumed', userId: null, address: null });
  });

  test('are one a user and purpose, whatever the caller forgot to do first', async () => {
    const twice = nodes().first.transaction(async (tx) => {
      const row = { user_id: null, purpose: 'other', address: null, created_at: NOW, expires_at: NOW };
      await tx
        .insertInto('one_time_tokens')
        .values({ ...row, token_hash: 'first' })
        .execute();
      await tx
        .insertInto('one_time_tokens')
        .values({ ...row, token_hash: 'second' })
        .execute();
    });
    await expect(twice).rejects.toMatchObject(UNIQUE_VIOLATION[database.dialect]);
  });

  test('are consumed and replaced at once without a deadlock', async () => {
    const userId = await addUser(nodes().first);
    await nodes().first.transaction((tx) => replace(tx, userId, 'mailed'));
    const locked = Promise.withResolvers<void>();
    const replacing = nodes()
      .node(0)
      .transaction(async (tx) => {
        await lockUser(tx, userId);
        locked.resolve();
        // Long enough for the other to get as far as it can.
        await sleep(100);
        await replace(tx, userId, 'mailed again');
      });
    await locked.promise;
    const consuming = nodes()
      .node(1)
      .transaction(async (tx) => {
        const use = await consumeOneTimeToken(tx, 'mailed', 'verify_email', NOW);
        await lockUser(tx, userId);
        return use;
      });
    await expect(replacing).resolves.toBeUndefined();
    await expect(consuming).resolves.toEqual({ kind: 'unknown' });
    await expect(consume('mailed again')).resolves.toMatchObject({ kind: 'consumed' });
  });

  test('are removed on demand and after they expired', async () => {
    const [one, other] = [await addUser(nodes().first), await addUser(nodes().first)];
    await nodes().first.transaction(async (tx) => {
      await replace(tx, one, 'deleted');
      await replace(tx, other, 'purged');
      await deleteTokensOfUser(tx, one);
      await expect(purgeOneTimeTokens(tx, NOW + LIFE_MS - 1, 100)).resolves.toBe(0);
    });
    await expect(consume('deleted')).resolves.toEqual({ kind: 'unknown' });
    const purged = await nodes().transactAtOnce(10, (tx) => purgeOneTimeTokens(tx, NOW + LIFE_MS, 100));
    expect(purged.reduce((sum, count) => sum + count)).toBe(1);
    await expect(consume('purged')).resolves.toEqual({ kind: 'unknown' });
  });
});

import { expect, test } from 'vitest';
import { purgeUsedTokenIds, takeTokenId, type TokenUse } from '../../src/storage/used-token-ids.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { NOW, useNodes } from './nodes.ts';

const USE: TokenUse = { kind: 'client_assertion', owner: 'cli_1', id: 'a', expiresAt: NOW + 1000 };

describeEachDatabase('ids of tokens that work once', (database) => {
  const nodes = useNodes(database);
  const take = (use: Partial<TokenUse>) => nodes().first.transaction((tx) => takeTokenId(tx, { ...USE, ...use }));

  test('are taken by exactly one of 50 at once', async () => {
    const taken = await nodes().transactAtOnce(50, (tx) => takeTokenId(tx, USE));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await expect(take({})).resolves.toBe(false);
  });

  test.each<[string, Partial<TokenUse>]>([
    ['kind', { kind: 'dpop_proof' }],
    ['owner', { owner: 'cli_2' }],
    ['id', { id: 'b' }],
    ['border between the two', { owner: 'cli_1a', id: '' }],
  ])('of another %s are others', async (_what, other) => {
    await take({});
    await expect(take(other)).resolves.toBe(true);
  });

  test('are free again where the transaction is undone', async () => {
    const failure = new Error('undone');
    const undone = nodes().first.transaction(async (tx) => {
      await takeTokenId(tx, { ...USE, id: 'undone' });
      throw failure;
    });
    await expect(undone).rejects.toBe(failure);
    await expect(take({ id: 'undone' })).resolves.toBe(true);
  });

  test('go once the token has expired, not before', async () => {
    await take({ id: 'old', expiresAt: NOW });
    await take({ id: 'young', expiresAt: NOW + 1 });
    await nodes().first.transaction((tx) => purgeUsedTokenIds(tx, NOW, 100));
    await expect(take({ id: 'young', expiresAt: NOW + 1 })).resolves.toBe(false);
    await expect(take({ id: 'old' })).resolves.toBe(true);
  });
});

import { expect, test } from 'vitest';
import type { SigningKey } from '../../src/domain/keys/signing-key.ts';
import { lockServer } from '../../src/storage/server-lock.ts';
import {
  activateSigningKey,
  deleteSigningKey,
  insertSigningKey,
  listSigningKeys,
  retireSigningKey,
} from '../../src/storage/signing-keys.ts';
import type { Tx } from '../../src/storage/store.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { NOW, UNIQUE_VIOLATION, useNodes } from './nodes.ts';

function aKey(kid: string, state: SigningKey['state'], createdAt = NOW): SigningKey {
  return {
    kid,
    algorithm: 'ES256',
    state,
    publicJwk: '{"kty":"EC"}',
    privateSealed: new Uint8Array([1, 2, 0, 255]),
    createdAt,
    activatedAt: state === 'active' ? createdAt : null,
    retiredAt: null,
  };
}

describeEachDatabase('signing keys', (database) => {
  const nodes = useNodes(database);

  const empty = async (tx: Tx) => {
    for (const { kid } of await listSigningKeys(tx)) await deleteSigningKey(tx, kid);
  };
  /** Makes these the only keys, and does something with them. */
  const given = async (keys: readonly SigningKey[], then: (tx: Tx) => Promise<void>) =>
    nodes().first.transaction(async (tx) => {
      await empty(tx);
      for (const key of keys) await insertSigningKey(tx, key);
      await then(tx);
    });
  const list = async () => listSigningKeys(nodes().node(1).queries);

  test('are read as they were written, the newest first', async () => {
    const [active, next] = [aKey('a', 'active', NOW - 1), aKey('n', 'next')];
    await given([active, next], async () => {});
    await expect(list()).resolves.toStrictEqual([next, active]);
  });

  test('go from next to active to retired', async () => {
    await given([aKey('a', 'active'), aKey('n', 'next')], async (tx) => {
      await retireSigningKey(tx, 'a', NOW + 1);
      await activateSigningKey(tx, 'n', NOW + 1);
    });
    await expect(list()).resolves.toMatchObject([
      { kid: 'a', state: 'retired', activatedAt: NOW, retiredAt: NOW + 1 },
      { kid: 'n', state: 'active', activatedAt: NOW + 1, retiredAt: null },
    ]);
  });

  test.each(['active', 'next'] as const)('have one %s among them: the database sees to it', async (state) => {
    const second = given([aKey('one', state)], (tx) => insertSigningKey(tx, aKey('other', state)));
    await expect(second).rejects.toMatchObject(UNIQUE_VIOLATION[database.dialect]);
  });

  test('are not activated while another one is active', async () => {
    const second = given([aKey('a', 'active'), aKey('n', 'next')], (tx) => activateSigningKey(tx, 'n', NOW));
    await expect(second).rejects.toMatchObject(UNIQUE_VIOLATION[database.dialect]);
  });

  test.each([
    ['activated when active', (tx: Tx) => activateSigningKey(tx, 'a', NOW + 1)],
    ['activated when unknown', (tx: Tx) => activateSigningKey(tx, 'unknown', NOW + 1)],
    ['retired when retired', (tx: Tx) => retireSigningKey(tx, 'r', NOW + 1)],
    ['retired when unknown', (tx: Tx) => retireSigningKey(tx, 'unknown', NOW + 1)],
  ])('are not %s', async (_, change) => {
    const keys = [aKey('a', 'active'), { ...aKey('r', 'retired'), retiredAt: NOW }];
    await given(keys, async () => {});
    await expect(nodes().first.transaction(change)).rejects.toThrow();
    await expect(list()).resolves.toStrictEqual(keys);
  });

  test('are rotated in turn under the lock of the server, by 20 at once', async () => {
    await given([aKey('0', 'active')], (tx) => insertSigningKey(tx, aKey('1', 'next')));
    await nodes().transactAtOnce(20, async (tx) => {
      await lockServer(tx);
      const keys = await listSigningKeys(tx);
      const { active, next } = Object.fromEntries(keys.map((key) => [key.state, key.kid]));
      await retireSigningKey(tx, active!, NOW);
      await activateSigningKey(tx, next!, NOW);
      await insertSigningKey(tx, aKey(String(keys.length), 'next'));
    });
    const keys = await list();
    expect(keys.filter(({ state }) => state === 'retired')).toHaveLength(20);
    expect(keys.find(({ state }) => state === 'active')?.kid).toBe('20');
    expect(keys.find(({ state }) => state === 'next')?.kid).toBe('21');
  });

  test('are removed once, by however many at once', async () => {
    await given([aKey('a', 'active')], async () => {});
    await nodes().transactAtOnce(10, (tx) => deleteSigningKey(tx, 'a'));
    await expect(list()).resolves.toEqual([]);
  });
});

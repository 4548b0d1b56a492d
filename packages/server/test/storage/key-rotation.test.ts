import { expect, test } from 'vitest';
import { KEY_SET_MAX_AGE_SECONDS } from '../../src/domain/keys/lifecycle.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/domain/instant.ts';
import { withKeyPairs } from '../../src/operations/carry-out-key-plan.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { rotateSigningKeys } from '../../src/operations/manage-signing-keys.ts';
import { listSigningKeys } from '../../src/storage/signing-keys.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { createTestContext, TestClock } from '../support/test-server.ts';

const KNOWN_AFTER_MS = KEY_SET_MAX_AGE_SECONDS * SECOND_MS + MINUTE_MS;

describeEachDatabase('a rotation of the signing keys', (database) => {
  test('waits until every verifier can know the next key, unless it is told not to', async () => {
    const clock = new TestClock();
    const { url: databaseUrl } = await database.fresh();
    await using node = await createTestContext(clock, { databaseUrl });
    const { operations } = node;
    const kids = async () => (await listSigningKeys(operations.store.queries)).map(({ kid }) => kid);
    const possibleFrom = clock.now() + KNOWN_AFTER_MS;
    const before = await kids();
    clock.advance(KNOWN_AFTER_MS - 1);
    expect(await rotateSigningKeys(operations, 'test')).toEqual({ kind: 'next_key_too_new', possibleFrom });
    expect(await kids()).toEqual(before);
    clock.advance(1);
    expect(await rotateSigningKeys(operations, 'test')).toMatchObject({ kind: 'rotated' });
    expect(await rotateSigningKeys(operations, 'test')).toMatchObject({ kind: 'next_key_too_new' });
    expect(await rotateSigningKeys(operations, 'test', { dangerouslyNow: true })).toMatchObject({ kind: 'rotated' });
    expect(await kids()).toHaveLength(4);
  });

  test('happens once by 10 at once', async () => {
    const clock = new TestClock();
    const { url: databaseUrl } = await database.fresh();
    await using one = await createTestContext(clock, { databaseUrl });
    await using other = await createTestContext(clock, { databaseUrl });
    clock.advance(KNOWN_AFTER_MS);
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => rotateSigningKeys((index % 2 ? one : other).operations, 'test')),
    );
    // The next key of the first is too new for all others.
    expect(results.filter(({ kind }) => kind === 'rotated')).toHaveLength(1);
  });

  test('makes its key pairs while nothing is locked', async () => {
    const { url: databaseUrl } = await database.fresh();
    await using node = await createTestContext(new TestClock(), { databaseUrl });
    const { store, random } = node.operations;
    let open = 0;
    const openWhenMade: number[] = [];
    const operations: OperationContext = {
      ...node.operations,
      store: {
        ...store,
        transaction: async (work) => {
          open += 1;
          return store.transaction(work).finally(() => (open -= 1));
        },
      },
      // Each pair takes randomness once, to be encrypted.
      random: (length) => {
        openWhenMade.push(open);
        return random(length);
      },
    };
    const given = await withKeyPairs(operations, async (_tx, pairs) =>
      pairs.length < 2 ? { needs: 2 } : { done: new Set(pairs.map(({ kid }) => kid)) },
    );
    expect(given.size).toBe(2);
    expect(openWhenMade).toEqual([0, 0]);
  });
});

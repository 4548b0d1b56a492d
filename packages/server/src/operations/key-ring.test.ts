import { expect, test } from 'vitest';
import { createTestContext, TestClock } from '../../test/support/test-server.ts';
import { deleteSigningKey } from '../storage/signing-keys.ts';

test('keys that are being read while a key is revoked are not kept', async () => {
  await using context = await createTestContext(new TestClock());
  const { keyRing, store } = context.operations;
  keyRing.forget();
  const reading = keyRing.publicKeySet();
  keyRing.forget();
  const [first] = (await reading).keys;
  await store.transaction((tx) => deleteSigningKey(tx, first?.kid ?? ''));
  const active = (await keyRing.publicKeySet().catch(() => ({ keys: [] }))).keys;
  expect(active.map(({ kid }) => kid)).not.toContain(first?.kid);
});

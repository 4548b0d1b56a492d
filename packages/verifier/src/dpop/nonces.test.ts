import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { nodeRuntime } from '../runtime-node.ts';
import { webRuntime } from '../runtime-web.ts';
import { Nonces } from './nonces.ts';

const SECRET = new Uint8Array(32).fill(7);
const PERIOD_MS = 150_000;
/** The first instant of a period. */
const NOW_MS = 12_000_000 * PERIOD_MS;

test.each([
  ['Node', nodeRuntime],
  ['Web Crypto', webRuntime],
])('RFC 9449 §8: on %s, good in its own time and in the next', async (_name, runtime) => {
  const nonces = new Nonces(runtime.macOf(SECRET));
  const nonce = await nonces.current(NOW_MS);
  // RFC 9449 §8.1: characters that a header may have. The same on every runtime.
  expect(nonce).toBe(createHmac('sha256', SECRET).update('dpop-nonce:12000000').digest('base64url'));
  const expiresAtMs = NOW_MS + 2 * PERIOD_MS;
  for (const nowMs of [NOW_MS - 1, NOW_MS, expiresAtMs - 1]) {
    expect(await nonces.expiryOf(nonce, nowMs)).toBe(expiresAtMs);
  }
  expect(await nonces.expiryOf(nonce, expiresAtMs)).toBeUndefined();
  expect(await nonces.expiryOf(nonce, NOW_MS - PERIOD_MS - 1)).toBeUndefined();
});

test('of another secret, cut short, changed or invented are none', async () => {
  const nonces = new Nonces(nodeRuntime.macOf(SECRET));
  const nonce = await nonces.current(NOW_MS);
  const other = await new Nonces(nodeRuntime.macOf(new Uint8Array(32))).current(NOW_MS);
  for (const text of [other, nonce.slice(0, -1), `${nonce}A`, nonce.toLowerCase(), '', 'x']) {
    expect(await nonces.expiryOf(text, NOW_MS)).toBeUndefined();
  }
});

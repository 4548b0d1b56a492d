import { createSecretKey } from 'node:crypto';
import { expect, test } from 'vitest';
import type { UserId } from '../ids.ts';
import { knownDevice, rememberDevice } from './known-device.ts';

const key = createSecretKey(Buffer.alloc(32, 1));
const otherKey = createSecretKey(Buffer.alloc(32, 2));
let counter = 0;
const random = (length: number) => new Uint8Array(length).fill((counter += 1));
const user = (number: number): UserId => `usr_${String(number).padStart(32, '0')}`;

test('a browser is known to the account that it signed in to, and to no other', () => {
  const known = rememberDevice(undefined, user(1), key, random);
  expect(knownDevice(known, user(1), key)).toMatch(/^[0-9a-f]{24}$/);
  expect(knownDevice(known, user(2), key)).toBeUndefined();
  expect(knownDevice(known, user(1), otherKey)).toBeUndefined();
});

test('several accounts are kept, the newest five', () => {
  let known: string | undefined;
  for (let number = 1; number <= 6; number += 1) known = rememberDevice(known, user(number), key, random);
  expect(knownDevice(known, user(1), key)).toBeUndefined();
  for (let number = 2; number <= 6; number += 1) expect(knownDevice(known, user(number), key)).toBeDefined();
});

test('signing in again replaces the proof, and does not push the others out', () => {
  const first = rememberDevice(rememberDevice(undefined, user(1), key, random), user(2), key, random);
  const again = rememberDevice(first, user(1), key, random);
  expect(again.split('.')).toHaveLength(2);
  expect(knownDevice(again, user(1), key)).not.toBe(knownDevice(first, user(1), key));
  expect(knownDevice(again, user(2), key)).toBeDefined();
});

test.each([undefined, '', '.', '....', 'lkd_', `lkd_${'A'.repeat(59)}`, `lkd_${'A'.repeat(58)}=`, 'x'.repeat(10_000)])(
  'is not impressed by %j',
  (known) => {
    expect(knownDevice(known, user(1), key)).toBeUndefined();
    expect(rememberDevice(known, user(1), key, random)).toContain('lkd_');
  },
);

test('every changed character of a proof makes it none', () => {
  const known = rememberDevice(undefined, user(1), key, random);
  for (let at = 'lkd_'.length; at < known.length; at += 1) {
    const changed = `${known.slice(0, at)}${known[at] === 'A' ? 'B' : 'A'}${known.slice(at + 1)}`;
    // The last character holds two bits that no byte has: one in four texts means the same.
    if (Buffer.from(changed.slice(4), 'base64url').equals(Buffer.from(known.slice(4), 'base64url'))) continue;
    expect(knownDevice(changed, user(1), key)).toBeUndefined();
  }
});

test('takes as long where there is no account', () => {
  let known: string | undefined;
  for (let number = 1; number <= 5; number += 1) known = rememberDevice(known, user(number), key, random);
  const least = (userId: UserId | undefined): number => {
    const times = Array.from({ length: 20 }, () => {
      const begin = performance.now();
      for (let calls = 0; calls < 20; calls += 1) expect(knownDevice(known, userId, key)).toBeUndefined();
      return performance.now() - begin;
    });
    return Math.min(...times);
  };
  expect(least(undefined)).toBeGreaterThan(least(user(9)) / 3);
});

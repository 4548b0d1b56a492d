import { describe, expect, test } from 'vitest';
import { normalisePassword } from '../domain/passwords/policy.ts';
import { HashingBusyError } from '../operations/unavailable.ts';
import { createPasswordHasher } from './password-hasher.ts';

const password = normalisePassword('correct horse battery staple');
const hasher = createPasswordHasher(2);

describe('a hash', () => {
  test('is argon2id with the parameters of OWASP, and a salt of its own', async () => {
    const [first, second] = await Promise.all([hasher.hash(password), hasher.hash(password)]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(second).not.toBe(first);
    expect(await hasher.verify(first, password)).toBe(true);
    expect(await hasher.verify(second, password)).toBe(true);
  });

  test('tells passwords apart to the last character, behind a NUL, and beyond any length', async () => {
    const long = 'x'.repeat(1024);
    for (const [one, other] of [
      [long, `${long.slice(1)}y`],
      ['a\0b12345', 'a\0c12345'],
      ['password', 'password '],
    ] as const) {
      const hash = await hasher.hash(normalisePassword(one));
      expect(await hasher.verify(hash, normalisePassword(other))).toBe(false);
      expect(await hasher.verify(hash, normalisePassword(one))).toBe(true);
    }
  });
});

describe('other parameters', () => {
  const weaker = createPasswordHasher(1, { memoryCost: 1024, timeCost: 1 });

  test('are seen in a hash, which matches all the same', async () => {
    const old = await weaker.hash(password);
    expect(old).toContain('$m=1024,t=1,p=1$');
    expect(await hasher.verify(old, password)).toBe(true);
    expect(hasher.isOutdated(old)).toBe(true);
    expect(hasher.isOutdated(await hasher.hash(password))).toBe(false);
    expect(weaker.isOutdated(old)).toBe(false);
  });
});

describe('where there is no account', () => {
  test('no password matches', async () => {
    for (const text of ['', 'password', '\0'.repeat(32)]) {
      expect(await hasher.verify(null, normalisePassword(text))).toBe(false);
    }
  });

  test('the work is the same: a real hash is computed', async () => {
    const hash = await hasher.hash(password);
    const time = async (stored: string | null) => {
      const startedAt = performance.now();
      await hasher.verify(stored, password);
      return performance.now() - startedAt;
    };
    const fastest = async (stored: string | null) =>
      Math.min(await time(stored), await time(stored), await time(stored));
    // Without a hash this would be a thousandth. Whole numbers of times apart are the machine's own.
    expect(await fastest(null)).toBeGreaterThan((await fastest(hash)) / 4);
  });
});

describe('the bound', () => {
  test('lets 32 wait for each core, and refuses the rest at once', async () => {
    const bounded = createPasswordHasher(1);
    const all = Promise.allSettled(Array.from({ length: 60 }, async () => bounded.hash(password)));
    expect(bounded.pending()).toBeLessThanOrEqual(33);
    const settled = await all;
    const refused = settled.filter((result) => result.status === 'rejected');
    expect(refused.every(({ reason }) => reason instanceof HashingBusyError)).toBe(true);
    expect(settled.length - refused.length).toBeGreaterThanOrEqual(32);
    expect(settled.length - refused.length).toBeLessThanOrEqual(33);
    expect(bounded.pending()).toBe(0);
    expect(await bounded.verify(null, password)).toBe(false);
  });
});

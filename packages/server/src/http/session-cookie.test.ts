import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endedSessionCookie, readCookie, sessionCookie } from './session-cookie.ts';

describe('the value of a cookie', () => {
  test.each<[header: string | null | undefined, value: string | undefined]>([
    [undefined, undefined],
    [null, undefined],
    ['', undefined],
    ['latchkey=a', 'a'],
    ['latchkey=', ''],
    ['latchkey', undefined],
    ['=a', undefined],
    ['x=y; latchkey=a', 'a'],
    ['x=y;latchkey=a;z', 'a'],
    ['   latchkey=a   ', 'a'],
    ['latchkey=a=b', 'a=b'],
    ['latchkey="a"', '"a"'],
    ['xlatchkey=a', undefined],
    ['latchkey.0=a', undefined],
    ['latchkeyx=a', undefined],
    ['LATCHKEY=a', undefined],
    ['latchkey =a', undefined],
    ['x=latchkey=a', undefined],
    ['x="; latchkey=a"', 'a"'],
    // One of them was planted, and nothing tells which.
    ['latchkey=a; latchkey=a', undefined],
    ['latchkey=a; latchkey=b', undefined],
    ['latchkey=; latchkey=b', undefined],
    ['latchkey=a; x=y; latchkey=', undefined],
  ])('%j', (header, value) => {
    expect(readCookie(header, 'latchkey')).toBe(value);
  });

  test('is found among any others, and only once', () => {
    const name = fc.constantFrom('latchkey', 'latchkey.0', 'xlatchkey', 'a', '', 'latchke');
    const value = fc.string({ unit: fc.constantFrom('a', '=', '"', '_', '%') });
    const pairs = fc.array(fc.tuple(name, value), { maxLength: 6 });
    fc.assert(
      fc.property(pairs, fc.constantFrom(';', '; ', ';;', ' ; '), (cookies, separator) => {
        const ours = cookies.filter(([each]) => each === 'latchkey').map(([, each]) => each);
        const header = cookies.map(([each, text]) => `${each}=${text}`).join(separator);
        expect(readCookie(header, 'latchkey')).toBe(ours.length === 1 ? ours[0] : undefined);
      }),
    );
  });

  test('a header of nothing but separators takes no time', () => {
    const startedAt = performance.now();
    expect(readCookie('; '.repeat(100_000), 'latchkey')).toBeUndefined();
    expect(readCookie(' '.repeat(200_000), 'latchkey')).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('the text that sets it', () => {
  const NOW = Date.UTC(2026, 0, 1);
  const ISSUER = 'https://id.example.com';
  const text = (lifeMs: number, remember = true) =>
    sessionCookie(ISSUER, 1, 'lks_x', { remember, expiresAt: NOW + lifeMs }, NOW);

  test.each([
    [1000, 1],
    [1999, 1],
    [999, 0],
    [0, 0],
    [-5000, 0],
    [400 * 86_400_000, 34_560_000],
    [400 * 86_400_000 + 5000, 34_560_000],
  ])('a session that ends in %d ms: Max-Age=%d', (lifeMs, seconds) => {
    expect(text(lifeMs)).toBe(
      `__Host-Http-latchkey.1=lks_x; Max-Age=${seconds}; Path=/; HttpOnly; Secure; SameSite=Strict`,
    );
  });

  test('one that is not remembered ends with the browser', () => {
    expect(text(5000, false)).toBe('__Host-Http-latchkey.1=lks_x; Path=/; HttpOnly; Secure; SameSite=Strict');
  });

  test('and the one that takes it away', () => {
    expect(endedSessionCookie(ISSUER, undefined)).toBe(
      '__Host-Http-latchkey=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
  });
});

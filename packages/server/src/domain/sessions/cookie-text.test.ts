import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { httpOnlyCookie, readCookie } from './cookie-text.ts';

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
  const attributes = { maxAgeSeconds: 5, path: '/', secure: true, sameSite: 'Lax' } as const;

  test('says no more than it is told', () => {
    expect(httpOnlyCookie('a', 'b', attributes)).toBe('a=b; Max-Age=5; Path=/; HttpOnly; Secure; SameSite=Lax');
    const plain = { maxAgeSeconds: undefined, path: '/x', secure: false, sameSite: 'Strict' } as const;
    expect(httpOnlyCookie('a', '', plain)).toBe('a=; Path=/x; HttpOnly; SameSite=Strict');
  });

  test.each(['', 'a b', 'a=b', 'a;b', 'a\n', 'é'])('%j is no name', (name) => {
    expect(() => httpOnlyCookie(name, 'b', attributes)).toThrow(TypeError);
  });

  test.each(['b; Domain=example.com', 'b\r\nSet-Cookie: c=d', '"b"', 'b,c', 'b c', 'b\\', 'é', 'b\n'])(
    '%j is no value (RFC 6265 §4.1.1)',
    (value) => {
      expect(() => httpOnlyCookie('a', value, attributes)).toThrow(TypeError);
    },
  );
});

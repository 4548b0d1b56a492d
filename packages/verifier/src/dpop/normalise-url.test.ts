import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normaliseUrl } from './normalise-url.ts';

describe('RFC 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3: one form of', () => {
  test.each([
    ['the URL itself', 'https://api.example.com/notes/7', 'https://api.example.com/notes/7'],
    ['capitals in scheme and host', 'HTTPS://API.Example.COM/Notes', 'https://api.example.com/Notes'],
    ['the usual port', 'https://api.example.com:443/a', 'https://api.example.com/a'],
    ['the usual port of http', 'http://localhost:80/a', 'http://localhost/a'],
    ['another port', 'https://api.example.com:80/a', 'https://api.example.com:80/a'],
    ['no path', 'https://api.example.com', 'https://api.example.com/'],
    ['query and fragment', 'https://api.example.com/a?b=/c#d', 'https://api.example.com/a'],
    ['a query without a path', 'https://api.example.com?b', 'https://api.example.com/'],
    ['dots', 'https://api.example.com/a/./b/../c', 'https://api.example.com/a/c'],
    ['encoded dots', 'https://api.example.com/a/%2e/b/%2E%2e/c', 'https://api.example.com/a/c'],
    ['what need not be encoded', 'https://api.example.com/%61%7e%41%5F', 'https://api.example.com/a~A_'],
    ['hexadecimal', 'https://api.example.com/%c3%bc', 'https://api.example.com/%C3%BC'],
  ])('%s', (_what, url, normal) => {
    expect(normaliseUrl(url)).toBe(normal);
  });

  // Two resources never become one.
  test.each([
    ['an encoded slash', '/a%2Fb', '/a/b'],
    ['an encoded question mark', '/a%3Fb', '/a?b'],
    ['an encoded percent sign', '/%2561', '/%61'],
    ['a second slash', '//a', '/a'],
    ['a slash at the end', '/a/', '/a'],
    ['another case', '/A', '/a'],
    ['a plus sign', '/a%20b', '/a+b'],
  ])('but not with %s', (_what, one, other) => {
    expect(normaliseUrl(`https://api.example.com${one}`)).not.toBe(normaliseUrl(`https://api.example.com${other}`));
  });
});

describe('is no URL of a request', () => {
  test.each([
    ['nothing', ''],
    ['a path', '/notes'],
    ['another scheme', 'ftp://api.example.com/'],
    ['a script', 'javascript://api.example.com/%0aalert(1)'],
    ['a scheme without slashes', 'https:api.example.com'],
    ['backslashes', 'https:\\\\api.example.com\\a'],
    ['a backslash in the path', 'https://api.example.com\\a'],
    ['a user', 'https://api.example.com@evil.example/'],
    ['a user and a password', 'https://a:b@api.example.com/'],
    ['white space before', ' https://api.example.com/'],
    ['a line break, which parsers skip', 'https://api.exa\nmple.com/'],
    ['a tab, which parsers skip', 'https://api.example.com/\ta'],
    ['a NUL', 'https://api.example.com/\0'],
    ['letters that are not ASCII', 'https://api.example.com/ü'],
    ['a host that is not ASCII', 'https://äpi.example.com/'],
    ['an impossible port', 'https://api.example.com:99999/'],
    ['megabytes', `https://api.example.com/${'a'.repeat(5000)}`],
  ])('%s', (_what, url) => {
    expect(normaliseUrl(url)).toBeUndefined();
  });
});

describe('whatever the path', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9._~!$&'()*+,;=:@-]{0,8}$/);
  const path = fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);
  const encodeSome = (text: string, which: readonly boolean[]) =>
    [...text]
      .map((character, at) => {
        const hex = character.charCodeAt(0).toString(16).padStart(2, '0');
        return /[A-Za-z0-9._~-]/.test(character) && which[at % which.length] ? `%${hex}` : character;
      })
      .join('');

  test('its normal form is one of itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          path,
          fc.webUrl().map((url) => new URL(url).pathname),
        ),
        (text) => {
          const normal = normaliseUrl(`https://api.example.com${text}`);
          expect(normal).toBeDefined();
          expect(normaliseUrl(normal!)).toBe(normal);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  test('it is the same with what need not be encoded in hexadecimal', () => {
    fc.assert(
      fc.property(path, fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), (text, which) => {
        const url = `https://api.example.com${text}`;
        expect(normaliseUrl(`HTTPS://API.example.com:443${encodeSome(text, which)}?q`)).toBe(normaliseUrl(url));
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test('nothing in it leads to another host', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 20 }), (text) => {
        const normal = normaliseUrl(`https://api.example.com/${text}`);
        expect(normal === undefined || normal.startsWith('https://api.example.com/')).toBe(true);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

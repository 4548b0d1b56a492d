import { describe, expect, test } from 'vitest';
import { safeReturnPath } from './safe-return-path.ts';

describe('is kept', () => {
  test.each([
    '/',
    '/account',
    '/account?tab=devices',
    '/account#devices',
    '/admin/users/usr_01h455vb4pex5vsknk084sn02q',
    '/a-b_c.d~e/',
    '/@ada',
    '/path:with;matrix=1',
    '/caf%C3%A9',
    // Of the query nothing is a path: an authorization request keeps its redirect URI.
    '/oauth/authorize?client_id=forum&redirect_uri=http%3A%2F%2Flocalhost%3A4500%2Fcallback&state=a%2Fb%0Ac',
    '/oauth/authorize?redirect_uri=http://localhost:4500/callback',
    '/search?q=..%2F..',
  ])('%s', (next) => {
    expect(safeReturnPath(next)).toBe(next);
  });
});

describe('is refused', () => {
  test.each<[string | undefined, string]>([
    [undefined, 'nothing'],
    ['', 'empty'],
    ['account', 'relative'],
    ['?next=/', 'query only'],
    ['#top', 'fragment only'],
    ['./account', 'relative with a dot'],
    ['https://evil.example', 'absolute'],
    ['https:evil.example', 'absolute without slashes'],
    ['https:/evil.example', 'absolute with one slash'],
    ['javascript:alert(1)', 'script'],
    ['data:text/html,x', 'data'],
    ['//evil.example', 'protocol-relative'],
    ['///evil.example', 'three slashes'],
    ['/\\evil.example', 'backslash, which browsers read as a slash'],
    ['\\\\evil.example', 'two backslashes'],
    ['\\/evil.example', 'backslash, slash'],
    ['/a\\..\\..\\evil.example', 'backslash later on'],
    ['/account//evil.example', 'empty segment'],
    ['/.//evil.example', 'dot segment that leaves two slashes'],
    ['/..//evil.example', 'parent segment that leaves two slashes'],
    ['/a/../b', 'parent segment'],
    ['/%2e%2e//evil.example', 'encoded parent segment'],
    ['/%2E/evil.example', 'encoded dot segment'],
    ['/%2f/evil.example', 'encoded slash'],
    ['/%2Fevil.example', 'encoded slash, upper case'],
    ['/%5cevil.example', 'encoded backslash'],
    ['/%252fevil.example', 'slash encoded twice'],
    ['/\t/evil.example', 'tab, which browsers drop'],
    ['/\n/evil.example', 'line feed, which browsers drop'],
    ['/\r\nSet-Cookie:a=b', 'header injection'],
    ['/%0d%0aSet-Cookie:a=b', 'encoded header injection'],
    ['/%09/evil.example', 'encoded tab'],
    ['/%00', 'encoded NUL'],
    ['/%7f', 'encoded DEL'],
    ['/\0', 'NUL'],
    [' /account', 'space before'],
    ['/account ', 'space after'],
    ['\t//evil.example', 'tab before two slashes'],
    ['\u00a0/account', 'no-break space before'],
    ['/\uff0fevil.example', 'full-width slash'],
    ['/\u2215evil.example', 'division slash'],
    ['/caf\u00e9', 'what a header cannot carry'],
    ['/\ud800', 'lone surrogate'],
    [`/${'a'.repeat(4000)}`, 'too long'],
  ])('%j (%s)', (next) => {
    expect(safeReturnPath(next)).toBeUndefined();
  });
});

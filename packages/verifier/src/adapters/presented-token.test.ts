import { describe, expect, test } from 'vitest';
import { readPresentedToken } from './presented-token.ts';

describe('reads', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer    abc', 'abc'],
    ['Bearer aZ09-._~+/==', 'aZ09-._~+/=='],
    ['Bearer eyJ.eyJ.sig', 'eyJ.eyJ.sig'],
  ])('%s', (header, token) => {
    expect(readPresentedToken([header])).toEqual({ token, scheme: 'Bearer' });
  });

  test.each([
    ['DPoP abc', 'abc'],
    ['dpop   abc.def', 'abc.def'],
  ])('%s', (header, token) => {
    expect(readPresentedToken([header])).toEqual({ token, scheme: 'DPoP' });
  });
});

describe('finds no token in', () => {
  test.each([
    [[]],
    [['Basic dXNlcjpwYXNz']],
    [['DPoPtoken abc']],
    [['Negotiate']],
    [['Bearertoken abc']],
    [['X-Bearer abc']],
  ])('%j', (headers) => {
    expect(readPresentedToken(headers)).toEqual({ refused: 'token_missing' });
  });
});

describe('refuses', () => {
  test.each([
    ['an empty header', ''],
    ['the scheme alone', 'Bearer'],
    ['the scheme and a space', 'Bearer '],
    ['the other scheme alone', 'DPoP'],
    ['one token by each scheme', 'DPoP abc, Bearer abc'],
    ['a tab', 'Bearer\tabc'],
    ['another space', 'Bearer\u00a0abc'],
    ['space before', ' Bearer abc'],
    ['space after', 'Bearer abc '],
    ['two tokens', 'Bearer abc def'],
    ['two headers that were joined', 'Bearer abc, Bearer def'],
    ['a list that begins with ours', 'Bearer abc, Basic dXNlcjpwYXNz'],
    ['a list that begins with nothing', ', Bearer abc'],
    ['a parameter', 'Bearer token="abc"'],
    ['a quoted token', 'Bearer "abc"'],
    ['a colon', 'Bearer: abc'],
    ['a comma', 'Bearer,abc'],
    ['an equals sign inside', 'Bearer a=b'],
    ['characters that look alike', 'Bearer \u0430bc'],
    ['a scheme that looks alike', 'Βearer abc'],
    ['a long s', 'Baſic abc'],
    ['a line break', 'Bearer abc\nX: y'],
    ['a NUL', 'Bearer abc\0'],
  ])('%s', (_what, header) => {
    expect(readPresentedToken([header])).toEqual({ refused: 'request_malformed' });
  });

  test('two headers, even if they agree', () => {
    expect(readPresentedToken(['Bearer abc', 'Bearer abc'])).toEqual({ refused: 'request_malformed' });
    expect(readPresentedToken(['DPoP abc', 'Bearer abc'])).toEqual({ refused: 'request_malformed' });
  });

  test('a long header without delay', () => {
    const startedAt = performance.now();
    readPresentedToken([`Bearer ${' '.repeat(1_000_000)}`]);
    readPresentedToken([`Bearer ${'a'.repeat(1_000_000)}!`]);
    readPresentedToken([`Bearer a${'='.repeat(1_000_000)}!`]);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

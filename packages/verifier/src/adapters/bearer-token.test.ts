import { describe, expect, test } from 'vitest';
import { readBearerToken } from './bearer-token.ts';

describe('reads', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['Bearer    abc', 'abc'],
    ['Bearer aZ09-._~+/==', 'aZ09-._~+/=='],
    ['Bearer eyJ.eyJ.sig', 'eyJ.eyJ.sig'],
  ])('%s', (header, token) => {
    expect(readBearerToken([header])).toEqual({ token });
  });
});

describe('finds no bearer token in', () => {
  test.each([
    [[]],
    [['Basic dXNlcjpwYXNz']],
    [['DPoP abc']],
    [['Negotiate']],
    [['Bearertoken abc']],
    [['X-Bearer abc']],
  ])('%j', (headers) => {
    expect(readBearerToken(headers)).toEqual({ refused: 'token_missing' });
  });
});

describe('refuses', () => {
  test.each([
    ['an empty header', ''],
    ['the scheme alone', 'Bearer'],
    ['the scheme and a space', 'Bearer '],
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
    expect(readBearerToken([header])).toEqual({ refused: 'request_malformed' });
  });

  test('two headers, even if they agree', () => {
    expect(readBearerToken(['Bearer abc', 'Bearer abc'])).toEqual({ refused: 'request_malformed' });
    expect(readBearerToken(['Basic abc', 'Bearer abc'])).toEqual({ refused: 'request_malformed' });
  });

  test('a long header without delay', () => {
    const startedAt = performance.now();
    readBearerToken([`Bearer ${' '.repeat(1_000_000)}`]);
    readBearerToken([`Bearer ${'a'.repeat(1_000_000)}!`]);
    readBearerToken([`Bearer a${'='.repeat(1_000_000)}!`]);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

import { expect, test } from 'vitest';
import { matchesEtag } from './etag.ts';

test.each([
  ['"a"', true],
  ['W/"a"', true],
  ['*', true],
  ['"b", "a"', true],
  ['"b" ,W/"a"', true],
  [undefined, false],
  ['', false],
  ['a', false],
  ['"A"', false],
  ['"a', false],
  ['w/"a"', false],
  ['"b", "c"', false],
])('If-None-Match: %s', (header, expected) => {
  expect(matchesEtag(header, '"a"')).toBe(expected);
});

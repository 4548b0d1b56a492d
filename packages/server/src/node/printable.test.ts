import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test.each([
  ['plain text, in lines\nÄé漢🦊', 'plain text, in lines\nÄé漢🦊'],
  // ECMA-48: these begin what a terminal does as it is told.
  ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
  ['\u009b31m', '\\u009b31m'],
  ['over\rwritten\b', 'over\\u000dwritten\\u0008'],
  ['\u202eturned', '\\u202eturned'],
  ['a\u2028b', 'a\\u2028b'],
  ['\u{e0041}', '\\udb40\\udc41'],
  ['\ud800', '\\ud800'],
])('%j is printed as %j', (text, printed) => {
  expect(printable(text)).toBe(printed);
});

test('JSON stays what it says', () => {
  const value = { text: '\u0000\u001b\u007f\u009b\u202e\u2028\u{e0041}\ud800 ä🦊\n' };
  const printed = printable(JSON.stringify(value));
  expect(printed).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(printed)).toEqual(value);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCursor, parseCursor, START_OF_LOG } from './cursor.ts';

const MARK = fc.stringMatching(/^[A-Za-z0-9_-]{0,32}$/);

test('a cursor is read as it was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), MARK, (seq, mark) => {
      expect(parseCursor(formatCursor({ seq, mark }))).toEqual({ seq, mark });
    }),
  );
  expect(parseCursor(formatCursor(START_OF_LOG))).toEqual(START_OF_LOG);
});

test('whatever is read as a cursor is written in no other way', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,18}[A-Za-z0-9_.-]{0,4}$/)), (text) => {
      const cursor = parseCursor(text);
      if (cursor !== undefined) expect(formatCursor(cursor)).toBe(text);
    }),
  );
});

test.each([
  '',
  '.',
  '1',
  '.a',
  '01.a',
  '+1.a',
  '-1.a',
  '1e3.a',
  '1.a b',
  '1.a.b',
  ' 1.a',
  '1.a\n',
  `1.${'a'.repeat(33)}`,
])('%j is none', (text) => {
  expect(parseCursor(text)).toBeUndefined();
});

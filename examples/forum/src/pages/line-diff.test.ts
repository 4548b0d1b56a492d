import { describe, expect, test } from 'vitest';
import { diffLines } from './line-diff.ts';

const MARKS = { same: ' ', added: '+', removed: '-' };
const shown = (before: string, after: string) => diffLines(before, after).map(({ kind, text }) => MARKS[kind] + text);

describe('lines of two versions', () => {
  test.each([
    ['a\nb\nc', 'a\nb\nc', [' a', ' b', ' c']],
    ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['a\nc', 'a\nb\nc', [' a', '+b', ' c']],
    ['a\nb\nc', 'a\nc', [' a', '-b', ' c']],
    ['a\nb\nc\nd', 'x\nb\nc\ny', ['-a', '+x', ' b', ' c', '-d', '+y']],
    ['', 'a', ['-', '+a']],
    ['a\na', 'a', [' a', '-a']],
  ])('%j to %j', (before, after, expected) => {
    expect(shown(before, after)).toEqual(expected);
  });

  test('both versions can be read from it', () => {
    const before = Array.from({ length: 200 }, (_, index) => String((index * 7) % 31)).join('\n');
    const after = Array.from({ length: 180 }, (_, index) => String((index * 11) % 29)).join('\n');
    const lines = diffLines(before, after);
    const text = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
    expect(text('added').join('\n')).toBe(before);
    expect(text('removed').join('\n')).toBe(after);
  });

  test('what is long and all different is not compared line by line', () => {
    const many = (mark: string) => Array.from({ length: 10_000 }, (_, index) => `${mark}${index}`).join('\n');
    const lines = diffLines(many('a'), many('b'));
    expect(lines).toHaveLength(20_000);
    expect(lines[9999]?.kind).toBe('removed');
    expect(lines[10_000]?.kind).toBe('added');
  });
});

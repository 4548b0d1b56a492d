import { beforeEach, expect, test } from 'vitest';
import { ReplayMemory } from './replay-memory.ts';

const NOW_MS = 1_800_000_000_000;
const EXPIRES = NOW_MS + 60_000;
const TEN_FIRST = Array.from({ length: 10 }, () => 'first');

let nowMs = NOW_MS;
let memory: ReplayMemory;
beforeEach(() => {
  nowMs = NOW_MS;
  memory = new ReplayMemory(100, () => nowMs);
});

test('a proof is the first one once, until it expires', () => {
  expect(memory.take('key', 'a', EXPIRES)).toBe('first');
  expect(memory.take('key', 'a', EXPIRES)).toBe('seen');
  nowMs = EXPIRES - 1;
  expect(memory.take('key', 'a', EXPIRES)).toBe('seen');
});

test('a clock that is put back lets nothing in again', () => {
  memory.take('key', 'a', EXPIRES);
  nowMs = EXPIRES + 60_000;
  expect(memory.take('key', 'b', nowMs + 60_000)).toBe('first');
  nowMs = NOW_MS;
  expect(memory.take('key', 'a', EXPIRES)).toBe('seen');
});

test('one key fills its share and no more, and has it again later', () => {
  const take = (key: string, count: number) =>
    Array.from({ length: count }, (_, at) => memory.take(key, `${key}-${nowMs}-${at}`, nowMs + 60_000));
  expect(take('greedy', 11)).toEqual([...TEN_FIRST, 'full']);
  // What was seen stays seen: nothing is forgotten to make room.
  expect(memory.take('greedy', `greedy-${nowMs}-0`, EXPIRES)).toBe('seen');
  expect(take('other', 10)).toEqual(TEN_FIRST);
  nowMs += 80_000;
  expect(take('greedy', 11)).toEqual([...TEN_FIRST, 'full']);
});

test('where it is full, all are refused, and what was seen stays seen', () => {
  for (let key = 0; key < 10; key += 1) {
    for (let at = 0; at < 10; at += 1) expect(memory.take(`key-${key}`, `${key}-${at}`, EXPIRES)).toBe('first');
  }
  expect(memory.take('newcomer', 'n', EXPIRES)).toBe('full');
  expect(memory.take('key-3', '3-3', EXPIRES)).toBe('seen');
  nowMs = EXPIRES + 10_000;
  expect(memory.take('newcomer', 'n', nowMs + 60_000)).toBe('first');
});

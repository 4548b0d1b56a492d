import { expect, test } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

const held = (cache: BoundedCache<number>, count: number): number[] =>
  Array.from({ length: count }, (_, i) => i).filter((i) => cache.get(`key-${i}`) !== undefined);

test('holds at most its size, and the newest', () => {
  const cache = new BoundedCache<number>(100);
  for (let i = 0; i < 1000; i += 1) cache.set(`key-${i}`, i);
  const found = held(cache, 1000);
  expect(found.length).toBeLessThanOrEqual(100);
  expect(found).toEqual(expect.arrayContaining([998, 999]));
});

test('keeps what is in use while others come and go', () => {
  const cache = new BoundedCache<number>(100);
  cache.set('key-0', 0);
  for (let i = 1; i < 1000; i += 1) {
    cache.set(`key-${i}`, i);
    expect(cache.get('key-0')).toBe(0);
  }
});

test('writing the same key again pushes nothing out', () => {
  const cache = new BoundedCache<number>(4);
  cache.set('key-0', 0);
  for (let i = 0; i < 10; i += 1) cache.set('key-1', i);
  expect(cache.get('key-0')).toBe(0);
  expect(cache.get('key-1')).toBe(9);
});

test('of size 0 it holds nothing', () => {
  const cache = new BoundedCache<number>(0);
  cache.set('key-0', 0);
  expect(cache.get('key-0')).toBeUndefined();
});

test('forgets in both of its generations', () => {
  const cache = new BoundedCache<number>(8);
  for (let i = 0; i < 8; i += 1) cache.set(`key-${i}`, i);
  cache.deleteWhere((value) => value % 2 === 0);
  expect(held(cache, 8)).toEqual([1, 3, 5, 7]);
});

import { expect, test } from 'vitest';
import type { AuthorId } from '../domain/types.ts';
import { createBell } from './bell.ts';

const author = 'usr_author' as AuthorId;

test('a listener that throws takes nothing from the others, nor from what rang', () => {
  const errors: unknown[] = [];
  const bell = createBell((error) => errors.push(error));
  const heard: string[] = [];
  bell.subscribe(author, () => {
    throw new Error('a page that is gone');
  });
  bell.subscribe(author, () => heard.push('other'));
  bell.ring(author);
  expect([heard, errors.length]).toEqual([['other'], 1]);
});

test('who subscribes while it rings hears the next time', () => {
  const bell = createBell();
  let heard = 0;
  const listen = (): void => {
    heard += 1;
    bell.subscribe(author, listen);
  };
  bell.subscribe(author, listen);
  bell.ring(author);
  expect(heard).toBe(1);
});

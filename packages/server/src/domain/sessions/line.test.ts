import { describe, expect, test } from 'vitest';
import type { SessionId } from '../ids.ts';
import { lineOf, onePerBrowser } from './line.ts';

const id = (name: string): SessionId => `ses_${name}`;

/** `b>a`: b replaces a. `c`: c replaces none. */
function sessions(text: string) {
  return text.split(' ').map((each) => {
    const [name = '', replaced] = each.split('>');
    return { id: id(name), replaces: replaced === undefined ? null : id(replaced) };
  });
}

describe('the sessions of one browser', () => {
  test.each([
    ['alone', 'a b', 'a', 'a'],
    ['unknown', 'a b>c', 'x', 'x'],
    ['seen from the older one', 'a b>a', 'a', 'a b'],
    ['seen from the newer one', 'a b>a', 'b', 'a b'],
    ['where the older one is not in the list', 'b>a c>a', 'c', 'a b c'],
    ['in a row, in order', 'a b>a c>b d>c x', 'a', 'a b c d'],
    ['in a row, in another order', 'd>c c>b b>a x', 'a', 'a b c d'],
    ['after a retry', 'a b>a c>a d>b y>x', 'c', 'a b c d'],
    ['cut where one has arrived', 'a b>a c d>c', 'd', 'c d'],
    ['that name each other, which nobody writes', 'a>b b>a', 'a', 'a b'],
  ])('%s: %s', (_name, links, from, expected) => {
    expect([...lineOf(sessions(links), id(from))].toSorted()).toEqual(expected.split(' ').map(id));
  });
});

describe('one of each browser', () => {
  test.each([
    ['nothing is left out where none replaces another', 'a b c', { a: 1, b: 1, c: 1 }, 'c', 'a b c'],
    ['the one that asks, though it was used before the other', 'c b>a a', { a: 2, b: 1, c: 0 }, 'b', 'c b'],
    ['the one that asks, though its answer may be under way', 'b>a a', { a: 1, b: 2 }, 'a', 'a'],
    ['seen from elsewhere, the one that was used last', 'c b>a a', { a: 2, b: 1, c: 0 }, 'c', 'c a'],
    ['of several at one moment, one', 'x>a b>a a', { a: 1, b: 1, x: 1 }, 'c', 'x'],
    ['of several whose older one has ended', 'd>a c>a', { c: 2, d: 1 }, 'x', 'c'],
  ])('%s', (_name, links, used: Record<string, number>, asking, expected) => {
    const list = sessions(links).map((each) => ({ ...each, lastUsedAt: used[each.id.slice('ses_'.length)]! }));
    expect(onePerBrowser(list, id(asking)).map((each) => each.id)).toEqual(expected.split(' ').map(id));
  });
});

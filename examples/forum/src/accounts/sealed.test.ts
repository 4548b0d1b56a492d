import { describe, expect, test } from 'vitest';
import { createSeals } from './sealed.ts';

const seals = createSeals('a secret of a test, which is more than 32 bytes long');
const sealed = seals.seal('session tokens', 'ses_1', 'the tokens');

describe('what is sealed', () => {
  test('opens as the same kind, about the same, and says nothing until then', () => {
    expect(seals.open('session tokens', 'ses_1', sealed)).toBe('the tokens');
    expect(sealed.includes('tokens')).toBe(false);
    expect(seals.seal('session tokens', 'ses_1', 'the tokens').equals(sealed)).toBe(false);
  });

  test.each<[name: string, open: () => string | undefined]>([
    ['as another kind', () => seals.open('unsubscribe link', 'ses_1', sealed)],
    ['about another', () => seals.open('session tokens', 'ses_2', sealed)],
    [
      'by another secret',
      () => createSeals('another secret of a test, long enough').open('session tokens', 'ses_1', sealed),
    ],
    [
      'with a bit changed',
      () =>
        seals.open(
          'session tokens',
          'ses_1',
          sealed.map((byte, at) => (at === 14 ? byte ^ 1 : byte)),
        ),
    ],
    ['with a shorter tag', () => seals.open('session tokens', 'ses_1', sealed.subarray(0, -4))],
    ['as nothing', () => seals.open('session tokens', 'ses_1', Buffer.alloc(0))],
  ])('does not open %s', (_name, open) => {
    expect(open()).toBeUndefined();
  });
});

import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seal, unseal } from './seal.ts';

const KEY = createSecretKey(Buffer.alloc(32, 1));
const random = (length: number) => randomBytes(length);
const sealed = seal(KEY, 'a private key', 'kid-1', random);

test('gives back what was sealed, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, context) => {
      expect(unseal(KEY, seal(KEY, text, context, random), context)).toBe(text);
    }),
  );
});

test('does not hold the text, and is another each time', () => {
  expect(Buffer.from(sealed).toString('latin1')).not.toContain('private');
  expect(Buffer.from(sealed).equals(Buffer.from(seal(KEY, 'a private key', 'kid-1', random)))).toBe(false);
});

describe('stays closed', () => {
  test.each([
    ['under another key', createSecretKey(Buffer.alloc(32, 2)), sealed, 'kid-1'],
    ['in another row', KEY, sealed, 'kid-2'],
    ['in no row', KEY, sealed, ''],
    ['empty', KEY, new Uint8Array(), 'kid-1'],
    ['with less than a nonce and a tag', KEY, sealed.subarray(0, 27), 'kid-1'],
    ['with a nonce and a tag only', KEY, sealed.subarray(0, 28), 'kid-1'],
    ['with a byte more', KEY, Buffer.concat([sealed, Buffer.of(0)]), 'kid-1'],
  ])('%s', (_name, key, bytes, context) => {
    expect(unseal(key, bytes, context)).toBeUndefined();
  });

  test('cut short anywhere', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(unseal(KEY, sealed.subarray(0, length), 'kid-1')).toBeUndefined();
    }
  });

  test('with any single bit changed: nonce, text or tag', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(unseal(KEY, changed, 'kid-1'), `bit ${bit}`).toBeUndefined();
    }
  });
});

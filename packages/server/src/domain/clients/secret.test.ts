import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { hashClientSecret, matchesSecret, newClientSecret, parseClientSecret, type ClientSecret } from './secret.ts';

const NOW = Date.UTC(2026, 0, 1);
const secretOf = (byte: number): ClientSecret => newClientSecret((length) => new Uint8Array(length).fill(byte));
const secret = secretOf(0xfb);
const text = secret.reveal();

test('is 32 random bytes in base64url behind its prefix, and a checksum', () => {
  expect(text).toMatch(/^lkc_[A-Za-z0-9_-]{49}$/);
  expect(Buffer.from(text.slice(4, -6), 'base64url')).toEqual(Buffer.alloc(32, 0xfb));
});

test('is read back as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const made = newClientSecret(() => bytes);
      expect(parseClientSecret(made.reveal())?.reveal()).toBe(made.reveal());
    }),
  );
});

describe('is refused', () => {
  test.each([
    '',
    'lkc_',
    text.slice(0, -1),
    `${text}A`,
    `${text}\n`,
    ` ${text}`,
    text.replace('lkc_', 'lko_'),
    text.replace('lkc_', 'LKC_'),
    text.replace('lkc_-', 'lkc_A'),
    `${text.slice(0, -1)}\u0000`,
    `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`,
  ])('%j', (other) => {
    expect(other).not.toBe(text);
    expect(parseClientSecret(other)).toBeUndefined();
  });

  test('whatever else', () => {
    fc.assert(fc.property(anyText, (other) => parseClientSecret(other) === undefined));
  });
});

test('does not print', () => {
  const error = new Error(`failed with ${String(secret)}`, { cause: { secret } });
  for (const printed of [inspect(error, { depth: 9 }), JSON.stringify({ secret }), `${String(secret)}`]) {
    expect(printed).not.toContain(text.slice(4, 20));
  }
});

describe('matches', () => {
  const stored = (byte: number, expiresAt: number | null = null) => ({
    hash: hashClientSecret(secretOf(byte)),
    expiresAt,
  });
  test.each<[name: string, stored: ReturnType<typeof stored>[], expected: boolean]>([
    ['the only one', [stored(0xfb)], true],
    ['the first of two', [stored(0xfb), stored(1)], true],
    ['the second of two', [stored(1), stored(0xfb)], true],
    ['one that expires later', [stored(0xfb, NOW + 1)], true],
    ['not one that expires now', [stored(0xfb, NOW)], false],
    ['not one that expired, beside another', [stored(0xfb, NOW - 1), stored(1)], false],
    ['not another', [stored(1)], false],
    ['nothing of none', [], false],
  ])('%s', (_name, all, expected) => {
    expect(matchesSecret(secret, all, NOW)).toBe(expected);
  });
});

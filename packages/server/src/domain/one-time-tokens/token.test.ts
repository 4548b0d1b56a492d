import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { hashOneTimeToken, newOneTimeToken, parseOneTimeToken } from './token.ts';

const token = newOneTimeToken((length) => new Uint8Array(length).fill(0xfb));

test('is 32 random bytes in base64url behind its prefix', () => {
  const text = token.reveal();
  expect(text).toMatch(/^lko_[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(text.slice(4), 'base64url')).toEqual(Buffer.alloc(32, 0xfb));
});

test('is read back as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const made = newOneTimeToken(() => bytes);
      expect(parseOneTimeToken(made.reveal())?.reveal()).toBe(made.reveal());
    }),
  );
});

describe('is refused', () => {
  const text = token.reveal();
  test.each([
    '',
    'lko_',
    text.slice(0, -1),
    `${text}A`,
    `${text}\n`,
    ` ${text}`,
    text.replace('lko_', 'lks_'),
    text.replace('lko_', 'LKO_'),
    text.replace('-', '+'),
    `${text.slice(0, -1)}=`,
    `${text.slice(0, -1)}\u0000`,
  ])('%j', (other) => {
    expect(other).not.toBe(text);
    expect(parseOneTimeToken(other)).toBeUndefined();
  });

  test('never by an exception', () => {
    fc.assert(
      fc.property(anyText, (other) => {
        expect(parseOneTimeToken(other)).toBeUndefined();
      }),
    );
  });
});

describe('its hash', () => {
  test('is SHA-256 in hexadecimal, and tells nothing of the token', () => {
    const hash = hashOneTimeToken(token, 'verify_email');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hash).not.toContain(token.reveal().slice(4, 12));
  });

  test('is another for another purpose', () => {
    expect(hashOneTimeToken(token, 'verify_email')).not.toBe(hashOneTimeToken(token, 'first_administrator'));
  });

  test('is another for another spelling of the same bytes', () => {
    // 43 characters carry 258 bits: the last character has spellings that decode alike.
    const alias = parseOneTimeToken(`${token.reveal().slice(0, -1)}t`);
    expect(Buffer.from(alias!.reveal().slice(4), 'base64url')).toEqual(Buffer.alloc(32, 0xfb));
    expect(hashOneTimeToken(alias!, 'verify_email')).not.toBe(hashOneTimeToken(token, 'verify_email'));
  });
});

test('does not print', () => {
  expect([String(token), JSON.stringify({ token }), inspect({ token })].join()).not.toContain(token.reveal());
});

import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { deriveMasterKeys } from '../secrets/master-keys.ts';
import { Secret } from '../secrets/secret.ts';
import {
  hashMagicLink,
  magicLinkCode,
  newBrowserSecret,
  parseBrowserSecret,
  parseMagicLinkCode,
  showMagicLinkCode,
} from './magic-link.ts';
import { hashOneTimeToken, newOneTimeToken } from './token.ts';

const { magicLinkMac: KEY, auditMac: OTHER_KEY } = deriveMasterKeys(new Secret('x'.repeat(32)));
const token = (byte: number) => newOneTimeToken((length) => new Uint8Array(length).fill(byte));
const browser = (byte: number) => newBrowserSecret((length) => new Uint8Array(length).fill(byte));
const CODE = magicLinkCode(token(1), KEY);

describe('a code', () => {
  test('is always the same for a token and key, and another for others', () => {
    expect(magicLinkCode(token(1), KEY).reveal()).toBe(CODE.reveal());
    expect(magicLinkCode(token(2), KEY).reveal()).not.toBe(CODE.reveal());
    expect(magicLinkCode(token(1), OTHER_KEY).reveal()).not.toBe(CODE.reveal());
  });

  test('is read back as it is shown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const code = magicLinkCode(
          newOneTimeToken(() => bytes),
          KEY,
        );
        expect(showMagicLinkCode(code)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
        expect(parseMagicLinkCode(showMagicLinkCode(code))?.reveal()).toBe(code.reveal());
      }),
    );
  });

  test.each([
    ['ab01-cd23', 'AB01CD23'],
    [' AB01 CD23 ', 'AB01CD23'],
    ['AB01–CD23', 'AB01CD23'],
    ['oO0I-lL1i', '00011111'],
  ])('typed as %j is %s', (typed, code) => {
    expect(parseMagicLinkCode(typed)?.reveal()).toBe(code);
  });

  test.each(['', 'AB01CD2', 'AB01CD234', 'AB01CDU3', 'AB01CD2é', 'AB01CD23'.padEnd(33), 'AB01.CD23', 'AB01CD2\u0000'])(
    '%j is none',
    (typed) => {
      expect(parseMagicLinkCode(typed)).toBeUndefined();
    },
  );

  test('does not print', () => {
    expect([String(CODE), JSON.stringify({ CODE }), inspect(CODE)].join()).not.toContain(CODE.reveal());
  });
});

describe('a browser’s secret', () => {
  test('is 32 random bytes, read back as they were', () => {
    expect(browser(0xfb).reveal()).toBe(Buffer.alloc(32, 0xfb).toString('base64url'));
    expect(parseBrowserSecret(browser(7).reveal())?.reveal()).toBe(browser(7).reveal());
  });

  test('is nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseBrowserSecret(text)).toBeUndefined();
      }),
    );
    expect(parseBrowserSecret(`${browser(7).reveal()}A`)).toBeUndefined();
    expect(parseBrowserSecret(`${browser(7).reveal()}\n`)).toBeUndefined();
  });
});

test('what is stored needs the code, the browser and the key, and is no hash of a token', () => {
  const hash = hashMagicLink(CODE, browser(1), KEY);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashMagicLink(CODE, browser(1), KEY)).toBe(hash);
  const others = [
    hashMagicLink(CODE, browser(2), KEY),
    hashMagicLink(magicLinkCode(token(2), KEY), browser(1), KEY),
    hashMagicLink(CODE, browser(1), OTHER_KEY),
    hashOneTimeToken(token(1), 'magic_link'),
  ];
  expect(others).not.toContain(hash);
});

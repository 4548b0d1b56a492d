import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { parseEmailAddress } from './parse.ts';

const label63 = 'x'.repeat(63);

describe('an e-mail address', () => {
  test.each([
    ['ada@example.com', 'ada@example.com', 'ada@example.com'],
    ['  ada@example.com ', 'ada@example.com', 'ada@example.com'],
    ['Ada.Lovelace@Example.COM', 'Ada.Lovelace@example.com', 'ada.lovelace@example.com'],
    ['ada+shop@example.com', 'ada+shop@example.com', 'ada+shop@example.com'],
    ["!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"],
    ['a@1.example', 'a@1.example', 'a@1.example'],
    [`a@${label63}.com`, `a@${label63}.com`, `a@${label63}.com`],
    // One form for each domain, whatever script or width it was typed in (UTS 46).
    ['a@bücher.example', 'a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@BÜCHER.example', 'a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@bu\u0308cher.example', 'a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@XN--BCHER-KVA.example', 'a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@ｅxample.com', 'a@example.com', 'a@example.com'],
    ['a@example。com', 'a@example.com', 'a@example.com'],
    ['a@exa\u00admple.com', 'a@example.com', 'a@example.com'],
  ])('%j', (text, address, key) => {
    expect(parseEmailAddress(text)).toEqual({ address, key });
  });

  test('in a look-alike script is another account', () => {
    const latin = parseEmailAddress('a@example.com');
    const cyrillic = parseEmailAddress('a@ex\u0430mple.com');
    expect(cyrillic?.key).toMatch(/^a@xn--/);
    expect(cyrillic?.key).not.toBe(latin?.key);
  });
});

describe('is refused', () => {
  test.each([
    // Not one address.
    '',
    ' ',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'a@b@example.com',
    'a@example.com,b@example.com',
    'a@example.com b@example.com',
    'a@example.com;b@example.com',
    'Ada <ada@example.com>',
    '<ada@example.com>',
    'mailto:ada@example.com',
    // Quotes and comments, which mail systems read differently.
    '"ada lovelace"@example.com',
    '"a@b"@example.com',
    '"a"@example.com',
    'ada(comment)@example.com',
    'ada@(comment)example.com',
    'ada@example.com(comment)',
    'a\\b@example.com',
    // Header injection.
    'ada@example.com\r\nBcc: eve@example.com',
    'ada\n@example.com',
    'ada@example.com\n',
    '\nada@example.com',
    'ada@exam\tple.com',
    'ada@example.com\u0000',
    'a\u0000da@example.com',
    'ada@example.com\u2028',
    // Local parts that are no dot-atom, or not ASCII.
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    'a da@example.com',
    'ädа@example.com',
    '\u0430da@example.com',
    'ａda@example.com',
    'a\u200bda@example.com',
    'a\ud800@example.com',
    // Domains that are none.
    'a@localhost',
    'a@com',
    'a@.com',
    'a@example.com.',
    'a@example..com',
    'a@-example.com',
    'a@example-.com',
    'a@exam_ple.com',
    `a@${label63}x.com`,
    'a@example.com:25',
    'a@example.com/x',
    'a@example.com?x',
    'a@example.com#x',
    'a@exam%70le.com',
    'a@user@example.com',
    'a@ex\ud800ample.com',
    'a@\u200dexample.com',
    // Addresses of machines, in every spelling of them.
    'a@127.0.0.1',
    'a@127.1',
    'a@2130706433',
    'a@0x7f.0.0.1',
    'a@0x7f.1',
    'a@0177.0.0.1',
    'a@１２７.0.0.1',
    'a@127。0。0。1',
    'a@example.1',
    'a@example.0x4',
    'a@example.١',
    'a@[127.0.0.1]',
    'a@[IPv6:::1]',
    'a@::1',
    // Too long: RFC 5321 §4.5.3.1.1 and §4.5.3.1.3.
    `${'a'.repeat(65)}@example.com`,
    `a@${`${'x'.repeat(62)}.`.repeat(4)}example`,
  ])('%j', (text) => {
    expect(parseEmailAddress(text)).toBeUndefined();
  });
});

test('length is counted to the byte', () => {
  expect(parseEmailAddress(`${'a'.repeat(64)}@example.com`)).toBeDefined();
  // 63 + 1 + 63 + 1 + 61 + 1 + … = a domain that makes 254 bytes with its local part, then 255.
  const domain = [label63, label63, 'x'.repeat(61)].join('.');
  const local = 'a'.repeat(254 - domain.length - 1);
  expect(`${local}@${domain}`).toHaveLength(254);
  expect(parseEmailAddress(`${local}@${domain}`)).toBeDefined();
  expect(parseEmailAddress(`${local}a@${domain}`)).toBeUndefined();
  // An ASCII form may be longer than what was typed.
  expect(parseEmailAddress(`a@${'ü'.repeat(60)}.example`)).toBeUndefined();
});

describe('for any text', () => {
  const nearAddress = fc
    .tuple(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }))
    .map(([local, domain]) => `${local}@${domain}.example`);
  const texts = fc.oneof(anyText, nearAddress, fc.emailAddress());

  test('it never throws, and what it gives is ASCII on one line', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseEmailAddress(text);
        expect(parsed === undefined || /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(parsed.address)).toBe(true);
      }),
    );
  });

  test('reading its result again changes nothing', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseEmailAddress(text);
        if (parsed === undefined) return;
        expect(parseEmailAddress(parsed.address)).toEqual(parsed);
        expect(parseEmailAddress(parsed.key)?.key).toBe(parsed.key);
        expect(parseEmailAddress(parsed.address.toUpperCase())?.key).toBe(parsed.key);
      }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { decideNewPassword, normalisePassword } from './policy.ts';

/** What there is against it, for somebody who told nothing of themselves. */
function objectionTo(text: string, personal: readonly (string | null | undefined)[] = []): string {
  const decision = decideNewPassword(text, personal);
  return decision.kind === 'allowed' ? 'allowed' : decision.objection;
}

const long = (unit: string, count: number): string => unit.repeat(count - 2);

describe('length', () => {
  test.each([
    ['', 'too_short'],
    ['seven 7', 'too_short'],
    ['eight 88', 'allowed'],
    [`yz${long('x', 1024)}`, 'allowed'],
    [`yz${long('x', 1025)}`, 'too_long'],
  ])('%#', (text, kind) => {
    expect(objectionTo(text)).toBe(kind);
  });

  test('counts code points, not UTF-16 units', () => {
    expect(objectionTo(`yz${long('🔑', 7)}`)).toBe('too_short');
    expect(objectionTo(`yz${long('🔑', 8)}`)).toBe('allowed');
    expect(objectionTo(`yz${long('🔑', 1024)}`)).toBe('allowed');
    expect(objectionTo(`yz${long('🔑', 1025)}`)).toBe('too_long');
  });

  test('counts after NFC: a letter and its accent are one character', () => {
    expect(objectionTo(`yz${long('e\u0301', 7)}`)).toBe('too_short');
    expect(objectionTo(`yz${long('e\u0301', 1024)}`)).toBe('allowed');
    // U+0958 is a composition exclusion: NFC takes it apart, into two.
    expect(objectionTo(`yz${'\u0958'.repeat(3)}`)).toBe('allowed');
    expect(objectionTo(`yz${'\u0958'.repeat(512)}`)).toBe('too_long');
  });
});

describe('no composition rules', () => {
  test.each([
    'purple hills',
    '        a b',
    '\u0000\u0001\u0002\u0000\u0000\u0000\u0000\u0000',
    'пароль пароль',
    '٠١٢٣٤٥٦٧',
  ])('%j is allowed', (text) => {
    expect(objectionTo(text)).toBe('allowed');
  });
});

describe('what everybody tries first', () => {
  test.each([
    'password',
    'Password',
    'PASSWORD123',
    'qwertyuiop',
    '1234567890',
    'aaaaaaaa',
    'abababababab',
    '🔑'.repeat(9),
  ])('%j is too common', (text) => {
    expect(objectionTo(text)).toBe('too_common');
  });
});

describe("the user's own name and address", () => {
  const ada = ['ada.lovelace@example.com', 'Ada Lovelace'];
  test.each([
    ['adalovelace', 'too_personal'],
    ['Lovelace1815', 'too_personal'],
    ['lovelaceAda!', 'too_personal'],
    ['example1234', 'too_personal'],
    ['lovelace and the engine', 'allowed'],
    ['correct horse battery staple', 'allowed'],
  ])('%j: %s', (text, kind) => {
    expect(objectionTo(text, ada)).toBe(kind);
  });

  test.each([[[]], [[null, undefined]], [['', ' ', 'a@b']], [['...@---']]])('%j says nothing', (personal) => {
    expect(objectionTo('lovelace1815', personal)).toBe('allowed');
  });
});

test('the same characters typed in two ways are one password', () => {
  expect(normalisePassword('Cafe\u0301').reveal()).toBe(normalisePassword('Caf\u00e9').reveal());
  const decision = decideNewPassword('Cafe\u0301 au lait', []);
  expect(decision.kind === 'allowed' && decision.password.reveal()).toBe('Caf\u00e9 au lait');
});

test('nothing else is changed: case, spaces and compatibility characters stay', () => {
  for (const text of [' Space at the ends ', 'ﬁligree of ﬁre', 'ＷＩＤＥ letters', 'UPPER lower']) {
    expect(normalisePassword(text).reveal()).toBe(text);
  }
});

test('does not print', () => {
  expect(String(normalisePassword('correct horse'))).toBe('[secret]');
});

test('noise of marks stays as it is, and is no more work than other text', () => {
  const marks = '\u0315\u0300\u0316'.repeat(1365);
  expect(normalisePassword(`a${marks}`).reveal()).toBe(`a${marks}`);
  // As many as any writing has are put in order.
  const written = '\u0315\u0316'.repeat(15);
  expect(normalisePassword(`a${written}`).reveal()).toBe(`a${written}`.normalize('NFC'));
  expect(normalisePassword(`a${written}`).reveal()).not.toBe(`a${written}`);
});

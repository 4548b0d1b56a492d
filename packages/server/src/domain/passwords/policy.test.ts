import { describe, expect, test } from 'vitest';
import { decideNewPassword, normalisePassword } from './policy.ts';

describe('length', () => {
  test.each([
    ['', 'too_short'],
    ['seven 7', 'too_short'],
    ['eight 88', 'allowed'],
    ['x'.repeat(1024), 'allowed'],
    ['x'.repeat(1025), 'too_long'],
  ])('%#', (text, kind) => {
    expect(decideNewPassword(text).kind).toBe(kind);
  });

  test('counts code points, not UTF-16 units', () => {
    expect(decideNewPassword('🔑'.repeat(7)).kind).toBe('too_short');
    expect(decideNewPassword('🔑'.repeat(8)).kind).toBe('allowed');
    expect(decideNewPassword('🔑'.repeat(1024)).kind).toBe('allowed');
    expect(decideNewPassword('🔑'.repeat(1025)).kind).toBe('too_long');
  });

  test('counts after NFC: a letter and its accent are one character', () => {
    expect(decideNewPassword('e\u0301'.repeat(7)).kind).toBe('too_short');
    expect(decideNewPassword('e\u0301'.repeat(1024)).kind).toBe('allowed');
    // U+0958 is a composition exclusion: NFC takes it apart, into two.
    expect(decideNewPassword('\u0958'.repeat(4)).kind).toBe('allowed');
    expect(decideNewPassword('\u0958'.repeat(513)).kind).toBe('too_long');
  });
});

describe('no composition rules', () => {
  test.each([
    'aaaaaaaa',
    '        ',
    'password',
    '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000',
    'пароль пароль',
    '٠١٢٣٤٥٦٧',
  ])('%j is allowed', (text) => {
    expect(decideNewPassword(text).kind).toBe('allowed');
  });
});

test('the same characters typed in two ways are one password', () => {
  expect(normalisePassword('Cafe\u0301').reveal()).toBe(normalisePassword('Caf\u00e9').reveal());
  const decision = decideNewPassword('Cafe\u0301 au lait');
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

import { describe, expect, test } from 'vitest';
import { redactText } from './redact-text.ts';

const RANDOM = 'ARIBogHuW-xwDrI99EhJhSO3AAAAAAAA_bcd';

describe('is taken out', () => {
  test.each([
    [`cookie lks_${RANDOM}.`, 'cookie [secret].'],
    [`/reset/lko_${RANDOM}/x`, '/reset/[secret]/x'],
    [`token=lkr_${RANDOM}&x=1`, 'token=[secret]&x=1'],
    [`Basic lkc_${RANDOM}`, 'Basic [secret]'],
    ['Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl!', 'Bearer [secret]!'],
    ['an unsigned eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', 'an unsigned [secret]'],
    ['cut short: eyJhbGciOiJFUzI1NiJ9.eyJzdWIi', 'cut short: [secret]'],
    ['postgres://latchkey:pa55word@db/latchkey', 'postgres://latchkey:[secret]@db/latchkey'],
    ['postgres://latchkey:p@55:word@db:5432/latchkey', 'postgres://latchkey:[secret]@db:5432/latchkey'],
    ['smtp://:pa55word@mail:587', 'smtp://:[secret]@mail:587'],
    [`lks_${RANDOM} and lks_${RANDOM}`, '[secret] and [secret]'],
    [`two lines\nlks_${RANDOM}`, 'two lines\n[secret]'],
  ])('%s', (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });
});

describe('is left', () => {
  test.each([
    '',
    '/api/sessions/ses_01a201d4c4ed71ee9ec045034294aa2f',
    'https://id.example.com:4400/a@b',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'lks_ is how a cookie begins',
    'mail to ada@example.com',
  ])('%s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

// Where time grows with the square of the length, these take longer than a test may.
test.each(['eyJ', 'eyJa.', 'eyJaaaaaaaa', 'lks_', 'lks_a.', '://:', '://a:', ':', ':a', '@', 'a', '://a:@'])(
  'much of %s is read in linear time',
  (piece) => {
    const text = piece.repeat(300_000 / piece.length);
    expect(redactText(`/eyJa.${text}`).length).toBeGreaterThan(0);
    expect(redactText(`x://a:${text}`).length).toBeGreaterThan(0);
  },
);

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSessionId, newId, sessionIdFromBytes, sessionIdToBytes } from './ids.ts';

const NOW = Date.UTC(2026, 0, 1);
const zeros = (length: number) => new Uint8Array(length);
const ones = (length: number) => new Uint8Array(length).fill(0xff);

describe('a new id', () => {
  test('has its kind, its time and its randomness: a version 7 UUID', () => {
    const id = newId('usr', NOW, zeros);
    expect(id).toMatch(/^usr_[0-9a-f]{32}$/);
    expect(Number.parseInt(id.slice(4, 16), 16)).toBe(NOW);
    // RFC 9562 §5.7: version 7, variant 10.
    expect(id.at(16)).toBe('7');
    expect(id.at(20)).toMatch(/[89ab]/);
    expect(newId('usr', NOW, ones)).not.toBe(id);
  });

  test('sorts by age', () => {
    expect(newId('aud', NOW, ones) < newId('aud', NOW + 1, zeros)).toBe(true);
  });
});

test('a session id and its 16 bytes are the same thing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const id = sessionIdFromBytes(bytes);
      expect(isSessionId(id)).toBe(true);
      expect([...sessionIdToBytes(id)]).toEqual([...bytes]);
    }),
  );
});

describe('is no session id', () => {
  const hex = '0'.repeat(32);
  test.each([
    '',
    'ses_',
    `usr_${hex}`,
    hex,
    `ses_${hex}0`,
    `ses_${hex.slice(1)}`,
    `ses_${hex}\n`,
    ` ses_${hex}`,
    `SES_${hex}`,
    `ses_${'A'.repeat(32)}`,
    `ses_${hex.slice(2)}..`,
  ])('%j', (text) => {
    expect(isSessionId(text)).toBe(false);
  });
});

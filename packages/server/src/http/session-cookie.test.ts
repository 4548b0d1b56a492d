import { describe, expect, test } from 'vitest';
import { endedSessionCookie, sessionCookie } from './session-cookie.ts';

describe('the text that sets it', () => {
  const NOW = Date.UTC(2026, 0, 1);
  const ISSUER = 'https://id.example.com';
  const text = (lifeMs: number, remember = true) =>
    sessionCookie(ISSUER, 1, 'lks_x', { remember, expiresAt: NOW + lifeMs }, NOW);

  test.each([
    [1000, 1],
    [1999, 1],
    [999, 0],
    [0, 0],
    [-5000, 0],
    [400 * 86_400_000, 34_560_000],
    [400 * 86_400_000 + 5000, 34_560_000],
  ])('a session that ends in %d ms: Max-Age=%d', (lifeMs, seconds) => {
    expect(text(lifeMs)).toBe(
      `__Host-Http-latchkey.1=lks_x; Max-Age=${seconds}; Path=/; HttpOnly; Secure; SameSite=Strict`,
    );
  });

  test('one that is not remembered ends with the browser', () => {
    expect(text(5000, false)).toBe('__Host-Http-latchkey.1=lks_x; Path=/; HttpOnly; Secure; SameSite=Strict');
  });

  test('and the one that takes it away', () => {
    expect(endedSessionCookie(ISSUER, undefined)).toBe(
      '__Host-Http-latchkey=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
  });
});

import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../instant.ts';
import { absoluteExpiry, idleExpiry, isLive, touchInterval } from './lifetime.ts';

const NOW = Date.UTC(2026, 0, 1);
const POLICY = { idleSeconds: 7 * 86_400, maxSeconds: 30 * 86_400 };

describe('absolute expiry', () => {
  test.each([
    ['remembered: all of the longest life', true, POLICY, 30 * DAY_MS],
    ['not remembered: one day', false, POLICY, DAY_MS],
    ['not remembered, where the longest life is shorter', false, { ...POLICY, maxSeconds: 3600 }, HOUR_MS],
    ['remembered, where the longest life is short', true, { ...POLICY, maxSeconds: 60 }, MINUTE_MS],
  ])('%s', (_name, remember, policy, lifeMs) => {
    expect(absoluteExpiry(policy, remember, NOW)).toBe(NOW + lifeMs);
  });
});

describe('idle expiry', () => {
  test.each([
    ['moves with use', NOW + 30 * DAY_MS, NOW + 7 * DAY_MS],
    ['stops at the absolute expiry', NOW + DAY_MS, NOW + DAY_MS],
    ['never moves past an expiry that is over', NOW - 1, NOW - 1],
  ])('%s', (_name, expiresAt, expected) => {
    expect(idleExpiry(POLICY, expiresAt, NOW)).toBe(expected);
  });
});

describe('live', () => {
  const live = { revokedAt: null, idleExpiresAt: NOW + 1, expiresAt: NOW + 1 };
  test.each([
    ['before both expiries', live, true],
    ['at the idle expiry itself', { ...live, idleExpiresAt: NOW }, false],
    ['at the absolute expiry itself', { ...live, expiresAt: NOW }, false],
    ['after the idle expiry', { ...live, idleExpiresAt: NOW - 1 }, false],
    ['revoked', { ...live, revokedAt: NOW - 1 }, false],
    ['revoked later, by a clock that is ahead', { ...live, revokedAt: NOW + 1 }, false],
    ['revoked at instant 0', { ...live, revokedAt: 0 }, false],
  ])('%s', (_name, session, expected) => {
    expect(isLive(session, NOW)).toBe(expected);
  });
});

test('a session in steady use is written down often enough that it never idles out', () => {
  for (const idleSeconds of [60, 61, 120, 600, 7 * 86_400]) {
    const intervalMs = touchInterval({ ...POLICY, idleSeconds });
    expect(intervalMs).toBeGreaterThan(0);
    expect(intervalMs).toBeLessThanOrEqual((idleSeconds * 1000) / 2);
  }
});

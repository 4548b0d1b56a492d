import { describe, expect, test } from 'vitest';
import {
  API_ERRORS,
  CREDENTIAL_LAYOUT,
  CREDENTIAL_PREFIXES,
  MAX_SLOTS,
  PAGES,
  ROUTES,
  sessionCookieName,
} from './index.ts';

describe('the name of the cookie', () => {
  test.each([
    [true, undefined, '__Host-Http-latchkey'],
    [true, 0, '__Host-Http-latchkey.0'],
    [true, 9, '__Host-Http-latchkey.9'],
    [false, undefined, 'latchkey'],
    [false, 3, 'latchkey.3'],
  ])('secure %s, slot %s', (secure, slot, name) => {
    expect(sessionCookieName(secure, slot)).toBe(name);
  });

  test('is another for each slot, and a token of RFC 6265 §4.1.1', () => {
    const names = [undefined, ...Array.from({ length: MAX_SLOTS }, (_, slot) => slot)].map((slot) =>
      sessionCookieName(true, slot),
    );
    expect(new Set(names).size).toBe(MAX_SLOTS + 1);
    for (const name of names) expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
  });
});

test('errors have a status of an error, and titles that say nothing of the cause', () => {
  for (const [code, { status, title }] of Object.entries(API_ERRORS)) {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/\S/);
  }
});

test('no two routes share a path, and all are paths in normal form', () => {
  const paths = [...Object.values(ROUTES), ...Object.values(PAGES)];
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of paths) expect(new URL(path, 'https://id.example.com').pathname).toBe(path);
});

test("a credential's carriers differ in their prefix, and its head fills whole base64 characters", () => {
  const prefixes = Object.values(CREDENTIAL_PREFIXES);
  expect(new Set(prefixes).size).toBe(prefixes.length);
  for (const prefix of prefixes) expect(prefix).toMatch(/^lk[a-z]_$/);
  const { version, keyId, sessionId } = CREDENTIAL_LAYOUT;
  expect((version + keyId + sessionId) % 3).toBe(0);
});

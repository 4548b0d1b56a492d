import { describe, expect, test } from 'vitest';
import { bitsPerCharacter, findTokens, looksRandom } from './token-shape.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (header: object, payload: object) => `${part(header)}.${part(payload)}.c2lnbmF0dXJl`;
const token = jwt({ alg: 'ES256' }, { sub: 'ada' });
const random = 'Zk3vB9qLr7XwT1uYp0Hs';

describe('RFC 7519: JWTs, wherever they are wrapped', () => {
  const wrapped: readonly (readonly [string, string, readonly string[]])[] = [
    ['alone', token, []],
    ['in text', `Bearer ${token}, and more`, []],
    ['in JSON', JSON.stringify({ session: { access_token: token } }), ['session', 'access_token']],
    ['in JSON inside JSON', JSON.stringify({ auth: JSON.stringify({ id: token }) }), ['auth', 'id']],
    ['percent-encoded JSON', encodeURIComponent(JSON.stringify([token])), ['0']],
    ['base64 of JSON, as a cookie has it', `base64-${part({ token })}`, ['token']],
    ['a JSON string', JSON.stringify(token), []],
  ];
  test.each(wrapped)('%s', (_name, value, path) => {
    const [found] = findTokens(value);
    expect(found).toMatchObject({ path, token: { kind: 'JWT', text: token, payload: { sub: 'ada' } } });
  });

  test('without a signature', () => {
    const unsigned = `${part({ alg: 'none' })}.${part({ sub: 'ada' })}.`;
    expect(findTokens(unsigned)).toMatchObject([{ token: { kind: 'JWT', text: unsigned } }]);
  });

  test('RFC 7516 §3.1: five parts are encrypted', () => {
    const encrypted = `${part({ alg: 'dir', enc: 'A256GCM' })}..aXY.Y2lwaGVy.dGFn`;
    expect(findTokens(encrypted)).toMatchObject([{ token: { kind: 'encrypted JWT', text: encrypted } }]);
  });

  test.each(['eyJ', 'eyJub3QganNvbg.eyJub3QganNvbg.x', `${part({ noAlgorithm: 1 })}.${part({})}.x`])(
    'not %s',
    (text) => {
      expect(findTokens(text).filter(({ token: found }) => found.kind !== 'opaque')).toEqual([]);
    },
  );
});

describe('values that cannot be guessed', () => {
  const values: readonly (readonly [string, boolean])[] = [
    [random, true],
    ['0b9f1c6e-2f3d-4c1a-9a57-5f3f0f1f9b11', true],
    ['9f86d081884c7d659a2feaa0c55ad015', true],
    ['q83vEjRWeJCrze8SNFZ4kA==', true],
    ['lks_AZrC0q7xN2c1vB9qLr7XwT1uYp0HsZk3', true],
    ['', false],
    ['short1', false],
    ['accept-all-cookies-please', false],
    ['1732272000000123456', false],
    ['aaaaaaaaaaaaaaaaaaaaaaa1', false],
    ['2026-11-22-10-30-00-000', false],
    ['dark-theme-version-12-beta', false],
    ['internationalization', false],
  ];
  test.each(values)('%s: %s', (value, is) => {
    expect(looksRandom(value)).toBe(is);
    expect(findTokens(value).length > 0).toBe(is);
  });

  test('what is for people or for programs is no token', () => {
    for (const value of [
      'GA1.2.1234567890.1732272000',
      'en-US,en;q=0.9',
      '{"theme":"dark","seen":[1,2,3]}',
      'Europe/Berlin',
    ]) {
      expect(findTokens(value), value).toEqual([]);
    }
  });

  test('Shannon', () => {
    expect(bitsPerCharacter('aaaa')).toBe(0);
    expect(bitsPerCharacter('abcd')).toBe(2);
  });
});

test('hostile values take no long time, and give no endless list', () => {
  const values = [
    'eyJ'.repeat(80_000),
    `${part({ alg: 'x' })}.${part({})}. `.repeat(8000),
    '%41'.repeat(80_000),
    '['.repeat(200_000),
    JSON.stringify(Array.from({ length: 10_000 }, (_one, index) => `${random}${index}`)),
    'a-'.repeat(120_000),
  ];
  const began = performance.now();
  for (const value of values) expect(findTokens(value).length).toBeLessThanOrEqual(50);
  expect(performance.now() - began).toBeLessThan(5000);
});

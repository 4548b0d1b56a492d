import { describe, expect, test } from 'vitest';
import { readOptions, type SessionsOptions } from './session-options.ts';
import type { SessionStore } from './session-store.ts';

const store: SessionStore = {
  insert: () => undefined,
  find: () => undefined,
  change: (_id, change) => change(undefined).result,
  deleteExpired: () => undefined,
};
const good: SessionsOptions = { store, secret: 'x'.repeat(32), cookieName: 'sawal', secure: true };
const keyOf = (options: SessionsOptions) => readOptions(options).key.key.export().toString('hex');

describe('options', () => {
  test('the usual ones', () => {
    expect(readOptions(good)).toMatchObject({
      cookieName: '__Host-sawal',
      sameSite: 'Strict',
      rotation: { overlapMs: 60_000, rotateAfterMs: 600_000, repeatMs: 10_000 },
      lifetime: { idleSeconds: 604_800, maxSeconds: 2_592_000 },
    });
  });

  test.each<[name: string, secure: boolean, cookieName: string]>([
    ['a', true, '__Host-a'],
    ['a', false, 'a'],
    ['__Host-a', true, '__Host-a'],
    ['__Host-Http-a', true, '__Host-Http-a'],
    ['Http-a', true, '__Host-Http-a'],
    ['Http-a', false, 'Http-a'],
  ])('%s, secure %s: the cookie is %s', (name, secure, cookieName) => {
    expect(readOptions({ ...good, cookieName: name, secure }).cookieName).toBe(cookieName);
  });

  test.each<[option: keyof SessionsOptions, values: unknown[]]>([
    ['secret', ['', 'x'.repeat(31), new Uint8Array(31), undefined, 32, null]],
    ['secure', [undefined, 'false', 1]],
    ['sameSite', ['None', 'lax', '', null]],
    ['cookieName', ['', 'a b', 'a=b', 'a;b', 'a.0', 'é', 'a\n', 'x'.repeat(65), undefined]],
    // Not as browsers know them, or not bound to this host (RFC 6265bis §4.1.3).
    ['cookieName', ['__Secure-a', '__Http-a', '__host-a', '__HOST-a', '__host-http-a']],
    ['cookieName', ['latchkey', 'latchkey-refresh', 'Latchkey', '__Host-latchkey', '__Host-Http-latchkey']],
    // The prefix that it is given makes one of Latchkey's names, or one that browsers take for another prefix.
    ['cookieName', ['Http-latchkey', 'Http-latchkey-token', 'http-latchkey', 'HTTP-a']],
    ['overlapSeconds', [0, 5, 5.5, 601, -60, Number.NaN, Number.POSITIVE_INFINITY, '60']],
    ['rotateSeconds', [0, 59, 86_401, Number.NaN]],
    ['idleSeconds', [0, 59, 86_400 * 365 + 1]],
    ['maxSeconds', [0, 59, 86_400 * 400 + 1]],
  ])('%s is refused by its name: %j', (option, values) => {
    for (const value of values) {
      const read = () => readOptions({ ...good, [option]: value });
      expect(read, String(value)).toThrow(TypeError);
      expect(read).toThrow(option);
    }
  });

  test.each(['__Host-a', '__Host-Http-a'])('%s without https would never be kept, and is refused', (cookieName) => {
    expect(() => readOptions({ ...good, cookieName, secure: false })).toThrow(TypeError);
  });

  test('a secret is in no message', () => {
    const secret = 'too short';
    expect(() => readOptions({ ...good, secret })).not.toThrow(secret);
    expect(() => readOptions({ ...good, secret })).toThrow('secret');
  });
});

describe('the key', () => {
  test('is the same after a restart, and for the same bytes', () => {
    expect(keyOf(good)).toBe(keyOf({ ...good }));
    expect(keyOf({ ...good, secret: Buffer.alloc(32, 'x') })).toBe(keyOf(good));
  });

  test('is another for another secret, and for another cookie', () => {
    const keys = [good, { ...good, secret: 'y'.repeat(32) }, { ...good, cookieName: 'b' }].map(keyOf);
    expect(new Set(keys).size).toBe(3);
  });
});

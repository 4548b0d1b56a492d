import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packContinuation, unpackContinuation } from './continuation.ts';
import type { AuthorizationRequest } from './request.ts';

const NOW = 1_800_000_000_000;
const KEY = createSecretKey(Buffer.alloc(32, 1));
const SESSION = `ses_${'0'.repeat(32)}` as const;
const REQUEST: AuthorizationRequest = {
  clientId: `cli_${'0'.repeat(32)}`,
  redirectUri: 'https://app.example/cb',
  state: 'state',
  nonce: undefined,
  codeChallenge: 'c'.repeat(43),
  scopes: ['openid'],
  audience: 'https://a.example',
  prompts: ['login', 'consent'],
  maxAgeSeconds: 0,
  loginHint: 'ada@example.com',
  hintedUser: `usr_${'0'.repeat(32)}`,
  pushedAs: 'f'.repeat(64),
  keyThumbprint: 'k'.repeat(43),
  startedAt: NOW,
};
const pack = (request = REQUEST, use: 'authorize' | typeof SESSION = 'authorize') =>
  packContinuation(request, use, KEY, (length) => new Uint8Array(randomBytes(length)));

test.each([
  REQUEST,
  { ...REQUEST, state: undefined, nonce: '', scopes: [], prompts: [], maxAgeSeconds: undefined, pushedAs: undefined },
  { ...REQUEST, keyThumbprint: undefined, loginHint: undefined, hintedUser: undefined, state: 'ä "\\ \u{1f511}' },
])('comes back as it was: %#', (request) => {
  const text = pack(request);
  expect(text).toMatch(/^[\w-]+$/);
  expect(unpackContinuation(text, 'authorize', KEY, NOW)).toEqual(request);
});

test('is good for half an hour, for its use and under its key', () => {
  const text = pack();
  expect(unpackContinuation(text, 'authorize', KEY, NOW + 30 * 60_000 - 1)).toEqual(REQUEST);
  expect(unpackContinuation(text, 'authorize', KEY, NOW + 30 * 60_000)).toBeUndefined();
  expect(unpackContinuation(text, SESSION, KEY, NOW)).toBeUndefined();
  expect(unpackContinuation(pack(REQUEST, SESSION), 'authorize', KEY, NOW)).toBeUndefined();
  expect(unpackContinuation(pack(REQUEST, SESSION), `ses_${'1'.repeat(32)}`, KEY, NOW)).toBeUndefined();
  expect(unpackContinuation(text, 'authorize', createSecretKey(Buffer.alloc(32, 2)), NOW)).toBeUndefined();
});

test('is nothing once any of it is changed', () => {
  const text = pack();
  fc.assert(
    fc.property(fc.nat(text.length - 2), (index) => {
      const other = text[index] === 'A' ? 'B' : 'A';
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      expect(unpackContinuation(changed, 'authorize', KEY, NOW)).toBeUndefined();
    }),
  );
  for (const nonsense of ['', 'A', text.slice(1), `${text}AAAA`, `${text}=`, 'A'.repeat(5000)]) {
    expect(unpackContinuation(nonsense, 'authorize', KEY, NOW)).toBeUndefined();
  }
});

import { describe, expect, test } from 'vitest';
import { CLIENT_AUTH_METHODS } from '../clients/client.ts';
import { isKeyThumbprint, keyRefusal } from './key-refusal.ts';
import { isNonceRequired, isProofRequired, refreshTokenKey } from './requirement.ts';

const KEY = 'k'.repeat(43);
const OTHER = 'o'.repeat(43);

describe('RFC 9449 §5, §10: what is bound to', () => {
  test.each([
    ['no key, without a proof', null, undefined, undefined],
    ['no key, with a proof', null, KEY, undefined],
    ['this key', KEY, KEY, undefined],
    ['another key', KEY, OTHER, { kind: 'invalid_grant', reason: 'other_key' }],
    ['a key, without a proof', KEY, undefined, { kind: 'invalid_dpop_proof', reason: 'proof_missing' }],
  ])('%s', (_what, boundTo, shown, refusal) => {
    expect(keyRefusal(boundTo, shown)).toEqual(refusal);
  });
});

test.each(CLIENT_AUTH_METHODS)('RFC 9449 §5, §8: only a public client is known by its key alone: %s', (authMethod) => {
  const isPublic = authMethod === 'none';
  expect(isNonceRequired({ authMethod })).toBe(isPublic);
  expect(refreshTokenKey({ authMethod }, KEY)).toBe(isPublic ? KEY : null);
  expect(refreshTokenKey({ authMethod }, undefined)).toBeNull();
});

test('RFC 9449 §5.2: a client whose tokens must all be bound', () => {
  expect([true, false].map((dpopBound) => isProofRequired({ dpopBound }))).toEqual([true, false]);
});

test.each([
  [KEY, true],
  ['', false],
  ['k'.repeat(42), false],
  ['k'.repeat(44), false],
  [`${'k'.repeat(42)}=`, false],
  [`${'k'.repeat(42)}+`, false],
  [`${KEY}\n`, false],
])('%j as a thumbprint', (text, isOne) => {
  expect(isKeyThumbprint(text)).toBe(isOne);
});

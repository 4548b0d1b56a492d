import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { readClientKeys } from './keys.ts';

const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as Record<string, string>;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const EC = jwkOf(ec.publicKey);
const P384 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey);
const ED = jwkOf(generateKeyPairSync('ed25519').publicKey);
const X25519 = jwkOf(generateKeyPairSync('x25519').publicKey);
const RSA = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey);
const RSA_1024 = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
const RSA_3 = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey);

const read = (value: unknown) => readClientKeys(JSON.stringify(value));
const kept = (value: unknown) => read(value).keys.map(({ publicJwk }) => JSON.parse(publicJwk) as JWK);
const problems = (value: unknown) => read(value).problems.map(({ code, index }) => `${index} ${code}`);

describe('public keys', () => {
  test.each<[kind: string, jwk: Record<string, unknown>, alg: string]>([
    ['EC', EC, 'ES256'],
    ['EC', { ...EC, alg: 'ES256', use: 'sig', key_ops: ['verify'] }, 'ES256'],
    ['Ed25519', ED, 'EdDSA'],
    ['Ed25519, by its name in RFC 9864', { ...ED, alg: 'Ed25519' }, 'EdDSA'],
    ['RSA', RSA, 'RS256'],
    ['RSA', { ...RSA, alg: 'PS256' }, 'PS256'],
  ])('%s: are kept for one algorithm, named by their thumbprint (RFC 7638)', async (_kind, jwk, alg) => {
    const kid = await calculateJwkThumbprint(jwk);
    const { kty, crv, x, y, n, e } = jwk as JWK;
    const members = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e })) as object;
    expect(kept(jwk)).toEqual([{ ...members, kid, alg, use: 'sig' }]);
    expect(problems(jwk)).toEqual([]);
  });

  test('by a name of their own, and without what else the client wrote', () => {
    expect(kept({ ...EC, kid: 'mine', x5c: ['MII'], note: 'x' })).toEqual([
      { ...EC, kid: 'mine', alg: 'ES256', use: 'sig' },
    ]);
  });

  test('are written alike, however they were written', () => {
    const other = { y: EC['y'], x: EC['x'], use: 'sig', crv: 'P-256', kty: 'EC' };
    expect(read({ keys: [other] })).toEqual(read(EC));
  });

  test('of a set, all of them', () => {
    expect(kept({ keys: [EC, ED, { ...RSA, kid: 'r' }] }).map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA', 'RS256']);
    expect(read({ keys: Array.from({ length: 20 }, (_, index) => ({ ...EC, kid: `k${index}` })) }).keys).toHaveLength(
      20,
    );
  });
});

describe('refused', () => {
  test.each<[name: string, value: unknown, expected: string[]]>([
    ['a private key', jwkOf(ec.privateKey), ['1 private_key']],
    ['a private RSA member alone', { ...RSA, p: 'AQAB' }, ['1 private_key']],
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }, ['1 symmetric_key']],
    ['a symmetric member in another key', { ...EC, k: 'AAAA' }, ['1 symmetric_key']],
    ['RSA of 1024 bits', RSA_1024, ['1 weak_key']],
    ['RSA with the exponent 3', RSA_3, ['1 weak_key']],
    ['RSA with the exponent 1', { ...RSA, e: 'AQ' }, ['1 weak_key']],
    ['another curve', P384, ['1 unsupported_key']],
    ['a key for agreement', X25519, ['1 unsupported_key']],
    ['a key for encryption', { ...EC, use: 'enc' }, ['1 unsupported_key']],
    ['a key for signing only', { ...EC, key_ops: ['sign'] }, ['1 unsupported_key']],
    ['another algorithm', { ...EC, alg: 'ES384' }, ['1 unsupported_key']],
    ['HMAC by a public key', { ...RSA, alg: 'HS256' }, ['1 unsupported_key']],
    ['none', { ...RSA, alg: 'none' }, ['1 unsupported_key']],
    ['an algorithm of another key', { ...RSA, alg: 'ES256' }, ['1 unsupported_key']],
    ['a kind that nobody knows', { kty: 'AKP', pub: 'x' }, ['1 unsupported_key']],
    ['a name that is none', { ...EC, kid: '' }, ['1 bad_kid']],
    ['a name with a control character', { ...EC, kid: 'a\u0000' }, ['1 bad_kid']],
    ['a long name', { ...EC, kid: 'k'.repeat(257) }, ['1 bad_kid']],
    ['a name that is no text', { ...EC, kid: 1 }, ['1 bad_kid']],
    ['a point that is on no curve', { ...EC, y: EC['x'] }, ['1 malformed_key']],
    ['half of a key', { kty: 'EC', crv: 'P-256', x: EC['x'] }, ['1 malformed_key']],
    ['RSA without an exponent', { kty: 'RSA', n: RSA['n'] }, ['1 malformed_key']],
    ['no object', { keys: [null] }, ['1 malformed_key']],
    ['no keys', { keys: [] }, ['0 no_keys']],
    ['21 keys', { keys: Array.from({ length: 21 }, (_, index) => ({ ...EC, kid: `${index}` })) }, ['0 too_many_keys']],
    [
      'one name twice',
      {
        keys: [
          { ...EC, kid: 'x' },
          { ...ED, kid: 'x' },
        ],
      },
      ['0 repeated_key'],
    ],
    ['one key twice', { keys: [EC, EC] }, ['0 repeated_key']],
    ['no key set', {}, ['0 bad_key_set']],
    ['an array', [EC], ['0 bad_key_set']],
    ['keys that are no array', { keys: { 0: EC } }, ['0 bad_key_set']],
  ])('%s', (_name, value, expected) => {
    expect(problems(value)).toEqual(expected);
    expect(read(value).keys).toEqual([]);
  });

  test('what is too long to be read', () => {
    expect(readClientKeys(JSON.stringify({ ...EC, pad: 'x'.repeat(65_536) })).problems).toEqual([
      { code: 'bad_key_set', index: 0 },
    ]);
  });

  test('alone: the others of a set are good', () => {
    const set = { keys: [P384, EC, { kty: 'oct', k: 'AAAA' }] };
    expect(problems(set)).toEqual(['1 unsupported_key', '3 symmetric_key']);
    expect(kept(set).map(({ alg }) => alg)).toEqual(['ES256']);
  });

  test('without breaking, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), (text) => {
        expect(readClientKeys(text).problems).not.toEqual([]);
      }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'), fc.jsonValue()),
        (jwk) => {
          expect(read({ ...EC, ...jwk }).keys.length + read({ ...EC, ...jwk }).problems.length).toBe(1);
        },
      ),
    );
  });
});

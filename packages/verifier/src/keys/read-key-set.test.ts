import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey, type TestKey } from '../../test/support/issuer.ts';
import { nodeRuntime } from '../runtime-node.ts';
import { webRuntime } from '../runtime-web.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { readKeySet, type VerificationKeys } from './read-key-set.ts';

const ALL: readonly SignatureAlgorithm[] = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'];
const NONE: VerificationKeys = new Map();

let ec: TestKey;
let other: TestKey;
let rsa: TestKey;
let ed: TestKey;

beforeAll(async () => {
  [ec, other, rsa, ed] = await Promise.all([
    makeKey('ES256', 'ec'),
    makeKey('ES256', 'other'),
    makeKey('RS256', 'rsa'),
    makeKey('EdDSA', 'ed'),
  ]);
});

describe.each([
  ['Node', nodeRuntime],
  ['Web Crypto', webRuntime],
])('on %s', (_name, runtime) => {
  /** The ids of the keys that are left of these members. */
  async function kidsOf(members: unknown, algorithms = ALL): Promise<string[] | undefined> {
    const keys = await readKeySet({ keys: members }, algorithms, runtime, NONE);
    return keys && [...keys.keys()];
  }

  test('reads all kinds of keys', async () => {
    const ps = { ...rsa.publicJwk, alg: 'PS256', kid: 'ps' };
    const ed25519 = { ...ed.publicJwk, alg: 'Ed25519', kid: 'ed25519' };
    const members = [ec.publicJwk, rsa.publicJwk, ps, ed.publicJwk, ed25519];
    expect(await kidsOf(members)).toEqual(['ec', 'rsa', 'ps', 'ed', 'ed25519']);
    expect(await kidsOf([])).toEqual([]);
  });

  test.each([[undefined], [null], [{}], ['keys'], [{ length: 1 }]])('no key set: %j', async (members) => {
    expect(await kidsOf(members)).toBeUndefined();
  });

  describe('skips', () => {
    test.each<[string, () => unknown]>([
      ['null', () => null],
      ['a string', () => 'ec'],
      ['an array', () => [ec.publicJwk]],
      ['an empty object', () => ({})],
      ['a key for encryption', () => ({ ...ec.publicJwk, use: 'enc' })],
      ['a use that is no string', () => ({ ...ec.publicJwk, use: ['sig'] })],
      ['a key for other operations', () => ({ ...ec.publicJwk, key_ops: ['encrypt'] })],
      ['operations that are no array', () => ({ ...ec.publicJwk, key_ops: 'verify' })],
      ['a private key', () => ec.privateKey.export({ format: 'jwk' })],
      ['a private key that says it is public', () => ({ ...ec.publicJwk, d: 'AAAA' })],
      ['an empty private part', () => ({ ...ec.publicJwk, d: '' })],
      ['a secret', () => ({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', kid: 'bad', use: 'sig' })],
      ['a secret that claims an algorithm', () => ({ ...ec.publicJwk, kty: 'oct', k: 'c2VjcmV0' })],
      ['no key id', () => ({ ...ec.publicJwk, kid: undefined })],
      ['an empty key id', () => ({ ...ec.publicJwk, kid: '' })],
      ['a key id without end', () => ({ ...ec.publicJwk, kid: 'k'.repeat(257) })],
      ['a key id that is no string', () => ({ ...ec.publicJwk, kid: 1 })],
      ['no algorithm', () => ({ ...ec.publicJwk, alg: undefined })],
      ['an unknown algorithm', () => ({ ...ec.publicJwk, alg: 'ES999' })],
      ['an inherited member as the algorithm', () => ({ ...ec.publicJwk, alg: 'toString' })],
      ['an algorithm of another kind of key', () => ({ ...ec.publicJwk, alg: 'RS256' })],
      ['an algorithm of another curve', () => ({ ...ec.publicJwk, alg: 'EdDSA' })],
      ['HMAC with an RSA key', () => ({ ...rsa.publicJwk, alg: 'HS256' })],
      ['a point that is not on the curve', () => ({ ...ec.publicJwk, x: other.publicJwk.x })],
      ['a missing coordinate', () => ({ ...ec.publicJwk, y: undefined })],
      ['a coordinate that is no string', () => ({ ...ec.publicJwk, x: 1 })],
      ['a short Ed25519 key', () => ({ ...ed.publicJwk, x: 'AAAA' })],
      ['a weak RSA key', () => weakRsaKey(1024, 0x10001)],
      ['an RSA key without modulus', () => ({ ...rsa.publicJwk, n: '' })],
      ['an RSA exponent of 1', () => ({ ...rsa.publicJwk, e: 'AQ' })],
      ['an RSA exponent of 0', () => ({ ...rsa.publicJwk, e: 'AA' })],
    ])('%s, and takes the others', async (_what, member) => {
      expect(await kidsOf([member(), other.publicJwk])).toEqual(['other']);
    });

    test('an algorithm that is not allowed', async () => {
      expect(await kidsOf([ec.publicJwk, rsa.publicJwk], ['ES256'])).toEqual(['ec']);
    });

    test('all keys that share an id', async () => {
      const twin = { ...other.publicJwk, kid: 'ec' };
      expect(await kidsOf([ec.publicJwk, twin, rsa.publicJwk])).toEqual(['rsa']);
      expect(await kidsOf([ec.publicJwk, ec.publicJwk, twin])).toEqual([]);
    });

    test('a key that shares its id with one that is not usable counts alone', async () => {
      expect(await kidsOf([ec.publicJwk, { ...other.publicJwk, kid: 'ec', use: 'enc' }])).toEqual(['ec']);
    });
  });

  test('a key that came before stays the same object; one that changed under its id does not', async () => {
    const read = async (jwk: unknown, previous: VerificationKeys) =>
      (await readKeySet({ keys: [jwk] }, ALL, runtime, previous)) ?? NONE;
    const first = await read(ec.publicJwk, NONE);
    expect((await read(ec.publicJwk, first)).get('ec')).toBe(first.get('ec'));
    expect((await read({ ...other.publicJwk, kid: 'ec' }, first)).get('ec')).not.toBe(first.get('ec'));
    const asRsa = await read({ ...rsa.publicJwk, kid: 'rsa' }, NONE);
    expect((await read({ ...rsa.publicJwk, alg: 'PS256' }, asRsa)).get('rsa')).not.toBe(asRsa.get('rsa'));
  });
});

function weakRsaKey(modulusLength: number, publicExponent: number): object {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  return { ...publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' };
}

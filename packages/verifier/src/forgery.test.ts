import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  base64url,
  CLAIMS,
  makeKey,
  refusalOf,
  signBytes,
  signToken,
  TestIssuer,
  type TestKey,
} from '../test/support/issuer.ts';
import { createVerifier, type Verifier } from './index.ts';
import { createVerifier as createWebVerifier } from './web.ts';

describe.each([
  ['Node', createVerifier],
  ['Web Crypto', createWebVerifier],
])('on %s', (_name, create) => {
  const on = (testIssuer: TestIssuer): TestIssuer => Object.assign(testIssuer, { create });
  let ec: TestKey;
  let rsa: TestKey;
  let ed: TestKey;
  let verifier: Verifier;

  beforeAll(async () => {
    [ec, rsa, ed] = await Promise.all([makeKey('ES256', 'ec'), makeKey('RS256', 'rsa'), makeKey('EdDSA', 'ed')]);
    verifier = on(new TestIssuer(ec, rsa, ed)).createVerifier();
  });

  /** A good token's text with another signature, given its bytes to sign. */
  function withSignature(key: TestKey, header: object, makeSignature: (signingInput: Buffer) => Uint8Array): string {
    const text = JSON.stringify({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header });
    const signingInput = `${base64url(text)}.${base64url(JSON.stringify(CLAIMS))}`;
    return `${signingInput}.${base64url(makeSignature(Buffer.from(signingInput)))}`;
  }

  describe('algorithm confusion (RFC 8725 §2.1)', () => {
    const encodings: [string, (key: TestKey) => string | Buffer][] = [
      ['PEM', (key) => publicKeyOf(key).export({ type: 'spki', format: 'pem' })],
      [
        'PEM without the last line break',
        (key) => publicKeyOf(key).export({ type: 'spki', format: 'pem' }).toString().trim(),
      ],
      ['DER', (key) => publicKeyOf(key).export({ type: 'spki', format: 'der' })],
      ['JWK', (key) => JSON.stringify(key.publicJwk)],
      [
        'raw coordinates',
        (key) => Buffer.from(`${key.publicJwk.x ?? key.publicJwk.n}${key.publicJwk.y ?? ''}`, 'base64url'),
      ],
      ['nothing', () => ''],
    ];
    const keys: [string, () => TestKey][] = [
      ['EC', () => ec],
      ['RSA', () => rsa],
      ['Ed25519', () => ed],
    ];
    const cases = keys.flatMap(([kind, key]) =>
      encodings.flatMap(([encoding, secret]) =>
        ['HS256', 'HS384', 'HS512'].map((alg) => [alg, kind, encoding, key, secret] as const),
      ),
    );

    test.each(cases)('%s with the public %s key as %s', async (alg, _kind, _encoding, key, secret) => {
      const digest = alg.replace('HS', 'sha');
      const mac = (data: Buffer): Buffer => createHmac(digest, secret(key())).update(data).digest();
      expect(await refusalOf(verifier.verify(withSignature(key(), { alg }, mac)))).toBe('algorithm_not_allowed');
      // And under a name that is allowed.
      const disguised = await refusalOf(verifier.verify(withSignature(key(), {}, mac)));
      expect(disguised).toBe('signature_invalid');
    });

    test.each([['none'], ['None'], ['NONE'], ['nOnE'], ['']])('alg %j, with and without a signature', async (alg) => {
      for (const signature of [Buffer.alloc(0), Buffer.alloc(64)]) {
        const token = withSignature(ec, { alg }, () => signature);
        expect(await refusalOf(verifier.verify(token))).toBe('algorithm_not_allowed');
      }
    });

    test('an algorithm that is allowed, but is not that of the key', async () => {
      for (const [key, alg] of [
        [ec, 'EdDSA'],
        [ec, 'RS256'],
        [rsa, 'ES256'],
        [ed, 'ES256'],
      ] as const) {
        expect(await refusalOf(verifier.verify(signToken(key, {}, { alg })))).toBe('algorithm_not_allowed');
      }
    });

    test('another padding of the same RSA key', async () => {
      const both = on(new TestIssuer(rsa)).createVerifier({ algorithms: ['RS256', 'PS256'] });
      const pss = (data: Buffer): Buffer => signBytes({ ...rsa, alg: 'PS256' }, data);
      expect(await refusalOf(both.verify(withSignature(rsa, { alg: 'PS256' }, pss)))).toBe('algorithm_not_allowed');
      expect(await refusalOf(both.verify(withSignature(rsa, {}, pss)))).toBe('signature_invalid');
    });

    test('a PSS salt of another length than the digest', async () => {
      const ps: TestKey = { ...rsa, alg: 'PS256', publicJwk: { ...rsa.publicJwk, alg: 'PS256' } };
      const pss = on(new TestIssuer(ps)).createVerifier({ algorithms: ['PS256'] });
      const salted = (saltLength: number) =>
        withSignature(ps, {}, (data) => sign('sha256', data, { key: rsa.privateKey, padding: 6, saltLength }));
      expect(await refusalOf(pss.verify(salted(32)))).toBe('accepted');
      expect(await refusalOf(pss.verify(salted(20)))).toBe('signature_invalid');
      expect(await refusalOf(pss.verify(salted(0)))).toBe('signature_invalid');
    });

    test('another digest of the same key', async () => {
      const sha1 = (data: Buffer): Buffer => sign('sha1', data, rsa.privateKey);
      expect(await refusalOf(verifier.verify(withSignature(rsa, {}, sha1)))).toBe('signature_invalid');
      const sha512 = (data: Buffer): Buffer => sign('sha512', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
      expect(await refusalOf(verifier.verify(withSignature(ec, {}, sha512)))).toBe('signature_invalid');
    });
  });

  describe('keys that the token brings along', () => {
    test('a stranger’s key, embedded and signed with', async () => {
      const stranger = await makeKey('ES256', 'ec');
      const tokens = [
        signToken(stranger, {}, { jwk: stranger.publicJwk }),
        signToken(stranger, {}, { kid: undefined, jwk: stranger.publicJwk }),
        signToken(stranger, {}, { jku: 'https://evil.example/jwks.json' }),
      ];
      for (const token of tokens) expect(await refusalOf(verifier.verify(token))).toBe('embedded_key');
      expect(await refusalOf(verifier.verify(signToken(stranger)))).toBe('signature_invalid');
    });

    test('the issuer’s own key, embedded', async () => {
      expect(await refusalOf(verifier.verify(signToken(ec, {}, { jwk: ec.publicJwk })))).toBe('embedded_key');
    });

    test('a key of the set under the id of another', async () => {
      expect(await refusalOf(verifier.verify(signToken({ ...ed, alg: 'EdDSA' }, {}, { kid: 'ec' })))).toBe(
        'algorithm_not_allowed',
      );
      const twin = await makeKey('ES256', 'twin');
      const both = on(new TestIssuer(ec, twin)).createVerifier();
      expect(await refusalOf(both.verify(signToken(twin, {}, { kid: 'ec' })))).toBe('signature_invalid');
    });
  });

  describe('signatures', () => {
    const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const word = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
    const p1363 = (data: Buffer): Buffer => signBytes(ec, data);

    test.each<[string, (data: Buffer) => Uint8Array]>([
      ['none', () => Buffer.alloc(0)],
      ['zeros (CVE-2022-21449)', () => Buffer.alloc(64)],
      ['r of zero', (data) => Buffer.concat([Buffer.alloc(32), p1363(data).subarray(32)])],
      ['s of zero', (data) => Buffer.concat([p1363(data).subarray(0, 32), Buffer.alloc(32)])],
      ['r and s of the order', () => Buffer.concat([word(N), word(N)])],
      ['r of one and s of the order', () => Buffer.concat([word(1n), word(N)])],
      ['ones', () => Buffer.alloc(64, 0xff)],
      ['DER', (data) => sign('sha256', data, ec.privateKey)],
      ['DER, filled up with zeros', (data) => Buffer.concat([sign('sha256', data, ec.privateKey), Buffer.alloc(8)])],
      ['one byte short', (data) => p1363(data).subarray(0, 63)],
      ['one byte long', (data) => Buffer.concat([p1363(data), Buffer.alloc(1)])],
      [
        'zeros before r and s',
        (data) => {
          const signature = p1363(data);
          return Buffer.concat([Buffer.alloc(1), signature.subarray(0, 32), Buffer.alloc(1), signature.subarray(32)]);
        },
      ],
      ['the good one twice', (data) => Buffer.concat([p1363(data), p1363(data)])],
      ['r and s exchanged', (data) => Buffer.concat([p1363(data).subarray(32), p1363(data).subarray(0, 32)])],
      [
        'that of another key of the curve',
        (data) => {
          const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
          return sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
        },
      ],
      ['that of the payload alone', (data) => p1363(Buffer.from(data.toString().split('.')[1] ?? ''))],
    ])('ES256: %s', async (_what, makeSignature) => {
      expect(await refusalOf(verifier.verify(withSignature(ec, {}, makeSignature)))).toBe('signature_invalid');
    });

    test('ES256: the twin (r, n − s) is another text of the same token, and names nobody else', async () => {
      const twin = (data: Buffer): Buffer => {
        const signature = p1363(data);
        return Buffer.concat([
          signature.subarray(0, 32),
          word(N - BigInt(`0x${signature.subarray(32).toString('hex')}`)),
        ]);
      };
      expect((await verifier.verify(withSignature(ec, {}, twin))).claims).toEqual(CLAIMS);
    });

    test.each<[string, (data: Buffer) => Uint8Array]>([
      ['zeros', () => Buffer.alloc(64)],
      ['the neutral element', () => Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])],
      ['one byte short', (data) => signBytes(ed, data).subarray(0, 63)],
      ['one byte long', (data) => Buffer.concat([signBytes(ed, data), Buffer.alloc(1)])],
      [
        'S plus the order (RFC 8032 §5.1.7)',
        (data) => {
          const signature = signBytes(ed, data);
          const order = 2n ** 252n + 27742317777372353535851937790883648493n;
          const s = BigInt(`0x${Buffer.from(signature.subarray(32).toReversed()).toString('hex')}`) + order;
          return Buffer.concat([signature.subarray(0, 32), word(s).toReversed()]);
        },
      ],
    ])('EdDSA: %s', async (_what, makeSignature) => {
      expect(await refusalOf(verifier.verify(withSignature(ed, {}, makeSignature)))).toBe('signature_invalid');
    });

    test.each<[string, (data: Buffer) => Uint8Array]>([
      ['zeros', () => Buffer.alloc(256)],
      ['one', () => Buffer.concat([Buffer.alloc(255), Buffer.from([1])])],
      ['nothing', () => Buffer.alloc(0)],
      ['a zero before', (data) => Buffer.concat([Buffer.alloc(1), signBytes(rsa, data)])],
      ['one byte short', (data) => signBytes(rsa, data).subarray(0, 255)],
      ['a very long one', () => Buffer.alloc(4000, 0xff)],
    ])('RS256: %s', async (_what, makeSignature) => {
      expect(await refusalOf(verifier.verify(withSignature(rsa, {}, makeSignature)))).toBe('signature_invalid');
    });
  });

  function publicKeyOf(key: TestKey) {
    return createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' });
  }
});

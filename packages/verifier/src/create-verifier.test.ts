import { SignJWT, importJWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  AUDIENCE,
  CLAIMS,
  ISSUER,
  makeKey,
  NOW,
  refusalOf,
  signTexts,
  signToken,
  TestIssuer,
  type TestKey,
} from '../test/support/issuer.ts';
import { createVerifier, requireScope, VerifierError, type SignatureAlgorithm, type Verifier } from './index.ts';
import { createVerifier as createWebVerifier } from './web.ts';

describe.each([
  ['Node', createVerifier],
  ['Web Crypto', createWebVerifier],
])('on %s', (_name, create) => {
  const on = (testIssuer: TestIssuer): TestIssuer => Object.assign(testIssuer, { create });
  let key: TestKey;
  let issuer: TestIssuer;
  let verifier: Verifier;

  beforeAll(async () => {
    key = await makeKey('ES256', 'key-1');
    issuer = on(new TestIssuer(key));
    verifier = issuer.createVerifier();
  });

  describe('a good token', () => {
    test.each<SignatureAlgorithm>(['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'])('of %s', async (alg) => {
      const signer = await makeKey(alg, 'the-key');
      const of = on(new TestIssuer(signer)).createVerifier({ algorithms: [alg] });
      expect((await of.verify(signToken(signer))).subject).toBe('usr_01');
      // Signed by a peer, too.
      const privateKey = await importJWK({ ...signer.privateKey.export({ format: 'jwk' }), alg });
      const token = await new SignJWT({ ...CLAIMS, amr: ['pwd'] })
        .setProtectedHeader({ alg, typ: 'application/at+jwt', kid: 'the-key' })
        .sign(privateKey);
      expect((await of.verify(token)).claims).toEqual(CLAIMS);
    });

    test('is given with what an application asks of it', async () => {
      const roles = ['admin'];
      const token = await verifier.verify(signToken(key, { roles, tenant: { id: 7 } }));
      expect(token).toEqual({
        kind: 'access_token',
        subject: 'usr_01',
        clientId: 'latchkey',
        scopes: ['notes:read', 'notes:write'],
        roles,
        sessionId: 'ses_01',
        expiresAtMs: (NOW + 600) * 1000,
        claims: { ...CLAIMS, roles, tenant: { id: 7 } },
      });
    });

    test('without scopes, roles and session has empty ones', async () => {
      const token = await verifier.verify(signToken(key, { scope: undefined, sid: undefined }));
      expect(token).toMatchObject({ scopes: [], roles: [], sessionId: undefined });
    });

    test('is frozen, because all requests with it share one object', async () => {
      const text = signToken(key, { aud: [AUDIENCE, 'x'], roles: ['a'], tenant: { ids: [1] } });
      const token = await verifier.verify(text);
      expect(await verifier.verify(text)).toBe(token);
      const tenant = token.claims['tenant'] as { ids: number[] };
      const { claims, scopes, roles } = token;
      for (const part of [token, claims, scopes, roles, claims.aud, claims.amr, tenant, tenant.ids]) {
        expect(Object.isFrozen(part)).toBe(true);
      }
    });

    test('grants exactly its scopes', async () => {
      const token = await verifier.verify(signToken(key));
      requireScope(token, 'notes:read');
      requireScope(token, 'notes:write', 'notes:read');
      for (const scope of ['notes', 'notes:', 'notes:read notes:write', 'NOTES:READ', 'admin', '', 'length', '0']) {
        expect(() => requireScope(token, 'notes:read', scope)).toThrow(VerifierError);
      }
      expect(() => requireScope(token, 'admin')).toThrow(
        expect.objectContaining({ code: 'insufficient_scope', status: 403, scopes: ['admin'] }),
      );
    });
  });

  describe('the form of a token', () => {
    const good = () => signToken(key);
    const replaced = (part: 0 | 1 | 2, change: (text: string) => string): string =>
      good()
        .split('.')
        .map((text, i) => (i === part ? change(text) : text))
        .join('.');

    test.each<[string, () => unknown]>([
      ['nothing', () => ''],
      ['no text', () => undefined],
      ['an object that reads as a token', () => ({ toString: good, length: 10 })],
      ['an array of one token', () => [good()]],
      ['two segments', () => good().split('.').slice(0, 2).join('.')],
      ['four segments', () => `${good()}.AAAA`],
      ['five segments, as of a JWE', () => `${good()}.AAAA.AAAA`],
      ['a dot too many', () => `${good()}.`],
      ['dots only', () => '..'],
      ['white space before', () => ` ${good()}`],
      ['white space after', () => `${good()} `],
      ['a line break inside', () => replaced(1, (text) => `${text.slice(0, 8)}\n${text.slice(8)}`)],
      ['the scheme before', () => `Bearer ${good()}`],
      ['padding of the header', () => replaced(0, (text) => `${text}=`)],
      ['padding of the signature', () => replaced(2, (text) => `${text}==`)],
      ['the other alphabet', () => replaced(2, (text) => `+${text.slice(1)}`)],
      ['the other alphabet, slash', () => replaced(1, (text) => `${text.slice(0, -1)}/`)],
      ['percent-encoding', () => replaced(0, (text) => text.replace('e', '%65'))],
      ['a character that looks the same', () => replaced(0, (text) => text.replace('e', '\u0435'))],
      ['a character that is the same in its low byte', () => replaced(0, (text) => text.replace('e', '\u0165'))],
      ['a NUL', () => replaced(2, (text) => `${text}\0`)],
      ['a lone surrogate', () => replaced(2, (text) => `${text}\ud800`)],
      ['an empty header', () => replaced(0, () => '')],
      ['a detached payload', () => replaced(1, () => '')],
      [
        'the flattened JSON serialisation',
        () => {
          const [header, payload, signature] = good().split('.');
          return JSON.stringify({ protected: header, payload, signature });
        },
      ],
      [
        'the general JSON serialisation',
        () => {
          const [header, payload, signature] = good().split('.');
          return JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
        },
      ],
      ['a header that is no JSON', () => signTexts(key, 'alg=ES256', JSON.stringify(CLAIMS))],
      ['a header that is an array', () => signTexts(key, '[]', JSON.stringify(CLAIMS))],
      ['a payload that is no JSON', () => signTexts(key, headerText(), 'sub=usr_01')],
      ['a payload that is null', () => signTexts(key, headerText(), 'null')],
      ['a nested token as the payload', () => signTexts(key, headerText(), good())],
      ['a payload that is not UTF-8', () => signTexts(key, headerText(), Buffer.from('{"sub":"\xff"}', 'latin1'))],
      ['a header member twice', () => signTexts(key, `{"alg":"none",${headerText().slice(1)}`, JSON.stringify(CLAIMS))],
      ['a claim twice', () => signTexts(key, headerText(), `{"sub":"usr_02",${JSON.stringify(CLAIMS).slice(1)}`)],
      [
        'a claim twice, once escaped',
        () => signTexts(key, headerText(), `{"\\u0073ub":"x",${JSON.stringify(CLAIMS).slice(1)}`),
      ],
      [
        'a claim twice, in a nested object',
        () =>
          signTexts(
            key,
            headerText(),
            JSON.stringify({ ...CLAIMS, act: 0 }).replace('"act":0', '"act":{"sub":1,"sub":2}'),
          ),
      ],
      [
        'a subject of half a character',
        () => signTexts(key, headerText(), JSON.stringify({ ...CLAIMS, sub: 'usr_\ud800' })),
      ],
      ['deep nesting', () => signTexts(key, headerText(), `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`)],
    ])('%s', async (_what, token) => {
      expect(await refusalOf(verifier.verify(token() as string))).toBe('token_malformed');
    });

    test.each([
      ['a number beyond all numbers', '1e999'],
      ['a number below zero', '-1e999'],
      ['a numeric string', `"${NOW + 600}"`],
      ['a very exact number', `1${'0'.repeat(400)}`],
    ])('an expiry that is %s', async (_what, exp) => {
      const payload = JSON.stringify(CLAIMS).replace(/"exp":\d+/, `"exp":${exp}`);
      expect(await refusalOf(verifier.verify(signTexts(key, headerText(), payload)))).toBe('claim_invalid');
    });

    test('longer than allowed, by one character', async () => {
      const token = signToken(key, { pad: 'x'.repeat(300) });
      const allowing = (maxTokenLength: number) => issuer.createVerifier({ maxTokenLength }).verify(token);
      expect((await allowing(token.length)).subject).toBe('usr_01');
      expect(await refusalOf(allowing(token.length - 1))).toBe('token_too_long');
      expect(await refusalOf(verifier.verify('a'.repeat(10_000_000)))).toBe('token_too_long');
    });

    test('no other last character of a segment decodes to the same token', async () => {
      const token = signToken(key);
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      for (const end of [token.indexOf('.'), token.lastIndexOf('.'), token.length]) {
        for (const character of alphabet.replace(token.charAt(end - 1), '')) {
          const forged = token.slice(0, end - 1) + character + token.slice(end);
          expect(await refusalOf(verifier.verify(forged))).toMatch(/^(token_malformed|signature_invalid)$/);
        }
      }
    });
  });

  describe('the claims, by way of a whole token', () => {
    test.each([
      [{ iss: 'https://evil.example' }, 'issuer_mismatch', 'iss'],
      [{ aud: 'https://other.example' }, 'audience_mismatch', 'aud'],
      [{ exp: NOW }, 'token_expired', 'exp'],
      [{ iat: NOW + 31 }, 'token_not_yet_valid', 'iat'],
      [{ nbf: NOW + 31 }, 'token_not_yet_valid', 'nbf'],
      [{ client_id: undefined }, 'claim_missing', 'client_id'],
      [{ sub: ['usr_01'] }, 'claim_invalid', 'sub'],
    ])('%j', async (claims, code, claim) => {
      const refused = verifier.verify(signToken(key, claims));
      await expect(refused).rejects.toMatchObject({ name: 'VerifierError', code, claim, status: 401 });
    });
  });

  describe('the cache', () => {
    test('a token is dead at its expiry, cached or not', async () => {
      const clock = on(new TestIssuer(key));
      const caching = clock.createVerifier();
      const token = signToken(key, { exp: NOW + 10 });
      await caching.verify(token);
      clock.nowMs = (NOW + 10) * 1000 - 1;
      await caching.verify(token);
      clock.nowMs += 1;
      expect(await refusalOf(caching.verify(token))).toBe('token_expired');
    });

    test('a clock that is set back makes a cached token one from the future', async () => {
      const clock = on(new TestIssuer(key));
      const caching = clock.createVerifier();
      const token = signToken(key);
      await caching.verify(token);
      clock.nowMs -= 31_000;
      expect(await refusalOf(caching.verify(token))).toBe('token_not_yet_valid');
    });

    test('a token that shares all but its signature with a cached one is checked by itself', async () => {
      const good = signToken(key, { jti: 'shared' });
      await verifier.verify(good);
      const [header, payload, signature = ''] = good.split('.');
      const [, , otherSignature = ''] = signToken(key, { jti: 'other' }).split('.');
      const forgeries = [
        `${header}.${payload}.${otherSignature}`,
        `${header}.${payload}.${signature.slice(0, 43)}${otherSignature.slice(43)}`,
        `${header}.${payload}.${signature.slice(0, -4)}`,
        `${header}.${payload}.`,
        `${header}.${signToken(key, { sub: 'usr_02' }).split('.')[1]}.${signature}`,
      ];
      for (const forged of forgeries) {
        expect(await refusalOf(verifier.verify(forged))).toMatch(/^(signature_invalid|token_malformed)$/);
      }
      expect((await verifier.verify(good)).subject).toBe('usr_01');
    });

    test('a known header lends nothing to a payload that is not signed with it', async () => {
      await verifier.verify(signToken(key));
      const stranger = await makeKey('ES256', key.kid);
      expect(await refusalOf(verifier.verify(signToken(stranger)))).toBe('signature_invalid');
    });

    test('a refused token is refused again, and one of another verifier is no use', async () => {
      const token = signToken(key, { aud: 'https://other.example' });
      const other = issuer.createVerifier({ audience: 'https://other.example' });
      expect((await other.verify(token)).subject).toBe('usr_01');
      expect(await refusalOf(verifier.verify(token))).toBe('audience_mismatch');
      expect(await refusalOf(verifier.verify(token))).toBe('audience_mismatch');
    });

    test('switched off, it changes no answer', async () => {
      const uncached = issuer.createVerifier({ cacheSize: 0 });
      const token = signToken(key);
      const [first, second] = [await uncached.verify(token), await uncached.verify(token)];
      expect(second).toEqual(first);
      expect(second).not.toBe(first);
    });

    test('works with more tokens than it holds', async () => {
      const small = issuer.createVerifier({ cacheSize: 4 });
      const tokens = Array.from({ length: 12 }, (_, i) => signToken(key, { jti: `${i}`, sub: `usr_${i}` }));
      for (let round = 0; round < 3; round += 1) {
        for (const [i, token] of tokens.entries()) expect((await small.verify(token)).subject).toBe(`usr_${i}`);
      }
    });
  });

  test('no error holds any part of the token', async () => {
    const secret = 'S3CR3T';
    const tokens = [
      `${secret}.${secret}.${secret}`,
      signTexts(key, `{"alg":"${secret}"`, '{}'),
      signTexts(key, headerText(), `{"sub":"${secret}"`),
      signToken(key, {}, { kid: secret }),
      signToken(key, {}, { alg: secret }),
      signToken(key, {}, { typ: secret }),
      signToken(key, { iss: secret }),
      signToken(key, { aud: secret }),
      signToken(key, { sub: { secret } }),
      signToken(key, { scope: ` ${secret}` }),
    ];
    for (const token of tokens) {
      const error = await verifier.verify(token).catch((caught: unknown) => caught);
      if (!(error instanceof VerifierError)) throw new TypeError('It was accepted');
      const everything = JSON.stringify({ ...error, message: error.message, stack: error.stack });
      expect(everything).not.toContain(secret);
      expect(error.cause).toBeUndefined();
      for (const segment of token.split('.')) expect(everything).not.toContain(segment.slice(0, 12));
    }
  });

  test('the issuer and the audience of the tests are the ones of the verifier', () => {
    expect(CLAIMS).toMatchObject({ iss: ISSUER, aud: AUDIENCE });
  });

  function headerText(): string {
    return JSON.stringify({ alg: key.alg, typ: 'at+jwt', kid: key.kid });
  }
});

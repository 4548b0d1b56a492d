import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { CLAIMS, makeKey, refusalOf, signTexts, signToken, TestIssuer, type TestKey } from '../test/support/issuer.ts';
import type { Verifier } from './index.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let key: TestKey;
let verifier: Verifier;

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
  verifier = new TestIssuer(key).createVerifier({ keyRefetchCooldownSeconds: 10 });
});

test('whatever text comes in, a coded error comes out', async () => {
  const segment = fc.oneof(
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('.')),
    fc.json(),
  );
  await fc.assert(
    fc.asyncProperty(text, async (token) => {
      expect(await refusalOf(verifier.verify(token))).not.toBe('accepted');
    }),
    { seed: 1, numRuns: 1000 },
  );
});

test('whatever value comes in, a coded error comes out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), async (value) => {
      expect(await refusalOf(verifier.verify(value as string))).not.toBe('accepted');
    }),
    { seed: 2, numRuns: 500 },
  );
});

test('whatever header and claims the issuer signs, they are accepted or a coded error comes out', async () => {
  const replaced = (names: readonly string[]) =>
    fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.jsonValue(), fc.constant(undefined)), { maxKeys: 2 });
  await fc.assert(
    fc.asyncProperty(
      replaced(['alg', 'typ', 'kid', 'crit', 'jwk', 'cty', 'x']),
      replaced([...Object.keys(CLAIMS), 'nbf', 'roles', 'cnf', 'tenant']),
      async (header, claims) => {
        const code = await refusalOf(verifier.verify(signToken(key, claims, header)));
        // Of these no rule speaks, but for that no name has an escape.
        const changed = Object.keys({ ...header, ...claims });
        const isHarmless = changed.every((name) => ['cty', 'x', 'tenant'].includes(name));
        const hasEscapes = JSON.stringify([header, claims]).includes('\\');
        expect(code === 'accepted' || !isHarmless || hasEscapes).toBe(true);
      },
    ),
    { seed: 3, numRuns: 1000 },
  );
});

test('whatever JSON text the issuer signs as claims, it is accepted or a coded error comes out', async () => {
  const header = JSON.stringify({ alg: key.alg, typ: 'at+jwt', kid: key.kid });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), async (payload) => {
      expect(await refusalOf(verifier.verify(signTexts(key, header, payload)))).not.toBe('accepted');
    }),
    { seed: 4, numRuns: 500 },
  );
});

test('a good token with any one character changed, added or missing is refused', async () => {
  const token = signToken(key);
  expect(await refusalOf(verifier.verify(token))).toBe('accepted');
  for (let at = 0; at < token.length; at += 1) {
    const before = token.slice(0, at);
    const after = token.slice(at + 1);
    const character = ALPHABET.charAt((ALPHABET.indexOf(token.charAt(at)) + 1 + (at % 63)) % 64);
    for (const forged of [before + character + after, before + after, `${before}${character}${token.slice(at)}`]) {
      expect(await refusalOf(verifier.verify(forged))).not.toBe('accepted');
    }
    for (const odd of ['.', '=', ' ', '+', '\u0000', 'é', '😀'].filter((other) => other !== token.charAt(at))) {
      expect(await refusalOf(verifier.verify(before + odd + after))).not.toBe('accepted');
    }
  }
});

test('a good token with any one bit of its signature changed is refused', async () => {
  const token = signToken(key);
  const end = token.lastIndexOf('.') + 1;
  const signature = Buffer.from(token.slice(end), 'base64url');
  for (let bit = 0; bit < signature.length * 8; bit += 1) {
    const changed = Buffer.from(signature);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(await refusalOf(verifier.verify(token.slice(0, end) + changed.toString('base64url')))).toBe(
      'signature_invalid',
    );
  }
});

import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { base64url, NOW } from '../../test/support/issuer.ts';
import { makeProofKey, METHOD, signProof, URL_OF_REQUEST, type ProofKey } from '../../test/support/proofs.ts';
import type { SignatureAlgorithm } from '../keys/algorithms.ts';
import { nodeRuntime } from '../runtime-node.ts';
import { webRuntime } from '../runtime-web.ts';
import { Nonces } from './nonces.ts';
import { decideProofLife } from './proof-life.ts';
import { readProof, type ProofRules } from './proof.ts';

const NOW_MS = NOW * 1000;
const TOKEN = 'eyJ.eyJ.sig';
const ATH = nodeRuntime.digest(TOKEN) as string;

let key: ProofKey;
let rsa: ProofKey;
beforeAll(async () => {
  key = await makeProofKey();
  rsa = await makeProofKey('PS256');
});

const RULES: ProofRules = { method: METHOD, urls: [URL_OF_REQUEST], accessToken: undefined, keyThumbprint: undefined };

async function verdictOf(proof: string, rules: Partial<ProofRules> = {}, runtime = nodeRuntime): Promise<string> {
  const reading = await readProof(proof, { ...RULES, ...rules }, runtime, NOW_MS);
  if ('refused' in reading) return `${reading.refused} ${reading.claim ?? ''}`.trim();
  return reading.keyThumbprint;
}

describe.each([
  ['Node', nodeRuntime],
  ['Web Crypto', webRuntime],
])('on %s', (_name, runtime) => {
  test.each<SignatureAlgorithm>(['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'])(
    'RFC 9449 §4.3: a proof of %s, and the thumbprint of its key (RFC 7638)',
    async (alg) => {
      const of = await makeProofKey(alg);
      const proof = await signProof(of, { nonce: 'a nonce', ath: ATH });
      expect(await readProof(proof, { ...RULES, accessToken: TOKEN }, runtime, NOW_MS)).toEqual({
        keyThumbprint: of.thumbprint,
        id: expect.stringMatching(/^proof-\d+$/) as string,
        issuedAtMs: NOW_MS,
        nonce: 'a nonce',
      });
      expect(await verdictOf(`${proof.slice(0, -8)}AAAAAAAA`, { accessToken: TOKEN }, runtime)).toMatch(
        /^dpop_proof_(signature|malformed)$/,
      );
    },
  );

  test('a point that is on no curve is no key', async () => {
    const jwk = { ...key.jwk, y: base64url(new Uint8Array(32).fill(1)) };
    expect(await verdictOf(await signProof(key, {}, { jwk }), {}, runtime)).toBe('dpop_proof_key');
  });
});

describe('RFC 9449 §4.3: refuses', () => {
  test.each<[string, object, string]>([
    ['no type', { typ: undefined }, 'dpop_proof_header'],
    ['the type of an access token', { typ: 'at+jwt' }, 'dpop_proof_header'],
    ['the type of an ID token', { typ: 'JWT' }, 'dpop_proof_header'],
    ['the type in capitals', { typ: 'DPOP+JWT' }, 'dpop_proof_header'],
    ['an extension that must be understood', { b64: true, crit: ['b64'] }, 'dpop_proof_header'],
    ['the address of a key', { jku: 'https://evil.example/jwks' }, 'dpop_proof_header'],
    ['a certificate', { x5c: ['MII'] }, 'dpop_proof_header'],
    ['no key', { jwk: undefined }, 'dpop_proof_key'],
    ['a key in a string', { jwk: 'a' }, 'dpop_proof_key'],
    ['a list of keys', { jwk: [{}] }, 'dpop_proof_key'],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'AAAA' } }, 'dpop_proof_key'],
    ['a key of another kind', { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }, 'dpop_proof_key'],
    ['another curve', { jwk: { kty: 'EC', crv: 'P-384', x: 'A'.repeat(64), y: 'A'.repeat(64) } }, 'dpop_proof_key'],
  ])('%s', async (_what, header, refused) => {
    expect(await verdictOf(await signProof(key, {}, header))).toBe(refused);
  });

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])('a key with the private member %s', async (member) => {
    expect(await verdictOf(await signProof(key, {}, { jwk: { ...key.jwk, [member]: 'AAAA' } }))).toBe('dpop_proof_key');
  });

  test.each(['none', 'HS256', 'ES384', 'ES256K', 'RS1', ''])('the algorithm %j', async (alg) => {
    const [, payload, signature] = (await signProof(key)).split('.');
    const header = base64url(JSON.stringify({ alg, typ: 'dpop+jwt', jwk: key.jwk }));
    expect(await verdictOf(`${header}.${payload}.${signature}`)).toBe('dpop_proof_header');
  });

  test('a weak RSA key, one of a size that costs us dear, and numbers with zeros before them', async () => {
    const { n = '', e = '' } = rsa.jwk;
    const zeros = base64url(Buffer.concat([Buffer.from([0]), Buffer.from(n, 'base64url')]));
    for (const jwk of [
      { kty: 'RSA', e, n: base64url(new Uint8Array(128).fill(255)) },
      { kty: 'RSA', e, n: base64url(new Uint8Array(2048).fill(255)) },
      { kty: 'RSA', e: n, n },
      { kty: 'RSA', e: 'AQ', n },
      { kty: 'RSA', e: 'AAEAAQ', n },
      { kty: 'RSA', e, n: zeros },
      { kty: 'RSA', e, n: `${n}=` },
    ]) {
      expect(await verdictOf(await signProof(rsa, {}, { jwk }))).toBe('dpop_proof_key');
    }
  });

  test('a proof that another key has signed', async () => {
    const { publicKey } = await generateKeyPair('ES256', { extractable: true });
    expect(await verdictOf(await signProof(key, {}, { jwk: await exportJWK(publicKey) }))).toBe('dpop_proof_signature');
  });

  test('a good proof of another key than asked for', async () => {
    expect(await verdictOf(await signProof(key), { keyThumbprint: rsa.thumbprint })).toBe('dpop_key_mismatch');
    expect(await verdictOf(await signProof(key), { keyThumbprint: key.thumbprint })).toBe(key.thumbprint);
  });

  test.each<[string, object, string]>([
    ['another method', { htm: 'POST' }, 'htm'],
    ['the method in small letters', { htm: 'get' }, 'htm'],
    ['no method', { htm: undefined }, 'htm'],
    ['another path', { htu: 'https://api.example.com/notes' }, 'htu'],
    ['another host', { htu: 'https://evil.example/notes/7' }, 'htu'],
    ['another scheme', { htu: 'http://api.example.com/notes/7' }, 'htu'],
    ['another port', { htu: 'https://api.example.com:8443/notes/7' }, 'htu'],
    ['a path alone', { htu: '/notes/7' }, 'htu'],
    ['no URL', { htu: undefined }, 'htu'],
    ['a list of URLs', { htu: [URL_OF_REQUEST] }, 'htu'],
    ['no issue time', { iat: undefined }, 'iat'],
    ['an issue time in a string', { iat: `${NOW}` }, 'iat'],
    ['no id', { jti: undefined }, 'jti'],
    ['an empty id', { jti: '' }, 'jti'],
    ['an id that is a number', { jti: 7 }, 'jti'],
    ['an id of megabytes', { jti: 'x'.repeat(257) }, 'jti'],
    ['a nonce that is no text', { nonce: 7 }, 'nonce'],
    ['one that has expired', { exp: NOW }, 'exp'],
    ['one that has not begun', { nbf: NOW + 1 }, 'nbf'],
  ])('%s', async (_what, claims, claim) => {
    expect(await verdictOf(await signProof(key, claims))).toBe(`dpop_proof_claim ${claim}`);
  });

  test('RFC 9449 §7: beside a token, one that is for no token or for another', async () => {
    const verdict = async (claims: object) => verdictOf(await signProof(key, claims), { accessToken: TOKEN });
    expect(await verdict({ ath: ATH })).toBe(key.thumbprint);
    for (const ath of [undefined, nodeRuntime.digest(`${TOKEN}x`), `${ATH}=`, TOKEN, [ATH]]) {
      expect(await verdict({ ath })).toBe('dpop_proof_claim ath');
    }
  });

  test.each([
    ['nothing', () => ''],
    ['two proofs, joined', (proof: string) => `${proof}, ${proof}`],
    ['white space', (proof: string) => `${proof} `],
    ['four segments', (proof: string) => `${proof}.AAAA`],
    ['a header that is no JSON', (proof: string) => `AAAA${proof.slice(proof.indexOf('.'))}`],
    ['padding', (proof: string) => `${proof}=`],
    ['too much of it', (proof: string) => `${'A'.repeat(9000)}${proof}`],
  ])('%s', async (_what, change) => {
    expect(await verdictOf(change(await signProof(key)))).toBe('dpop_proof_malformed');
  });

  test('a claim that is there twice', async () => {
    const [header] = (await signProof(key)).split('.');
    const payload = base64url('{"jti":"a","htm":"POST","htm":"GET"}');
    expect(await verdictOf(`${header}.${payload}.AAAA`)).toBe('dpop_proof_malformed');
  });
});

test('RFC 9449 §4.3: without query and fragment, in any spelling, by any name of the server', async () => {
  const urls = ['https://other.example/notes/7', 'https://api.example.com/notes/7?page=2'];
  for (const htu of [URL_OF_REQUEST, 'HTTPS://API.example.com:443/%6Eotes/./7#x', 'https://other.example/notes/7?a']) {
    expect(await verdictOf(await signProof(key, { htu }), { urls })).toBe(key.thumbprint);
  }
  expect(await verdictOf(await signProof(key), { urls: [] })).toBe('dpop_proof_claim htu');
});

describe('RFC 9449 §4.3, §11.1: age', () => {
  const nonces = new Nonces(nodeRuntime.macOf(new Uint8Array(32)));
  const lifeAt = (nowMs: number, nonce: string | undefined, isNonceRequired: boolean, issued: Nonces | undefined) =>
    decideProofLife({ nonce, issuedAtMs: NOW_MS }, { nonces: issued, isNonceRequired }, nowMs);

  test.each([
    [-60_000, true],
    [-60_001, false],
    [0, true],
    [59_999, true],
    [60_000, false],
    [Number.NaN, false],
  ])('%d ms after it was made, by the clock of its maker', async (ageMs, isGood) => {
    const expected = isGood ? { expiresAtMs: NOW_MS + 60_000 } : { refused: 'dpop_proof_claim', claim: 'iat' };
    expect(await lifeAt(NOW_MS + ageMs, undefined, false, nonces)).toEqual(expected);
    // Where no nonce was ever given out, one that is there says nothing.
    expect(await lifeAt(NOW_MS + ageMs, 'x', false, undefined)).toEqual(expected);
  });

  test('a nonce decides, and the clock of the maker is not asked', async () => {
    const farMs = NOW_MS + 86_400_000;
    expect(await lifeAt(farMs, await nonces.current(farMs), false, nonces)).toHaveProperty('expiresAtMs');
    const required = { refused: 'dpop_nonce_required' };
    expect(await lifeAt(NOW_MS, undefined, true, nonces)).toEqual(required);
    expect(await lifeAt(NOW_MS, 'x', true, nonces)).toEqual(required);
    expect(await lifeAt(NOW_MS, 'x', false, nonces)).toEqual(required);
    expect(await lifeAt(NOW_MS, await nonces.current(NOW_MS - 600_000), false, nonces)).toEqual(required);
  });
});

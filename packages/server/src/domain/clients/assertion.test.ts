import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { decideAssertion, keysForAssertion, readAssertion } from './assertion.ts';

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1000;
const ISSUER = 'https://id.example.com';
const CLIENT = `cli_${'a'.repeat(32)}` as const;
const CLAIMS = { iss: CLIENT, sub: CLIENT, aud: ISSUER, iat: SECONDS, exp: SECONDS + 60, jti: 'x' };

type Changes = Readonly<Record<string, unknown>>;

const decide = (changes: Changes) => {
  const claims = JSON.stringify({ ...CLAIMS, ...changes });
  const decision = decideAssertion(claims, { clientId: CLIENT, issuer: ISSUER, now: NOW });
  return decision.kind === 'accepted' ? decision.kind : decision.reason;
};

describe('RFC 7523 §3: what a client signed', () => {
  test.each<[changes: Changes, expected: string]>([
    [{}, 'accepted'],
    [{ iat: undefined }, 'accepted'],
    [{ more: { than: 'needed' } }, 'accepted'],
    [{ iss: undefined }, 'wrong_issuer'],
    [{ iss: `cli_${'b'.repeat(32)}` }, 'wrong_issuer'],
    [{ iss: [CLIENT] }, 'wrong_issuer'],
    [{ sub: undefined }, 'wrong_subject'],
    [{ sub: `usr_${'a'.repeat(32)}` }, 'wrong_subject'],
    [{ sub: CLIENT.toUpperCase() }, 'wrong_subject'],
  ])('who: %j', (changes, expected) => {
    expect(decide(changes)).toBe(expected);
  });

  test.each<[changes: Changes]>([
    [{ aud: undefined }],
    [{ aud: null }],
    [{ aud: '' }],
    [{ aud: [] }],
    [{ aud: [ISSUER] }],
    [{ aud: [ISSUER, 'https://other.example'] }],
    [{ aud: `${ISSUER}/` }],
    [{ aud: `${ISSUER}/oauth/token` }],
    [{ aud: ISSUER.toUpperCase() }],
    [{ aud: `${ISSUER} https://other.example` }],
    [{ aud: 'https://other.example' }],
  ])('7523bis §3: for the issuer alone, not %j', (changes) => {
    expect(decide(changes)).toBe('wrong_audience');
  });

  test.each<[changes: Changes, expected: string]>([
    [{ exp: undefined }, 'malformed'],
    [{ exp: String(SECONDS + 60) }, 'malformed'],
    [{ exp: null }, 'malformed'],
    [{ exp: -1 }, 'expired'],
    [{ exp: SECONDS - 30 }, 'expired'],
    [{ exp: SECONDS - 29 }, 'accepted'],
    [{ exp: SECONDS + 0.5 }, 'accepted'],
    [{ exp: SECONDS + 330 }, 'accepted'],
    [{ exp: SECONDS + 331 }, 'too_long_lived'],
    [{ exp: SECONDS + 330, iat: undefined }, 'accepted'],
    [{ exp: SECONDS + 331, iat: undefined }, 'too_long_lived'],
    [{ exp: 1e300 }, 'too_long_lived'],
    [{ iat: SECONDS + 30, exp: SECONDS + 90 }, 'accepted'],
    [{ iat: SECONDS + 31, exp: SECONDS + 91 }, 'not_yet_valid'],
    [{ iat: 'now' }, 'malformed'],
    [{ iat: null }, 'malformed'],
    // Signed long ago, to be used today.
    [{ iat: SECONDS - 86_400 }, 'too_long_lived'],
    [{ iat: 0 }, 'too_long_lived'],
    [{ nbf: SECONDS + 30 }, 'accepted'],
    [{ nbf: SECONDS + 31 }, 'not_yet_valid'],
    [{ nbf: true }, 'malformed'],
    [{ nbf: 0 }, 'accepted'],
  ])('when: %j', (changes, expected) => {
    expect(decide(changes)).toBe(expected);
  });

  test.each<[changes: Changes, expected: string]>([
    [{ jti: undefined }, 'bad_jti'],
    [{ jti: '' }, 'bad_jti'],
    [{ jti: 1 }, 'bad_jti'],
    [{ jti: ['x'] }, 'bad_jti'],
    [{ jti: 'x'.repeat(257) }, 'bad_jti'],
    [{ jti: 'x'.repeat(256) }, 'accepted'],
    [{ jti: '\u0000\ud800' }, 'accepted'],
  ])('once: %j', (changes, expected) => {
    expect(decide(changes)).toBe(expected);
  });

  test('is remembered for longer than any node accepts it', () => {
    fc.assert(
      fc.property(fc.double({ min: SECONDS - 29, max: SECONDS + 330, noNaN: true }), (exp) => {
        const claims = JSON.stringify({ ...CLAIMS, iat: undefined, exp });
        const at = (now: number) => decideAssertion(claims, { clientId: CLIENT, issuer: ISSUER, now });
        const decision = at(NOW);
        if (decision.kind === 'refused') throw new Error(decision.reason);
        expect(at(decision.expiresAt - 60_000).kind).toBe('refused');
        expect(Number.isInteger(decision.expiresAt)).toBe(true);
      }),
    );
  });

  test.each(['', 'null', '[]', '1', '{', '"x"'])('is an object, not %j', (claims) => {
    expect(decideAssertion(claims, { clientId: CLIENT, issuer: ISSUER, now: NOW })).toEqual({
      kind: 'refused',
      reason: 'wrong_issuer',
    });
  });
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (header: Changes, claims: Changes = CLAIMS) =>
  `${encode({ alg: 'ES256', kid: 'k', ...header })}.${encode(claims)}.x`;

describe('RFC 8725: what a JWT may say of itself', () => {
  test.each<[header: Changes, authentication: string, grant: string]>([
    [{}, 'read', 'read'],
    [{ typ: 'JWT' }, 'read', 'read'],
    [{ typ: 'application/jwt' }, 'read', 'read'],
    [{ typ: 'client-authentication+jwt' }, 'read', 'wrong_type'],
    [{ typ: 'application/Client-Authentication+JWT' }, 'read', 'wrong_type'],
    [{ typ: 'authorization-grant+jwt' }, 'wrong_type', 'read'],
    [{ typ: 'at+jwt' }, 'wrong_type', 'wrong_type'],
    [{ typ: 'logout+jwt' }, 'wrong_type', 'wrong_type'],
    [{ typ: 'dpop+jwt' }, 'wrong_type', 'wrong_type'],
    [{ typ: '' }, 'wrong_type', 'wrong_type'],
    [{ typ: null }, 'wrong_type', 'wrong_type'],
    [{ alg: 'Ed25519' }, 'read', 'read'],
    [{ alg: 'PS256' }, 'read', 'read'],
    [{ alg: 'HS256' }, 'read', 'wrong_algorithm'],
    [{ alg: 'none' }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: 'None' }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: 'es256' }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: 'HS512' }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: 'RS1' }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: 'constructor' }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: ['ES256'] }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ alg: undefined }, 'wrong_algorithm', 'wrong_algorithm'],
    [{ crit: ['exp'] }, 'header_not_allowed', 'header_not_allowed'],
    [{ b64: false }, 'header_not_allowed', 'header_not_allowed'],
    [{ jwk: {} }, 'header_not_allowed', 'header_not_allowed'],
    [{ jku: 'https://evil.example' }, 'header_not_allowed', 'header_not_allowed'],
    [{ x5c: ['MII'] }, 'header_not_allowed', 'header_not_allowed'],
    [{ x5u: null }, 'header_not_allowed', 'header_not_allowed'],
    [{ kid: 1 }, 'malformed', 'malformed'],
    [{ kid: undefined }, 'read', 'read'],
  ])('%j', (header, authentication, grant) => {
    const read = (purpose: Parameters<typeof readAssertion>[1]) => {
      const reading = readAssertion(jwt(header), purpose);
      return reading.kind === 'read' ? reading.kind : reading.reason;
    };
    expect([read('client_authentication'), read('grant')]).toEqual([authentication, grant]);
  });

  test.each([{}, { iss: null }, { iss: 'x' }, { iss: `${CLIENT}\n` }, { iss: `usr_${'a'.repeat(32)}` }])(
    'whose it is: not %j',
    (claims) => {
      expect(readAssertion(jwt({}, claims), 'grant')).toEqual({ kind: 'refused', reason: 'wrong_issuer' });
    },
  );

  test.each([
    '',
    'x',
    '..',
    jwt({}).replace(/\.x$/, ''),
    `${jwt({})}.x`,
    ` ${jwt({})}`,
    jwt({}).replace('.', '=.'),
    `${encode(1)}.${encode(CLAIMS)}.x`,
    `${encode([])}.${encode(CLAIMS)}.x`,
    `${encode({ alg: 'ES256' })}.${encode(null)}.x`,
    jwt({}, { ...CLAIMS, pad: 'x'.repeat(8192) }),
  ])('nor is it %.80j', (text) => {
    expect(readAssertion(text, 'client_authentication')).toEqual({ kind: 'refused', reason: 'malformed' });
  });

  test('whatever the text, nothing breaks', () => {
    fc.assert(fc.property(anyText, (text) => readAssertion(text, 'grant').kind === 'refused'));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (header, claims) => {
        expect(['read', 'refused']).toContain(
          readAssertion(`${encode({ alg: 'ES256', ...header })}.${encode(claims)}.x`, 'grant').kind,
        );
      }),
    );
  });
});

describe('RFC 8725 §3.1: a key is for its own algorithm alone', () => {
  const keys = [
    { kid: 'ec', publicJwk: '{"alg":"ES256"}' },
    { kid: 'ed', publicJwk: '{"alg":"EdDSA"}' },
    { kid: 'rs', publicJwk: '{"alg":"RS256"}' },
    { kid: 'ps', publicJwk: '{"alg":"PS256"}' },
    { kid: 'rs2', publicJwk: '{"alg":"RS256"}' },
  ];
  test.each<[algorithm: string, kid: string | undefined, count: number]>([
    ['ES256', 'ec', 1],
    ['ES256', undefined, 1],
    ['EdDSA', 'ed', 1],
    ['Ed25519', 'ed', 1],
    ['RS256', undefined, 2],
    ['RS256', 'rs2', 1],
    ['RS256', 'ps', 0],
    ['PS256', 'rs', 0],
    ['RS256', 'ec', 0],
    ['ES256', 'rs', 0],
    ['HS256', 'rs', 0],
    ['HS256', undefined, 0],
    ['none', undefined, 0],
    ['ES256', 'unknown', 0],
    ['ES256', '', 0],
  ])('%s by %s', (algorithm, kid, count) => {
    const found = keysForAssertion(keys, { algorithm, kid });
    expect(found).toEqual(Array.from({ length: count }, () => ({ alg: algorithm })));
  });
});

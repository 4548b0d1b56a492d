import { describe, expect, test } from 'vitest';
import { readOptions, type VerifierOptions } from './options.ts';

const GOOD: VerifierOptions = {
  issuer: 'https://auth.example.com',
  audience: 'https://api.example.com',
  client: { id: 'cli_1', secret: 'a secret' },
};

const { client: _client, ...ABOUT } = GOOD;
const jwksUriOf = (options: Partial<VerifierOptions>): string =>
  readOptions({ ...ABOUT, revocation: 'none', ...options }).jwksUri;

test.each([
  ['https://auth.example.com', 'https://auth.example.com/.well-known/jwks.json'],
  ['https://auth.example.com/', 'https://auth.example.com/.well-known/jwks.json'],
  ['https://example.com/tenant/a', 'https://example.com/tenant/a/.well-known/jwks.json'],
  ['http://localhost:4400', 'http://localhost:4400/.well-known/jwks.json'],
  ['http://127.0.0.1:4400', 'http://127.0.0.1:4400/.well-known/jwks.json'],
  ['http://[::1]:4400', 'http://[::1]:4400/.well-known/jwks.json'],
])('the key set of %s', (issuer, expected) => {
  expect(jwksUriOf({ issuer })).toBe(expected);
  // The issuer itself is compared as it was given.
  expect(readOptions({ ...GOOD, issuer }).issuer).toBe(issuer);
});

test('a key set somewhere else, of an issuer that is no URL', () => {
  expect(jwksUriOf({ issuer: 'our-issuer', jwksUri: 'https://keys.example.com/set?v=1' })).toBe(
    'https://keys.example.com/set?v=1',
  );
});

test('revocations are followed below the issuer, or elsewhere', () => {
  const { revocation } = readOptions({ ...GOOD, issuer: 'https://example.com/tenant/' });
  expect(revocation).toMatchObject({
    feedUri: 'https://example.com/tenant/revocations',
    introspectionUri: 'https://example.com/tenant/oauth/introspect',
    maxStalenessMs: 5000,
    whenStale: 'introspect',
  });
  const elsewhere = { revocationsUri: 'https://feed.example.com/r', introspectionUri: 'http://127.0.0.1:1/i' };
  expect(readOptions({ ...GOOD, ...elsewhere }).revocation).toMatchObject({
    feedUri: 'https://feed.example.com/r',
    introspectionUri: 'http://127.0.0.1:1/i',
  });
});

test('to do without revocation has to be said', () => {
  expect(readOptions({ ...ABOUT, revocation: 'none' }).revocation).toBe(undefined);
});

test('several audiences', () => {
  expect(readOptions({ ...GOOD, audience: ['a', 'b'] }).audiences).toEqual(['a', 'b']);
});

describe('refuses', () => {
  test.each<[string, object]>([
    ['no issuer', { issuer: undefined }],
    ['an empty issuer', { issuer: '' }],
    ['an issuer that is no URL', { issuer: 'auth.example.com' }],
    ['an issuer over plain http', { issuer: 'http://auth.example.com' }],
    ['an issuer that begins like loopback', { issuer: 'http://localhost.example.com' }],
    ['an issuer below localhost, which DNS may answer', { issuer: 'http://auth.localhost' }],
    ['an issuer that begins like a loopback address', { issuer: 'http://127.0.0.1.example.com' }],
    ['an issuer with loopback as its user name', { issuer: 'http://localhost@evil.example' }],
    ['an issuer of another scheme', { issuer: 'ftp://localhost' }],
    ['an issuer in a file', { issuer: 'file:///etc' }],
    ['an issuer with a query', { issuer: 'https://auth.example.com/?a=b' }],
    ['an issuer with a fragment', { issuer: 'https://auth.example.com/#a' }],
    ['an issuer with a password', { issuer: 'https://me:secret@auth.example.com' }],
    ['a key set over plain http', { jwksUri: 'http://keys.example.com/set' }],
    ['a key set in a data URL', { jwksUri: 'data:application/json,{"keys":[]}' }],
    ['a key set at no URL', { jwksUri: '/set' }],
    ['no audience', { audience: undefined }],
    ['an empty audience', { audience: '' }],
    ['no audiences', { audience: [] }],
    ['an empty audience among others', { audience: ['a', ''] }],
    ['no algorithms', { algorithms: [] }],
    ['none', { algorithms: ['none'] }],
    ['HMAC', { algorithms: ['ES256', 'HS256'] }],
    ['an inherited member as an algorithm', { algorithms: ['constructor'] }],
    ['a negative tolerance', { clockToleranceSeconds: -1 }],
    ['an hour of tolerance', { clockToleranceSeconds: 3600 }],
    ['a tolerance that is no number', { clockToleranceSeconds: '5' }],
    ['NaN', { clockToleranceSeconds: Number.NaN }],
    ['no room for a token', { maxTokenLength: 0 }],
    ['an endless token', { maxTokenLength: Number.POSITIVE_INFINITY }],
    ['a negative cache', { cacheSize: -1 }],
    ['an endless cache', { cacheSize: Number.POSITIVE_INFINITY }],
    ['keys that age at once', { keyMaxAgeSeconds: 0 }],
    ['keys that never age', { keyMaxAgeSeconds: Number.POSITIVE_INFINITY }],
    ['keys that are stale for ever', { keyMaxStaleSeconds: Number.POSITIVE_INFINITY }],
    ['no cooldown', { keyRefetchCooldownSeconds: 0 }],
    ['no time for a fetch', { keyFetchTimeoutSeconds: 0 }],
    ['no client, and no word about revocation', { client: undefined }],
    ['a client, though revocation is not wanted', { revocation: 'none' }],
    ['another word about revocation', { revocation: 'off' }],
    ['a client without an id', { client: { id: '', secret: 'x' } }],
    ['a client without a secret', { client: { id: 'x' } }],
    ['a staleness below the heartbeat', { maxStalenessSeconds: 1.9 }],
    ['an endless staleness', { maxStalenessSeconds: Number.POSITIVE_INFINITY }],
    ['an unknown policy', { whenStale: 'ignore' }],
    ['an issuer that is no URL, though its feed is wanted', { issuer: 'our-issuer', jwksUri: 'https://x.example/' }],
    ['a feed over plain http', { revocationsUri: 'http://auth.example.com/revocations' }],
    ['an introspection over plain http', { introspectionUri: 'http://auth.example.com/introspect' }],
    ['no time for an introspection', { introspectionTimeoutSeconds: 0 }],
  ])('%s', (_what, options) => {
    expect(() => readOptions({ ...GOOD, ...options })).toThrow(TypeError);
  });
});

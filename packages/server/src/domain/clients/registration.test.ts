import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyText } from '../../../test/support/arbitrary-text.ts';
import { JWT_BEARER_GRANT } from './client.ts';
import { decideRegistration, type RegistrationInput } from './registration.ts';

const CONFIDENTIAL: RegistrationInput = {
  name: 'Orders API',
  grants: [],
  scope: '',
  audiences: [],
  redirectUris: [],
  isPublic: false,
  authMethod: undefined,
};
const JWKS_URI = 'https://a.example/jwks';
const JWK = JSON.stringify(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }));
const PUBLIC = { ...CONFIDENTIAL, isPublic: true };

const problemsOf = (input: RegistrationInput) => {
  const decision = decideRegistration(input);
  return decision.kind === 'refused' ? decision.problems.map(({ code }) => code) : [];
};

test('what is given is kept, each once', () => {
  const decision = decideRegistration({
    name: '  Nächtlicher Lauf ',
    grants: ['client_credentials', 'client_credentials'],
    scope: 'orders:read introspect orders:read',
    audiences: ['https://a.example', 'urn:b', 'https://a.example'],
    redirectUris: ['https://a.example/cb', 'https://a.example/cb'],
    isPublic: false,
    authMethod: 'client_secret_post',
  });
  expect(decision).toEqual({
    kind: 'accepted',
    registration: {
      name: 'Nächtlicher Lauf',
      authMethod: 'client_secret_post',
      grants: ['client_credentials'],
      scopes: ['orders:read', 'introspect'],
      audiences: ['https://a.example', 'urn:b'],
      redirectUris: ['https://a.example/cb'],
      firstParty: false,
      postLogoutRedirectUris: [],
      jwksUri: null,
      backchannelLogoutUri: null,
      dpopBound: false,
      requirePushedRequests: false,
    },
    keys: [],
  });
});

test.each([CONFIDENTIAL, PUBLIC])('codes and refresh tokens, with a redirect URI: %#', (input) => {
  const grants = ['authorization_code', 'refresh_token'];
  const redirectUris = ['https://a.example/cb'];
  expect(decideRegistration({ ...input, grants, redirectUris, isFirstParty: true })).toMatchObject({
    kind: 'accepted',
    registration: { grants, firstParty: true },
  });
});

test.each([
  [CONFIDENTIAL, 'client_secret_basic'],
  [PUBLIC, 'none'],
  [{ ...CONFIDENTIAL, authMethod: 'none' }, 'none'],
  [{ ...CONFIDENTIAL, jwks: JWK }, 'private_key_jwt'],
  [{ ...CONFIDENTIAL, jwksUri: JWKS_URI }, 'private_key_jwt'],
  [{ ...CONFIDENTIAL, jwks: JWK, authMethod: 'client_secret_basic' }, 'client_secret_basic'],
  [{ ...CONFIDENTIAL, authMethod: 'client_secret_jwt' }, 'client_secret_jwt'],
  [{ ...PUBLIC, authMethod: 'none' }, 'none'],
])('how it proves who it is, where nothing is said: %#', (input, authMethod) => {
  expect(decideRegistration(input)).toMatchObject({ kind: 'accepted', registration: { authMethod } });
});

test('the address of keys is kept, or the keys', () => {
  expect(decideRegistration({ ...CONFIDENTIAL, jwksUri: JWKS_URI })).toMatchObject({
    kind: 'accepted',
    registration: { jwksUri: JWKS_URI },
    keys: [],
  });
  expect(decideRegistration({ ...CONFIDENTIAL, jwks: JWK, grants: [JWT_BEARER_GRANT] })).toMatchObject({
    kind: 'accepted',
    registration: { jwksUri: null, grants: [JWT_BEARER_GRANT] },
    keys: [{ kid: expect.stringMatching(/^[\w-]{43}$/) as string }],
  });
});

describe('refused', () => {
  test.each<[overrides: Partial<RegistrationInput>, codes: string[]]>([
    [{ name: '' }, ['bad_name']],
    [{ name: ' ' }, ['bad_name']],
    [{ name: 'x'.repeat(121) }, ['bad_name']],
    [{ name: 'a\nb' }, ['bad_name']],
    [{ name: 'a\u202eb' }, ['bad_name']],
    [{ name: 'a\ud800' }, ['bad_name']],
    [{ grants: ['password'] }, ['unknown_grant']],
    [{ grants: ['Client_Credentials'] }, ['unknown_grant']],
    [{ grants: ['implicit', ''] }, ['unknown_grant', 'unknown_grant']],
    [{ grants: ['authorization_code'] }, ['grant_needs_redirect_uri']],
    [{ grants: ['refresh_token'] }, ['grant_needs_code']],
    [{ grants: [JWT_BEARER_GRANT] }, ['grant_needs_keys']],
    [{ grants: [JWT_BEARER_GRANT], isPublic: true, jwks: JWK }, ['keys_of_public_client']],
    [{ grants: ['urn:ietf:params:oauth:grant-type:token-exchange'], isPublic: true }, ['grant_needs_secret']],
    [{ grants: ['client_credentials'], isPublic: true }, ['grant_needs_secret']],
    [{ grants: ['client_credentials'], authMethod: 'none' }, ['grant_needs_secret']],
    [{ scope: 'a  b' }, ['bad_scope']],
    [{ scope: ' a' }, ['bad_scope']],
    [{ scope: 'a"b' }, ['bad_scope']],
    [{ scope: 'a\\b' }, ['bad_scope']],
    [{ scope: 'ä' }, ['bad_scope']],
    [{ scope: 'a\tb' }, ['bad_scope']],
    [{ scope: 'orders:read introspect', isPublic: true }, ['scope_needs_secret']],
    [{ scope: 'revocations:read admin', isPublic: true }, ['scope_needs_secret', 'scope_needs_secret']],
    [{ audiences: ['api'] }, ['bad_audience']],
    [{ audiences: ['https://a.example/#x'] }, ['bad_audience']],
    [{ audiences: ['https://a.example/ b'] }, ['bad_audience']],
    [{ audiences: ['/api'] }, ['bad_audience']],
    [{ authMethod: 'basic' }, ['unknown_auth_method']],
    [{ authMethod: '' }, ['unknown_auth_method']],
    [{ authMethod: 'private_key_jwt' }, ['auth_method_needs_keys']],
    [
      { authMethod: 'private_key_jwt', isPublic: true, jwks: JWK },
      ['auth_method_needs_secret', 'keys_of_public_client'],
    ],
    [{ authMethod: 'client_secret_jwt', isPublic: true }, ['auth_method_needs_secret']],
    [{ authMethod: 'none', jwksUri: JWKS_URI }, ['keys_of_public_client']],
    [{ jwks: JWK, jwksUri: JWKS_URI }, ['several_key_sources']],
    [{ jwks: '{}' }, ['bad_key_set']],
    [{ jwks: '{"keys":[]}' }, ['no_keys']],
    [{ jwks: '{"keys":[{"kty":"oct","k":"AA"},{"kty":"EC","d":"x"}]}' }, ['symmetric_key', 'private_key']],
    [{ jwksUri: 'http://a.example/jwks' }, ['bad_jwks_uri']],
    [{ jwksUri: 'https://user@a.example/jwks' }, ['bad_jwks_uri']],
    [{ jwksUri: 'file:///etc/passwd' }, ['bad_jwks_uri']],
    [{ authMethod: 'client_secret_basic', isPublic: true }, ['auth_method_needs_secret']],
    [{ name: '', scope: '"', grants: ['x'] }, ['bad_name', 'unknown_grant', 'bad_scope']],
  ])('%j', (overrides, codes) => {
    expect(problemsOf({ ...CONFIDENTIAL, ...overrides })).toEqual(codes);
  });
});

describe('a redirect URI', () => {
  test.each([
    'https://app.example/cb',
    'https://app.example',
    'https://app.example:8443/cb?x=1',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:3000/cb',
  ])('%s', (uri) => {
    expect(problemsOf({ ...CONFIDENTIAL, redirectUris: [uri] })).toEqual([]);
  });

  test.each([
    '',
    'http://app.example/cb',
    'http://localhost.app.example/cb',
    'http://127.0.0.1.app.example/cb',
    'https://app.example/cb#',
    'https://app.example/cb#x',
    'https://user@app.example/cb',
    'https://user:pw@app.example/cb',
    'https://*.app.example/cb',
    'https://app.example/a b',
    'https://app.example\\@evil.example',
    'https:app.example/cb',
    'https:/app.example/cb',
    'https:///app.example/cb',
    '//app.example/cb',
    '/cb',
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://app.example/cb',
    'HTTPS://app.example/cb',
    'HTTP://127.0.0.1/cb',
    'https://',
    'https://app.example/\ncb',
    `https://app.example/${'x'.repeat(2048)}`,
  ])('not %s', (uri) => {
    expect(problemsOf({ ...CONFIDENTIAL, redirectUris: [uri] })).toEqual(['bad_redirect_uri']);
    expect(problemsOf({ ...CONFIDENTIAL, postLogoutRedirectUris: [uri] })).toEqual(['bad_redirect_uri']);
  });

  test('nothing that the list could not be read back from', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const decision = decideRegistration({ ...CONFIDENTIAL, audiences: [text], redirectUris: [text], scope: text });
        if (decision.kind === 'refused') return;
        const { audiences, redirectUris } = decision.registration;
        for (const kept of [...audiences, ...redirectUris]) expect(kept).toMatch(/^[^\s]+$/);
      }),
    );
  });
});

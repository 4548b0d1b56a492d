import { describe, expect, test } from 'vitest';
import { AUDIENCE, CLAIMS, ISSUER, NOW } from '../../test/support/issuer.ts';
import { checkClaims, type ClaimRules } from './claims.ts';

const RULES: ClaimRules = { issuer: ISSUER, audiences: [AUDIENCE], clockToleranceMs: 30_000 };

function check(claims: object, nowMs = NOW * 1000, rules = RULES): string {
  const checked = checkClaims({ ...CLAIMS, ...claims }, rules, nowMs);
  return 'refused' in checked ? `${checked.refused} ${checked.claim}` : 'accepted';
}

describe('accepts', () => {
  test.each([
    ['what the server sends', {}],
    [
      'only what is required',
      { scope: undefined, auth_time: undefined, amr: undefined, sid: undefined, sv: undefined },
    ],
    ['several audiences', { aud: ['https://other.example', AUDIENCE] }],
    ['one audience in an array', { aud: [AUDIENCE] }],
    ['dates with fractions', { exp: NOW + 0.001, iat: NOW - 0.5, nbf: NOW - 0.25 }],
    ['an issue time within the tolerance', { iat: NOW + 30 }],
    ['a start within the tolerance', { nbf: NOW + 30 }],
    ['a start in the past', { nbf: 0 }],
    ['claims that it does not know', { email: 'a@example.com', nonce: null }],
    ['the thumbprint of a key', { cnf: { jkt: 'x'.repeat(43) } }],
    ['roles', { roles: ['admin'] }],
    ['no roles', { roles: [] }],
    ['actors', { act: { sub: 'cli_1', act: { sub: 'cli_2' } } }],
    [
      'former tokens',
      {
        via: [
          { jti: 'j', kid: 'k', client_id: 'c', cv: 1 },
          { jti: 'i', kid: 'k', client_id: 'd' },
        ],
      },
    ],
    ['any visible ASCII in a scope', { scope: "!#$%&'()*+,-./:;<=>?@[]^_`{|}~ a" }],
  ])('%s', (_what, claims) => {
    expect(check(claims)).toBe('accepted');
  });
});

describe('refuses', () => {
  const required = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'] as const;
  test.each(required)('no %s', (claim) => {
    expect(check({ [claim]: undefined })).toBe(`claim_missing ${claim}`);
  });
  test.each(required)('a null %s', (claim) => {
    expect(check({ [claim]: null })).toBe(`claim_invalid ${claim}`);
  });
  test.each(['iss', 'sub', 'aud', 'jti', 'client_id', 'sid', 'br', 'scope'])('an empty %s', (claim) => {
    expect(check({ [claim]: '' })).toBe(`claim_invalid ${claim}`);
  });
  test.each(['iss', 'sub', 'aud', 'jti', 'client_id', 'sid', 'br', 'scope', 'amr', 'roles'])(
    'a numeric %s',
    (claim) => {
      expect(check({ [claim]: 1 })).toBe(`claim_invalid ${claim}`);
    },
  );
  test.each(['iss', 'sub', 'jti', 'client_id', 'sid', 'br', 'scope'])('an array as %s', (claim) => {
    expect(check({ [claim]: [ISSUER] })).toBe(`claim_invalid ${claim}`);
  });
  test.each(
    ['exp', 'iat', 'nbf', 'auth_time'].flatMap((claim) =>
      [`${NOW}`, Number.POSITIVE_INFINITY, Number.NaN, 1e300, -1, [NOW], { value: NOW }, true].map(
        (value) => [claim, value] as const,
      ),
    ),
  )('%s of %j', (claim, value) => {
    expect(check({ [claim]: value })).toBe(`claim_invalid ${claim}`);
  });

  test.each([
    ['an audience object', { aud: { [AUDIENCE]: true } }, 'claim_invalid aud'],
    ['an empty list of audiences', { aud: [] }, 'claim_invalid aud'],
    ['an audience that is no string beside ours', { aud: [AUDIENCE, 1] }, 'claim_invalid aud'],
    ['an empty audience beside ours', { aud: [AUDIENCE, ''] }, 'claim_invalid aud'],
    ['our audience, nested', { aud: [[AUDIENCE]] }, 'claim_invalid aud'],
    ['a version that is no integer', { sv: 1.5 }, 'claim_invalid sv'],
    ['a version beyond exact integers', { sv: 2 ** 53 }, 'claim_invalid sv'],
    ['a version in a string', { sv: '3' }, 'claim_invalid sv'],
    ['a version of the client in a string', { cv: '3' }, 'claim_invalid cv'],
    ['a version of the client in a list', { cv: [3] }, 'claim_invalid cv'],
    ['roles in a string', { roles: 'admin' }, 'claim_invalid roles'],
    ['a role that is no string', { roles: ['user', { toString: 'admin' }] }, 'claim_invalid roles'],
    ['methods in a string', { amr: 'pwd' }, 'claim_invalid amr'],
    ['a key that is confirmed by nothing', { cnf: {} }, 'claim_invalid cnf'],
    ['the name of a key in a string', { cnf: 'x'.repeat(43) }, 'claim_invalid cnf'],
    ['a thumbprint that is too short', { cnf: { jkt: 'x'.repeat(42) } }, 'claim_invalid cnf'],
    ['a thumbprint in a list', { cnf: { jkt: ['x'.repeat(43)] } }, 'claim_invalid cnf'],
    ['a certificate', { cnf: { 'x5t#S256': 'x'.repeat(43) } }, 'claim_invalid cnf'],
    ['a certificate beside the key', { cnf: { jkt: 'x'.repeat(43), 'x5t#S256': 'x' } }, 'claim_invalid cnf'],
    ['an actor in a string', { act: 'cli_1' }, 'claim_invalid act'],
    ['an actor without a name', { act: {} }, 'claim_invalid act'],
    ['an actor before it in a list', { act: { sub: 'cli_1', act: [] } }, 'claim_invalid act'],
    ['a former token that is no list', { via: { jti: 'j', kid: 'k', client_id: 'c' } }, 'claim_invalid via'],
    ['a former token in a string', { via: ['j'] }, 'claim_invalid via'],
    ['a former token without an id', { via: [{ kid: 'k', client_id: 'c' }] }, 'claim_invalid via'],
    ['a former token without a key', { via: [{ jti: 'j', client_id: 'c' }] }, 'claim_invalid via'],
    ['a former token without a client', { via: [{ jti: 'j', kid: 'k' }] }, 'claim_invalid via'],
    ['a former version in a string', { via: [{ jti: 'j', kid: 'k', client_id: 'c', cv: '1' }] }, 'claim_invalid via'],
    ['scopes in an array', { scope: ['notes:read'] }, 'claim_invalid scope'],
    ['scopes with two spaces', { scope: 'notes:read  notes:write' }, 'claim_invalid scope'],
    ['scopes with a space at the end', { scope: 'notes:read ' }, 'claim_invalid scope'],
    ['scopes with a line break', { scope: 'notes:read\nadmin' }, 'claim_invalid scope'],
    ['scopes with a quote', { scope: 'notes:"read"' }, 'claim_invalid scope'],
    ['another issuer', { iss: 'https://evil.example' }, 'issuer_mismatch iss'],
    ['the issuer with a slash', { iss: `${ISSUER}/` }, 'issuer_mismatch iss'],
    ['the issuer in another case', { iss: ISSUER.toUpperCase() }, 'issuer_mismatch iss'],
    ['the issuer as a prefix', { iss: `${ISSUER}.evil.example` }, 'issuer_mismatch iss'],
    ['another audience', { aud: 'https://other.example' }, 'audience_mismatch aud'],
    ['other audiences', { aud: ['https://other.example', 'x'] }, 'audience_mismatch aud'],
    ['an audience that contains ours', { aud: `${AUDIENCE}/v2` }, 'audience_mismatch aud'],
    ['an audience that ours contains', { aud: 'https://api' }, 'audience_mismatch aud'],
    ['several audiences in one string', { aud: `https://other.example ${AUDIENCE}` }, 'audience_mismatch aud'],
    ['a token at its expiry', { exp: NOW }, 'token_expired exp'],
    ['a token after its expiry', { exp: NOW - 1 }, 'token_expired exp'],
    ['a token that never lived', { exp: 0 }, 'token_expired exp'],
    ['an issue time beyond the tolerance', { iat: NOW + 31 }, 'token_not_yet_valid iat'],
    ['a start beyond the tolerance', { nbf: NOW + 31 }, 'token_not_yet_valid nbf'],
    ['an issue time in the future, with a start in the past', { iat: NOW + 31, nbf: NOW }, 'token_not_yet_valid iat'],
  ])('%s', (_what, claims, refused) => {
    expect(check(claims)).toBe(refused);
  });

  test.each([
    ['just before its expiry', NOW * 1000 + 599_999, 'accepted'],
    ['at its expiry', NOW * 1000 + 600_000, 'token_expired exp'],
    ['by a clock gone wrong', Number.NaN, 'token_expired exp'],
    ['one tolerance before its issue', NOW * 1000 - 30_000, 'accepted'],
    ['earlier than that', NOW * 1000 - 30_001, 'token_not_yet_valid iat'],
  ])('by the millisecond: %s', (_when, nowMs, expected) => {
    expect(check({}, nowMs)).toBe(expected);
  });

  test('nothing more than one of our several names', () => {
    const rules = { ...RULES, audiences: [AUDIENCE, 'urn:api'] };
    expect(check({ aud: 'urn:api' }, NOW * 1000, rules)).toBe('accepted');
    expect(check({ aud: ['x', 'urn:api'] }, NOW * 1000, rules)).toBe('accepted');
    expect(check({ aud: ['x', 'urn:other'] }, NOW * 1000, rules)).toBe('audience_mismatch aud');
  });
});

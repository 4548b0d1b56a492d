import { describe, expect, test } from 'vitest';
import { DAY_MS, SECOND_MS } from '../instant.ts';
import { sessionTokenClaims, type SessionTokenInput } from './claims.ts';

const NOW = Date.UTC(2026, 0, 1) + 999;
const INPUT: SessionTokenInput = {
  issuer: 'https://id.example.com',
  ttlSeconds: 600,
  user: { id: 'usr_1', role: 'user', applicationRoles: [], version: 4 },
  session: {
    id: 'ses_1',
    clientId: null,
    authTime: NOW - 5000,
    amr: ['pwd'],
    generation: 7,
    attempt: 1,
    expiresAt: NOW + DAY_MS,
  },
  clientVersion: undefined,
  audience: 'https://api.example.com',
  scopes: ['openid', 'profile'],
  tokenId: 'jti-1',
  now: NOW,
};
const ISSUED_AT = Date.UTC(2026, 0, 1) / 1000;

test('an ordinary user: exactly these members', () => {
  expect(sessionTokenClaims(INPUT)).toEqual({
    iss: 'https://id.example.com',
    sub: 'usr_1',
    aud: 'https://api.example.com',
    exp: ISSUED_AT + 600,
    iat: ISSUED_AT,
    jti: 'jti-1',
    client_id: 'latchkey',
    scope: 'openid profile',
    auth_time: ISSUED_AT - 5,
    amr: ['pwd'],
    acr: 'urn:latchkey:acr:password',
    sid: 'ses_1',
    sv: 4,
    br: '7.1',
  });
});

test('an administrator has the role', () => {
  const claims = sessionTokenClaims({ ...INPUT, user: { ...INPUT.user, role: 'administrator' } });
  expect(claims.roles).toEqual(['administrator']);
});

test('roles of applications come behind that of the server', () => {
  const user = { ...INPUT.user, applicationRoles: ['editor', 'moderator'] };
  expect(sessionTokenClaims({ ...INPUT, user }).roles).toEqual(['editor', 'moderator']);
  const administrator = sessionTokenClaims({ ...INPUT, user: { ...user, role: 'administrator' } });
  expect(administrator.roles).toEqual(['administrator', 'editor', 'moderator']);
});

test("another client's session names the client and its version", () => {
  const session = { ...INPUT.session, clientId: 'cli_shop' };
  const claims = sessionTokenClaims({ ...INPUT, session, clientVersion: 3 });
  expect(claims).toMatchObject({ client_id: 'cli_shop', cv: 3 });
});

test('no scope at all is absent, not empty', () => {
  expect(sessionTokenClaims({ ...INPUT, scopes: [] })).not.toHaveProperty('scope');
});

describe('never outlives the session', () => {
  test.each([
    [10 * SECOND_MS, 10],
    [SECOND_MS, 1],
    [600 * SECOND_MS, 600],
    [601 * SECOND_MS, 600],
  ])('that ends in %d ms', (leftMs, lifeSeconds) => {
    const claims = sessionTokenClaims({ ...INPUT, session: { ...INPUT.session, expiresAt: NOW + leftMs } });
    expect(claims.exp - claims.iat).toBe(lifeSeconds);
    expect(claims.exp * SECOND_MS).toBeLessThanOrEqual(NOW + leftMs);
  });
});

test('all instants are whole seconds', () => {
  const { exp, iat, auth_time: authTime } = sessionTokenClaims(INPUT);
  expect([exp, iat, authTime].every(Number.isSafeInteger)).toBe(true);
});

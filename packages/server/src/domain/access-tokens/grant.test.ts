import { describe, expect, test } from 'vitest';
import { decideGrant, type AccessTokenPolicy } from './grant.ts';

const ISSUER = 'https://id.example.com';
const POLICY: AccessTokenPolicy = {
  issuer: ISSUER,
  ttlSeconds: 600,
  audiences: ['https://api.example.com', 'https://files.example.com/v1'],
  scopes: ['openid', 'profile', 'orders:read'],
};

describe('audience', () => {
  test.each([
    ['none: the issuer itself', {}, ISSUER],
    ['the issuer', { audience: ISSUER }, ISSUER],
    ['one that is listed', { audience: 'https://api.example.com' }, 'https://api.example.com'],
    ['one that is listed, with a path', { audience: 'https://files.example.com/v1' }, 'https://files.example.com/v1'],
  ])('%s', (_name, request, audience) => {
    expect(decideGrant(request, [], POLICY)).toEqual({ kind: 'granted', audience, scopes: [] });
  });

  test.each([
    'https://evil.example.com',
    'https://api.example.com/',
    'https://api.example.com.evil.example',
    'https://API.example.com',
    'http://api.example.com',
    'https://api.example.com#x',
    'https://files.example.com',
    'https://files.example.com/v1/../v2',
    `${ISSUER}/`,
    ' https://api.example.com',
    '',
    'api.example.com',
    'constructor',
  ])('%j is no target', (audience) => {
    expect(decideGrant({ audience }, ['administrator'], POLICY)).toEqual({ kind: 'invalid_target' });
  });

  test('any URL in development, but no other text', () => {
    const any: AccessTokenPolicy = { ...POLICY, audiences: 'any' };
    expect(decideGrant({ audience: 'http://localhost:4000' }, [], any).kind).toBe('granted');
    expect(decideGrant({ audience: 'not a url' }, [], any).kind).toBe('invalid_target');
  });

  test('none but the issuer where none is listed', () => {
    const none: AccessTokenPolicy = { ...POLICY, audiences: [] };
    expect(decideGrant({}, [], none).kind).toBe('granted');
    expect(decideGrant({ audience: 'https://api.example.com' }, [], none).kind).toBe('invalid_target');
  });
});

describe('scope', () => {
  test.each([
    [undefined, []],
    ['', []],
    [' ', []],
    ['openid', ['openid']],
    ['openid profile', ['openid', 'profile']],
    ['profile openid', ['profile', 'openid']],
    ['openid openid', ['openid']],
    ['  openid   orders:read ', ['openid', 'orders:read']],
  ])('%j', (scope, scopes) => {
    expect(decideGrant({ scope }, [], POLICY)).toEqual({ kind: 'granted', audience: ISSUER, scopes });
  });

  test.each([
    'unknown',
    'openid unknown',
    'OPENID',
    'openid,profile',
    'openid\tprofile',
    'openid\nadmin',
    'openid"',
    'openid\\',
    'openid é',
    'constructor',
    '__proto__',
    'revocations:read',
    'introspect',
  ])('%j is refused', (scope) => {
    expect(decideGrant({ scope }, [], POLICY)).toEqual({ kind: 'invalid_scope' });
  });
});

describe('authority comes from the role, never from the request', () => {
  test('admin for an administrator', () => {
    expect(decideGrant({ scope: 'admin openid' }, ['administrator'], POLICY)).toEqual({
      kind: 'granted',
      audience: ISSUER,
      scopes: ['admin', 'openid'],
    });
  });

  test.each([[[]], [['user']], [['Administrator']], [['admin']]])('no admin for %j', (roles) => {
    expect(decideGrant({ scope: 'admin' }, roles, POLICY)).toEqual({ kind: 'invalid_scope' });
  });

  test('a role that nobody asked for adds no scope by itself', () => {
    expect(decideGrant({}, ['administrator'], POLICY)).toEqual({ kind: 'granted', audience: ISSUER, scopes: [] });
  });

  test('members that the request does not have are not looked at', () => {
    const request = { scope: 'admin', roles: ['administrator'], role: 'administrator', sub: 'usr_1' };
    expect(decideGrant(request, [], POLICY)).toEqual({ kind: 'invalid_scope' });
  });
});

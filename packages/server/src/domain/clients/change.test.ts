import { expect, test } from 'vitest';
import { changedMembers, takesAway, type ChangeableClient } from './change.ts';

const BEFORE: ChangeableClient = {
  name: 'Orders',
  grants: ['authorization_code', 'client_credentials'],
  scopes: ['orders:read', 'orders:write'],
  audiences: ['https://a.example', 'https://b.example'],
  redirectUris: ['https://app.example/1', 'https://app.example/2'],
  firstParty: true,
  postLogoutRedirectUris: ['https://app.example/out'],
  backchannelLogoutUri: 'https://app.example/logout',
  dpopBound: false,
  requirePushedRequests: false,
};

test.each<[Partial<ChangeableClient>, takes: boolean]>([
  [{}, false],
  [{ name: 'Other' }, false],
  [{ scopes: ['orders:read', 'orders:write', 'more'] }, false],
  [{ scopes: ['orders:write', 'orders:read'] }, false],
  [{ scopes: ['orders:read'] }, true],
  [{ scopes: ['orders:read', 'more'] }, true],
  [{ grants: ['client_credentials'] }, true],
  [{ audiences: ['https://a.example'] }, true],
  [{ audiences: [] }, true],
  [{ redirectUris: ['https://app.example/1'] }, true],
  [{ redirectUris: [...BEFORE.redirectUris, 'https://app.example/3'] }, false],
  [{ firstParty: false }, true],
  [{ dpopBound: true }, true],
  [{ requirePushedRequests: true }, false],
  [{ postLogoutRedirectUris: [], backchannelLogoutUri: null }, false],
])('%j takes something away: %s', (changes, takes) => {
  expect(takesAway(BEFORE, { ...BEFORE, ...changes })).toBe(takes);
});

test('the server itself is taken away by a first audience, and nothing by the end of a duty', () => {
  expect(takesAway({ ...BEFORE, audiences: [] }, BEFORE)).toBe(true);
  expect(takesAway({ ...BEFORE, firstParty: false, dpopBound: true }, BEFORE)).toBe(false);
});

test('members that differ are named', () => {
  expect(changedMembers(BEFORE, BEFORE)).toEqual([]);
  expect(changedMembers(BEFORE, { ...BEFORE, scopes: [], backchannelLogoutUri: null })).toEqual([
    'scopes',
    'backchannelLogoutUri',
  ]);
  const [first = '', second = ''] = BEFORE.audiences;
  expect(changedMembers(BEFORE, { ...BEFORE, audiences: [`${first},${second}`] })).toEqual(['audiences']);
});

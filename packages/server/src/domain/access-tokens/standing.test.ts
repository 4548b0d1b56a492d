import { describe, expect, test } from 'vitest';
import { voidReason, type TokenHolder, type TokenStanding } from './standing.ts';

const NOW = Date.UTC(2026, 0, 1);
const USER = 'usr_1';

const SESSION: TokenHolder['session'] = {
  generation: 5,
  attempt: 2,
  previousAttempt: 1,
  revokedAt: null,
  idleExpiresAt: NOW + 1,
  expiresAt: NOW + 1,
};
const HOLDER: TokenHolder = { session: SESSION, user: { id: USER, version: 3, bannedAt: null } };
const CLIENT = { version: 7, disabledAt: null };
const STANDING: TokenStanding = {
  keyIsOurs: true,
  tokenIsRevoked: false,
  branchIsRevoked: false,
  holder: HOLDER,
  client: undefined,
};

const FIRST_PARTY = { sub: USER, client_id: 'latchkey', sid: 'ses_1', sv: 3, br: '5.2' };
const OF_CLIENT = { sub: 'cli_1', client_id: 'cli_1', cv: 7 };
const OF_BOTH = { ...FIRST_PARTY, client_id: 'cli_1', cv: 7 };

const holder = (session: Partial<TokenHolder['session']>, user: Partial<TokenHolder['user']> = {}) => ({
  holder: { session: { ...SESSION, ...session }, user: { ...HOLDER.user, ...user } },
});

describe("a browser session's token", () => {
  test.each<[name: string, claims: Partial<typeof FIRST_PARTY>, standing: Partial<TokenStanding>, expected?: string]>([
    ['stands', {}, {}],
    ['of a key that is gone', {}, { keyIsOurs: false }, 'key_revoked'],
    ['revoked itself', {}, { tokenIsRevoked: true }, 'token_revoked'],
    ['without a session', {}, { holder: undefined }, 'session_ended'],
    ['of a session that was ended', {}, holder({ revokedAt: NOW - 1 }), 'session_ended'],
    ['of an idle session', {}, holder({ idleExpiresAt: NOW }), 'session_ended'],
    ['of a session that is over', {}, holder({ expiresAt: NOW }), 'session_ended'],
    ["of another user's session", { sub: 'usr_2' }, {}, 'session_ended'],
    ['of a banned user', {}, holder({}, { bannedAt: NOW - 1 }), 'subject_banned'],
    ['of an older version', { sv: 2 }, {}, 'subject_revoked'],
    ['of a newer version, which a fail-over lost', { sv: 4 }, {}],
    ['of a branch that the log voids', {}, { branchIsRevoked: true }, 'branch_revoked'],
    ['of an attempt that was given up', { br: '5.1' }, {}, 'branch_revoked'],
    ['of the generation before', { br: '4.1' }, {}],
    ['of another attempt of the generation before', { br: '4.0' }, {}, 'branch_revoked'],
    [
      'of the generation before, of which a fail-over lost the attempt',
      { br: '4.0' },
      holder({ previousAttempt: null }),
    ],
    ['of an older generation, of which the log says nothing', { br: '3.0' }, {}],
    ['of a generation that a fail-over lost', { br: '6.0' }, {}],
  ])('%s', (_name, claims, standing, expected) => {
    expect(voidReason({ ...FIRST_PARTY, ...claims }, { ...STANDING, ...standing }, NOW)).toBe(expected);
  });

  test('without a version is as old as can be', () => {
    const { sv: _sv, ...claims } = FIRST_PARTY;
    expect(voidReason(claims, STANDING, NOW)).toBe('subject_revoked');
  });

  test('that names no session belongs to nobody', () => {
    const { sid: _sid, ...claims } = FIRST_PARTY;
    expect(voidReason(claims, { ...STANDING, holder: undefined }, NOW)).toBe('session_ended');
  });
});

describe("a client's own token", () => {
  const own: TokenStanding = { ...STANDING, holder: undefined, client: CLIENT };
  test.each<[name: string, claims: Partial<typeof OF_CLIENT>, standing: Partial<TokenStanding>, expected?: string]>([
    ['stands', {}, {}],
    ['of a key that is gone', {}, { keyIsOurs: false }, 'key_revoked'],
    ['revoked itself', {}, { tokenIsRevoked: true }, 'token_revoked'],
    ['of a client that is gone', {}, { client: undefined }, 'client_disabled'],
    ['of a disabled client', {}, { client: { ...CLIENT, disabledAt: NOW } }, 'client_disabled'],
    ['of an older version', { cv: 6 }, {}, 'client_revoked'],
    ['of a newer version, which a fail-over lost', { cv: 8 }, {}],
  ])('%s', (_name, claims, standing, expected) => {
    expect(voidReason({ ...OF_CLIENT, ...claims }, { ...own, ...standing }, NOW)).toBe(expected);
  });

  test('without a version is as old as can be', () => {
    expect(voidReason({ sub: 'cli_1', client_id: 'cli_1' }, own, NOW)).toBe('client_revoked');
  });
});

describe("a token of a client's session needs both to stand", () => {
  const both: TokenStanding = { ...STANDING, client: CLIENT };
  test.each<[name: string, standing: Partial<TokenStanding>, expected?: string]>([
    ['both do', {}],
    ['the session ended', holder({ revokedAt: NOW }), 'session_ended'],
    ['the client was disabled', { client: { ...CLIENT, disabledAt: NOW } }, 'client_disabled'],
    ['the client was raised', { client: { ...CLIENT, version: 8 } }, 'client_revoked'],
    ['the client is gone', { client: undefined }, 'client_disabled'],
  ])('%s', (_name, standing, expected) => {
    expect(voidReason(OF_BOTH, { ...both, ...standing }, NOW)).toBe(expected);
  });
});

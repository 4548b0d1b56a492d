import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { UserId } from '../domain/ids.ts';
import { rotationPolicy } from '../domain/sessions/decide-refresh.ts';
import { encodeCredential } from '../domain/sessions/credential.ts';
import type { Session } from '../domain/sessions/session.ts';
import type { User } from '../domain/users/user.ts';
import { SessionCache } from './session-cache.ts';

const NOW = 1_800_000_000_000;
const TRUST_MS = 5000;
const W = 60_000;
const R = 600_000;
const KEY = { id: 7, key: createSecretKey(Buffer.alloc(32, 1)) };
const ROTATION = {
  cookie: rotationPolicy(W, R),
  refresh_token: rotationPolicy(W, W),
};

function aUser(number: number): User {
  const id: UserId = `usr_${number}`;
  return {
    id,
    email: 'a@example.org',
    emailVerifiedAt: NOW,
    name: null,
    role: 'user',
    applicationRoles: [],
    version: 1,
    createdAt: NOW,
    bannedAt: null,
  };
}

function aSession(number: number, changes: Partial<Session> = {}): Session {
  return {
    id: `ses_${String(number).padStart(32, '0')}`,
    userId: 'usr_1',
    clientId: null,
    carrier: 'cookie',
    salt: new Uint8Array(16).fill(number),
    generation: 5,
    attempt: 2,
    previousAttempt: 1,
    rotatedAt: NOW,
    confirmed: false,
    strictGeneration: null,
    replaces: null,
    remember: true,
    authTime: NOW,
    amr: ['pwd'],
    userAgent: null,
    network: null,
    createdAt: NOW,
    lastUsedAt: NOW,
    idleExpiresAt: NOW + 10 * R,
    expiresAt: NOW + 10 * R,
    revokedAt: null,
    ...changes,
  };
}

const credentialOf = (session: Session, changes: Partial<Session> = {}): string =>
  encodeCredential({ ...session, ...changes }, KEY);

/** A memory that keeps these sessions of user 1, as read at `readAt`. */
function remembering(sessions: readonly Session[], readAt = NOW, maxEntries?: number): SessionCache {
  const cache = new SessionCache(KEY, ROTATION, maxEntries);
  for (const session of sessions) cache.keep({ session, user: aUser(1) }, readAt, cache.ticket());
  return cache;
}

const isFound = (cache: SessionCache, session: Session, now = NOW): boolean =>
  cache.find(credentialOf(session), session.carrier, now) !== undefined;

describe('a session in memory', () => {
  const session = aSession(1);

  test('is found by its current credential, with its user', () => {
    const entry = remembering([session]).find(credentialOf(session), 'cookie', NOW);
    expect(entry).toMatchObject({ kind: 'live', session, user: aUser(1) });
  });

  test.each([
    ['the credential before', { generation: 4, attempt: 1 }],
    ['an older one', { generation: 0, attempt: 0 }],
    ['a void attempt', { attempt: 1 }],
    ['a later attempt', { attempt: 3 }],
    ['a later generation', { generation: 6, attempt: 0 }],
    ['the same under another salt', { salt: new Uint8Array(16) }],
    ['another session of the user', { id: aSession(2).id }],
  ])('is not found by %s', (_which, changes) => {
    expect(remembering([session]).find(credentialOf(session, changes), 'cookie', NOW)).toBeUndefined();
  });

  test('is not found by what only begins or ends like its credential', () => {
    const cache = remembering([session]);
    const credential = credentialOf(session);
    for (const text of [
      '',
      credential.slice(0, -1),
      `${credential}A`,
      credential.replace(/.$/, '~'),
      `A${credential}`,
    ]) {
      expect(cache.find(text, 'cookie', NOW)).toBeUndefined();
    }
  });

  test('tells beforehand that it is to be confirmed, unless it may then end another one, whose row is to be read', () => {
    const replacing = aSession(2, { replaces: session.id });
    const cache = remembering([session, replacing]);
    const expects = (which: Session, now: number) => cache.expectsChange(credentialOf(which), 'cookie', now);
    expect([expects(session, NOW), expects(session, NOW + W), expects(replacing, NOW + W)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('is not found for another carrier', () => {
    expect(remembering([session]).find(credentialOf(session), 'refresh_token', NOW)).toBeUndefined();
    const token = aSession(1, { carrier: 'refresh_token' });
    expect(remembering([token]).find(credentialOf(token), 'cookie', NOW)).toBeUndefined();
    expect(isFound(remembering([token]), token)).toBe(true);
  });

  test('is believed for five seconds', () => {
    const cache = remembering([session]);
    expect(isFound(cache, session, NOW + TRUST_MS - 1)).toBe(true);
    expect(isFound(cache, session, NOW + TRUST_MS)).toBe(false);
  });

  test('is not believed for longer because a clock was set back', () => {
    const cache = remembering([session]);
    expect(isFound(cache, session, NOW - 1)).toBe(false);
    expect(isFound(cache, session, NOW - 3_600_000)).toBe(false);
  });

  test.each<[string, Partial<Session>, boolean]>([
    ['is answered until W', { rotatedAt: NOW - W + 1 }, true],
    ['is to be confirmed from W on', { rotatedAt: NOW - W }, false],
    ['was confirmed', { rotatedAt: NOW - W, confirmed: true }, true],
    ['is to be rotated', { rotatedAt: NOW - R, confirmed: true }, false],
    ['is to be rotated, a refresh token', { carrier: 'refresh_token', rotatedAt: NOW - W }, false],
    ['has been idle for too long', { idleExpiresAt: NOW }, false],
    ['has come to its end', { expiresAt: NOW }, false],
    ['was revoked', { revokedAt: NOW }, false],
    ['is strict, and to be confirmed', { strictGeneration: 5 }, false],
    ['is strict, and was confirmed', { strictGeneration: 5, confirmed: true }, false],
    ['is to be strict next', { strictGeneration: 6 }, false],
    ['was strict a generation ago', { strictGeneration: 4 }, true],
  ])('that %s', (_what, changes, found) => {
    const changed = aSession(1, changes);
    expect(isFound(remembering([changed]), changed)).toBe(found);
  });

  test('is replaced by what was read later', () => {
    const cache = remembering([session]);
    const rotated = aSession(1, { generation: 6, attempt: 0, previousAttempt: 2 });
    cache.keep({ session: rotated, user: aUser(1) }, NOW + 1, cache.ticket());
    expect([isFound(cache, session, NOW + 1), isFound(cache, rotated, NOW + 1)]).toEqual([false, true]);
  });

  test('makes way for another, the oldest first, where there are too many', () => {
    const [first, second, third] = [aSession(1), aSession(2), aSession(3)];
    const cache = remembering([first, second, first, third], NOW, 2);
    expect([first, second, third].map((each) => isFound(cache, each))).toEqual([true, false, true]);
  });
});

describe('forgetting', () => {
  const [mine, other] = [aSession(1), aSession(2)];
  const token = aSession(3, { carrier: 'refresh_token' });
  const theirs = aSession(4, { userId: 'usr_2' });
  const all = [mine, other, token, theirs];

  test.each<[string, (cache: SessionCache) => void, boolean[]]>([
    ['a session', (cache) => cache.forgetSession(mine.id), [false, true, true, true]],
    ['a session of the other carrier', (cache) => cache.forgetSession(token.id), [true, true, false, true]],
    ['a user', (cache) => cache.forgetUser('usr_1'), [false, false, false, true]],
    ['all', (cache) => cache.forgetAll(), [false, false, false, false]],
    ['one that is not there', (cache) => cache.forgetSession(aSession(9).id), [true, true, true, true]],
  ])('%s', (_what, forget, found) => {
    const cache = remembering([mine, other, token]);
    cache.keep({ session: theirs, user: aUser(2) }, NOW, cache.ticket());
    forget(cache);
    expect(all.map((each) => isFound(cache, each))).toEqual(found);
    // What was read before is not kept after it, whichever it is; what is read from now on is.
    const before = remembering([]);
    const ticket = before.ticket();
    forget(before);
    before.keep({ session: mine, user: aUser(1) }, NOW, ticket);
    expect(isFound(before, mine)).toBe(false);
    before.keep({ session: mine, user: aUser(1) }, NOW, before.ticket());
    expect(isFound(before, mine)).toBe(true);
  });
});

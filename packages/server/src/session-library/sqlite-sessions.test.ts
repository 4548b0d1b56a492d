import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../test/support/databases.ts';
import { sessionIdFromBytes } from '../domain/ids.ts';
import type { StoredSession } from './session-store.ts';
import { sqlitePath } from '../storage/sqlite-path.ts';
import { sqliteSessions } from './sqlite-sessions.ts';

const NOW = Date.UTC(2026, 0, 1);
const SESSION: StoredSession = {
  id: sessionIdFromBytes(new Uint8Array(16).fill(7)),
  subject: "o'brien; DROP TABLE sessions",
  salt: new Uint8Array(16).fill(255),
  generation: 0xffff_ffff,
  attempt: 0xffff,
  previousAttempt: null,
  rotatedAt: NOW,
  confirmed: true,
  remember: false,
  createdAt: NOW - 1,
  lastUsedAt: NOW,
  idleExpiresAt: NOW + 2,
  expiresAt: NOW + 3,
};

describe('sessions in SQLite', () => {
  test.each([
    ['as it is opened', {}],
    ['with big integers and arrays', { readBigInts: true, returnArrays: true }],
  ])('come back as they were written, from a database %s', async (_name, options) => {
    const store = sqliteSessions(new DatabaseSync(':memory:', options));
    await store.insert(SESSION);
    expect(await store.find(SESSION.id)).toEqual(SESSION);
    const next = { ...SESSION, generation: 1, previousAttempt: 2, confirmed: false, remember: true };
    expect(await store.change(SESSION.id, (session) => ({ next, result: session?.generation }))).toBe(0xffff_ffff);
    expect(await store.find(SESSION.id)).toEqual(next);
  });

  test('are left as they are, or deleted', async () => {
    const store = sqliteSessions(new DatabaseSync(':memory:'));
    await store.insert(SESSION);
    await store.change(SESSION.id, () => ({ result: undefined }));
    expect(await store.find(SESSION.id)).toEqual(SESSION);
    await store.change(SESSION.id, () => ({ next: null, result: undefined }));
    expect(await store.change(SESSION.id, (session) => ({ result: session }))).toBeUndefined();
  });

  test('are deleted at the instant when they expire, and not before', async () => {
    const store = sqliteSessions(new DatabaseSync(':memory:'));
    await store.insert(SESSION);
    await store.deleteExpired(SESSION.idleExpiresAt - 1);
    expect(await store.find(SESSION.id)).toBeDefined();
    await store.deleteExpired(SESSION.idleExpiresAt);
    expect(await store.find(SESSION.id)).toBeUndefined();
  });

  test('are not written where the change throws, or there is nothing to change', async () => {
    const database = new DatabaseSync(':memory:');
    const store = sqliteSessions(database);
    await store.insert(SESSION);
    const failing = () => {
      throw new Error('no');
    };
    expect(() => store.change(SESSION.id, failing)).toThrow('no');
    const unknown = sessionIdFromBytes(new Uint8Array(16));
    expect(() => store.change(unknown, () => ({ next: SESSION, result: undefined }))).toThrow();
    expect(() => store.insert(SESSION)).toThrow();
    expect(database.isTransaction).toBe(false);
    expect(await store.find(SESSION.id)).toEqual(SESSION);
  });

  test('leave a transaction of the application alone', async () => {
    const database = new DatabaseSync(':memory:');
    const store = sqliteSessions(database);
    await store.insert(SESSION);
    database.exec('BEGIN');
    expect(() => store.change(SESSION.id, () => ({ next: null, result: undefined }))).toThrow();
    expect(database.isTransaction).toBe(true);
    database.exec('COMMIT');
    expect(await store.find(SESSION.id)).toEqual(SESSION);
  });
});

test('a change reads nothing before it has the lock: not a row that another process is about to change', async () => {
  await using file = await createTestDatabase('sqlite');
  const path = sqlitePath(file.url)!;
  using other = new DatabaseSync(path);
  using database = new DatabaseSync(path, { timeout: 1 });
  const store = sqliteSessions(database);
  await store.insert(SESSION);
  let calls = 0;
  const change = () => {
    calls += 1;
    return { next: null, result: undefined };
  };
  other.exec('BEGIN IMMEDIATE');
  expect(() => store.change(SESSION.id, change)).toThrow(expect.objectContaining({ errcode: 5 }));
  expect(calls).toBe(0);
  other.exec('COMMIT');
  await store.change(SESSION.id, change);
  expect([calls, await store.find(SESSION.id)]).toEqual([1, undefined]);
});

describe('the table', () => {
  test('is made once, and one that is there is used as it is', async () => {
    const database = new DatabaseSync(':memory:');
    await sqliteSessions(database, 'mine').insert(SESSION);
    expect(await sqliteSessions(database, 'mine').find(SESSION.id)).toEqual(SESSION);
    expect(await sqliteSessions(database).find(SESSION.id)).toBeUndefined();
    database.exec('CREATE TABLE tokens (session_id TEXT REFERENCES mine (id) ON DELETE CASCADE) STRICT');
    database.prepare('INSERT INTO tokens VALUES (?)').run(SESSION.id);
    await sqliteSessions(database, 'mine').change(SESSION.id, () => ({ next: null, result: undefined }));
    expect(database.prepare('SELECT count(*) AS left FROM tokens').get()).toEqual({ left: 0 });
  });

  test.each(['', 'a b', 'a;b', '1a', 'a"', 'main.a', 'é', 'a'.repeat(64)])('%j is no name of one', (table) => {
    expect(() => sqliteSessions(new DatabaseSync(':memory:'), table)).toThrow(TypeError);
  });

  test.each([
    [0, 5000],
    [70, 70],
  ])('a connection with a timeout of %d ms waits %d ms for others', (timeout, waits) => {
    const database = new DatabaseSync(':memory:', { timeout });
    sqliteSessions(database);
    expect(database.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: waits });
  });
});

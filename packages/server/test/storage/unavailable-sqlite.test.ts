import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStorageUnavailable } from '../../src/storage/errors.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { sqlitePath } from '../../src/storage/sqlite-path.ts';
import type { Store, Tx } from '../../src/storage/store.ts';
import { insertUser, savePasswordHash } from '../../src/storage/users.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { addUser, aUser, NOW } from './nodes.ts';
import { rejection } from './rejection.ts';

describe('SQLite', () => {
  let database: TestDatabase;
  let store: Store;
  let other: DatabaseSync;
  beforeAll(async () => {
    database = await createTestDatabase('sqlite');
    store = openStore({ url: database.url, statementTimeoutMs: 50 });
    await migrate(store);
    other = new DatabaseSync(sqlitePath(database.url)!);
  });
  afterAll(async () => {
    other.close();
    await store.close();
    await database.drop();
  });

  const pragma = async (text: string) => void (await sql.raw(`pragma ${text}`).execute(store.queries));
  const write = async () => {
    await addUser(store);
    await store.transaction((tx) => sql`update users set name = ${'x'.repeat(100_000)}`.execute(tx));
  };

  test.each<{ cause: string; code: number; begin: () => Promise<void>; end: () => Promise<void> }>([
    {
      cause: 'the disk is full',
      code: 13,
      begin: () => pragma('max_page_count = 1'),
      end: () => pragma('max_page_count = 1000000'),
    },
    {
      cause: 'another connection holds the write lock for too long',
      code: 5,
      begin: async () => other.exec('begin immediate'),
      end: async () => other.exec('rollback'),
    },
    {
      cause: 'nothing may be written',
      code: 8,
      begin: () => pragma('query_only = on'),
      end: () => pragma('query_only = off'),
    },
  ])('is unavailable while $cause, and works again afterwards', async ({ code, begin, end }) => {
    await begin();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await rejection(write());
      expect(error).toMatchObject({ errcode: code });
      expect(isStorageUnavailable(error)).toBe(true);
    }
    await end();
    await expect(write()).resolves.toBeUndefined();
  });

  test.each<[string, (tx: Tx) => Promise<unknown>]>([
    ['a unique column', (tx: Tx) => insertUser(tx, aUser({ id: 'usr_taken' }))],
    ['a foreign key', (tx: Tx) => savePasswordHash(tx, 'usr_unknown', 'hash', NOW)],
    ['a column that may not be null', (tx: Tx) => sql`update users set role = null`.execute(tx)],
    ['a check', (tx: Tx) => sql`update users set role = 'emperor'`.execute(tx)],
    ['a type', (tx: Tx) => sql`update users set version = 'text'`.execute(tx)],
    ['the grammar', (tx: Tx) => sql`selekt 1`.execute(tx)],
    ['the schema', (tx: Tx) => sql`select unknown from users`.execute(tx)],
  ])('is not what is unavailable when %s is violated', async (_, violate) => {
    await store.transaction(async (tx) => {
      if ((await tx.selectFrom('users').select('id').where('id', '=', 'usr_taken').executeTakeFirst()) === undefined) {
        await insertUser(tx, aUser({ id: 'usr_taken' }));
      }
    });
    const error = await rejection(store.transaction(violate));
    expect(error).toHaveProperty('errcode');
    expect(isStorageUnavailable(error)).toBe(false);
  });

  test.each(['a folder', 'below a file', 'no database'] as const)('cannot be opened where its path is %s', (kind) => {
    const path = join(dirname(sqlitePath(database.url)!), kind);
    if (kind === 'a folder') mkdirSync(path);
    else writeFileSync(path, 'Something else entirely. '.repeat(100));
    let error: unknown;
    try {
      openStore({ url: `sqlite:${kind === 'below a file' ? join(path, 'latchkey.db') : path}` });
    } catch (thrown) {
      error = thrown;
    }
    expect(isStorageUnavailable(error)).toBe(true);
  });
});

describe('whatever else goes wrong', () => {
  test.each([new Error('anything'), new TypeError('anything'), 'text', null, undefined, { code: '57P01' }])(
    'is no unavailable database: %s',
    (error) => {
      expect(isStorageUnavailable(error)).toBe(false);
    },
  );

  test('is one where every address of its host refused', () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(isStorageUnavailable(new AggregateError([refused, refused], 'both'))).toBe(true);
    expect(isStorageUnavailable(new AggregateError([new Error('anything')], 'one'))).toBe(false);
  });
});

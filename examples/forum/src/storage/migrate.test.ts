import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from './migrations/index.ts';
import { NewerSchemaError } from './migrate.ts';
import { openDatabase } from './open-database.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sawal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a database is brought up to date once, and opened again as it is', () => {
  const path = join(folder, 'forum.db');
  const first = openDatabase(path);
  first.statement(`INSERT INTO authors (id, name, joined_at) VALUES ('usr_a', 'A', 1)`).run();
  first.close();
  const second = openDatabase(path);
  expect(second.statement('PRAGMA user_version').get()).toEqual({ user_version: migrations.length });
  expect(second.statement('SELECT id FROM authors').all()).toEqual([{ id: 'usr_a' }]);
  expect(second.statement('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  expect(second.statement('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 });
  second.close();
});

test('a database of a newer forum is left alone', () => {
  const path = join(folder, 'forum.db');
  openDatabase(path).close();
  const newer = new DatabaseSync(path);
  newer.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  newer.close();
  expect(() => openDatabase(path)).toThrow(NewerSchemaError);
  const after = new DatabaseSync(path);
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: migrations.length + 1 });
  after.close();
});

test('a transaction that fails leaves nothing, and the database goes on', () => {
  const database = openDatabase(':memory:');
  const insert = `INSERT INTO authors (id, name, joined_at) VALUES ('usr_a', 'A', 1)`;
  expect(() =>
    database.transaction(() => {
      database.statement(insert).run();
      throw new RangeError('on purpose');
    }),
  ).toThrow(RangeError);
  expect(database.statement('SELECT id FROM authors').all()).toEqual([]);
  database.transaction(() => database.statement(insert).run());
  expect(database.statement('SELECT id FROM authors').all()).toEqual([{ id: 'usr_a' }]);
});

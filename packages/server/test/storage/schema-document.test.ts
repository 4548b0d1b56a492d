import { readFileSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { readMeanings, readTables, writeSchemaDocument } from './schema-document.ts';

const DOCUMENT = new URL('../../../../docs/storage-schema.md', import.meta.url);
const SOURCES = ['schema/accounts', 'schema/clients', 'schema/server', 'schema'].map(
  (name) => new URL(`../../src/storage/${name}.ts`, import.meta.url),
);

describe('the schema', () => {
  const meanings = readMeanings(SOURCES.map((source) => readFileSync(source, 'utf8')).join('\n'));
  let databases: readonly TestDatabase[];
  let sqlite: Store;
  let postgres: Store;
  beforeAll(async () => {
    databases = await Promise.all([createTestDatabase('sqlite'), createTestDatabase('postgres')]);
    [sqlite, postgres] = databases.map(({ url }) => openStore({ url })) as [Store, Store];
    await Promise.all([migrate(sqlite), migrate(postgres)]);
  });
  afterAll(async () => {
    await Promise.all([sqlite.close(), postgres.close()]);
    await Promise.all(databases.map((database) => database.drop()));
  });

  test('is the same on both databases: tables, columns, what may be null, indexes', async () => {
    const shape = async (store: Store) =>
      [...(await readTables(store)).values()]
        .map(({ name, columns }) => ({ name, columns: columns.map((column) => [column.name, column.isNullable]) }))
        .toSorted((left, right) => left.name.localeCompare(right.name));
    await expect(shape(postgres)).resolves.toEqual(await shape(sqlite));

    const own = await sql<{ name: string }>`
      select name from sqlite_master where type = 'index' and sql is not null order by name`.execute(sqlite.queries);
    const theirs = await sql<{ name: string }>`
      select indexname as name from pg_indexes
      where schemaname = 'public' and indexname !~ '_(pkey|key)$' order by indexname`.execute(postgres.queries);
    expect(theirs.rows.map(({ name }) => name)).toEqual(own.rows.map(({ name }) => name));
  });

  test('has types of one kind for what the code takes for the same', async () => {
    const kinds = { TEXT: 'text', INTEGER: 'int8', BLOB: 'bytea' } as const;
    const [own, theirs] = [await readTables(sqlite), await readTables(postgres)];
    for (const [name, { columns }] of own) {
      const types = columns.map((column) => kinds[column.dataType as keyof typeof kinds]);
      expect(
        theirs.get(name)!.columns.map((column) => column.dataType),
        name,
      ).toEqual(types);
    }
  });

  test('is what the code has types and docstrings for', async () => {
    const tables = await readTables(sqlite);
    expect([...meanings.keys()].toSorted()).toEqual([...tables.keys()].toSorted());
    for (const [name, { table, columns }] of meanings) {
      expect([...columns.keys()], name).toEqual(tables.get(name)!.columns.map((column) => column.name));
      const undocumented = [...columns].filter(([, meaning]) => meaning === '').map(([column]) => column);
      expect({ name, isDocumented: table !== '', undocumented }).toEqual({
        name,
        isDocumented: true,
        undocumented: [],
      });
    }
  });

  test('is described by docs/storage-schema.md', async () => {
    const text = await writeSchemaDocument(sqlite, postgres, meanings);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, text);
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(text);
  });
});

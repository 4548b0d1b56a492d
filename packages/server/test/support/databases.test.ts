import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Client } from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { createTestDatabase, describeEachDatabase } from './databases.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('PostgreSQL of the run', () => {
  test('gives an empty UTF-8 database and takes it away, with a connection open', async () => {
    const database = await createTestDatabase();
    const open = new Client({ connectionString: database.url });
    open.on('error', () => undefined);
    await open.connect();
    expect((await open.query('SELECT * FROM pg_tables WHERE schemaname = $1', ['public'])).rows).toEqual([]);
    expect(await query(database.url, 'SHOW server_encoding')).toEqual(['UTF8']);
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
    await database.drop();
  });

  test('gives different databases to callers at the same time', async () => {
    const databases = await Promise.all(Array.from({ length: 10 }, () => createTestDatabase()));
    const names = await Promise.all(databases.map(({ url }) => query(url, 'SELECT current_database()')));
    expect(new Set(names.flat()).size).toBe(10);
    await Promise.all(databases.map((database) => database.drop()));
  });

  test('refuses a wrong password', async () => {
    const url = new URL(inject('postgresUrl'));
    url.password = 'wrong';
    await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });
});

describe('SQLite', () => {
  test('is a path in a directory of its own, inside the directory of the run', async () => {
    const database = await createTestDatabase('sqlite');
    const path = database.url.replace(/^sqlite:/, '');
    expect(path.startsWith(`${tmpdir()}/`)).toBe(true);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, '');
    await database.drop();
    expect(existsSync(path)).toBe(false);
  });
});

const urls: string[] = [];

describeEachDatabase('each database', (database) => {
  test('is shared in the describe, and fresh ones are different', async () => {
    const fresh = await database.fresh();
    expect(fresh.url).not.toBe(database.url);
    expect(database.url.startsWith(`${database.dialect}:`)).toBe(true);
    urls.push(database.url, fresh.url);
  });
});

test('the databases of a describe are gone after it', async () => {
  expect(urls).toHaveLength(4);
  for (const url of urls) {
    if (url.startsWith('postgres:')) await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
    else expect(existsSync(url.replace(/^sqlite:/, ''))).toBe(false);
  }
});

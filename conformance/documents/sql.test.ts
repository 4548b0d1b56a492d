/** The queries that documents show, on databases that look like those of the product. documents.test.ts finds each block here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { adminImportedUser } from '@latchkey/protocol/schemas';
import { hashAsBetterAuth } from '../../bench/websites/better-auth-hash.ts';
import { createTestDatabase } from '../../packages/server/test/support/databases.ts';
import { queryPostgres } from '../../packages/server/test/support/postgres-databases.ts';
import { latchkey } from '../support/command-line.ts';
import { blocksOf, readDocuments } from './blocks.ts';

const queryOf = (name: string): string => {
  const document = readDocuments().find((one) => one.document === `docs/migration-from-${name}.md`)!;
  const [query, ...others] = blocksOf(document).filter(({ language }) => language === 'sql');
  expect(others).toEqual([]);
  return query!.text;
};

/** What the lines of an export say, once all of them were imported. */
async function importLines(lines: readonly unknown[]): Promise<readonly unknown[]> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
  const environment = { LATCHKEY_DATABASE_URL: `sqlite:${directory}/latchkey.db`, LATCHKEY_SECRET: 'k'.repeat(43) };
  const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const { code, stdout } = await latchkey(['users', 'import', '-', '--json'], { environment, directory, input });
  await rm(directory, { recursive: true });
  expect({ code, stdout }).toMatchObject({ code: 0 });
  return lines.map((line) => {
    const user = adminImportedUser.parse(line);
    const scheme = user.password_hash?.replace(/^(?:(\$2a\$)|[0-9a-f]{32}:).*/, '$1');
    const known = [user.name, scheme, typeof user.created_at, user.banned];
    return [user.email, user.email_verified, ...known];
  });
}

const BCRYPT = '$2a$10$erYCzyie52lehugjcKamK.gy4.LV4kKHT9R4dvinzrDrD.Tpp00yi';

test('Better Auth: users with their passwords, but those who have confirmed nothing and have none', async () => {
  using database = new DatabaseSync(':memory:');
  // As its migration makes them.
  database.exec(`create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
      "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null);
    create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null,
      "userId" text not null references "user" ("id"), "password" text, "createdAt" date not null, "updatedAt" date not null);
    insert into "user" values ('1', 'Grace Hopper', 'grace@example.com', 1, null, '2024-05-01T12:00:00.000Z', '');
    insert into "user" values ('2', '', 'alan@example.com', 0, null, '2024-05-01T12:00:00.000Z', '');
    insert into "user" values ('3', 'Ada', 'ada@example.com', 1, null, '2024-05-01T12:00:00.000Z', '');
    insert into "user" values ('4', 'Mallory', 'mallory@example.com', 0, null, '2024-05-01T12:00:00.000Z', '');
    insert into "account" values ('1', '1', 'google', '1', null, '', ''), ('3', '3', 'google', '3', null, '', '');`);
  const insert = database.prepare(`insert into "account" values (?, ?, 'credential', ?, ?, '', '')`);
  for (const user of ['1', '2']) insert.run(`${user}c`, user, user, await hashAsBetterAuth('correct horse'));
  const lines = database
    .prepare(queryOf('better-auth'))
    .all()
    .map(({ line }) => JSON.parse(String(line)) as unknown);
  expect(await importLines(lines)).toEqual([
    ['ada@example.com', true, 'Ada', undefined, 'string', undefined],
    ['alan@example.com', false, null, '', 'string', undefined],
    ['grace@example.com', true, 'Grace Hopper', '', 'string', undefined],
  ]);
});

test.each([
  [
    'supabase',
    `create schema auth;
     create table auth.users (id uuid default gen_random_uuid() primary key, email varchar(255), encrypted_password varchar(255),
       email_confirmed_at timestamptz, raw_user_meta_data jsonb, banned_until timestamptz, deleted_at timestamptz,
       created_at timestamptz default now() - interval '1 day');
     insert into auth.users (email, encrypted_password, email_confirmed_at, raw_user_meta_data, banned_until, deleted_at) values
       ('grace@example.com', '${BCRYPT}', now(), '{"name": "Grace Hopper"}', null, null),
       ('alan@example.com', '', now(), '{}', '2000-01-01', null),
       ('banned@example.com', '${BCRYPT}', now(), '{"name": ""}', '2999-01-01', null),
       ('waiting@example.com', '${BCRYPT}', null, null, null, null),
       ('mallory@example.com', null, null, '{}', null, null), ('mallory2@example.com', '${BCRYPT}', null, '{}', '2999-01-01', null),
       ('gone@example.com', '${BCRYPT}', now(), '{}', null, now()), (null, null, null, '{}', null, null);`,
    [
      ['alan@example.com', true, null, undefined, 'string', false],
      ['banned@example.com', true, null, '$2a$', 'string', true],
      ['grace@example.com', true, 'Grace Hopper', '$2a$', 'string', null],
      ['waiting@example.com', false, null, '$2a$', 'string', null],
    ],
  ],
  [
    'authjs',
    `create table users (id serial primary key, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text, password text);
     insert into users (name, email, "emailVerified", password) values
       ('Grace Hopper', 'grace@example.com', now(), '${BCRYPT}'), (null, 'alan@example.com', now(), null),
       ('Ada', 'ada@example.com', null, '${BCRYPT}'), ('Mallory', 'mallory@example.com', null, null);`,
    [
      ['ada@example.com', false, 'Ada', '$2a$', 'undefined', undefined],
      ['alan@example.com', true, null, undefined, 'undefined', undefined],
      ['grace@example.com', true, 'Grace Hopper', '$2a$', 'undefined', undefined],
    ],
  ],
])('%s: users who may sign in, with their passwords', async (name, tables, users) => {
  await using database = await createTestDatabase('postgres');
  const rows = (await queryPostgres(database.url, tables + queryOf(name))) as readonly { readonly line: unknown }[];
  expect(await importLines(rows.map(({ line }) => line))).toEqual(users);
});

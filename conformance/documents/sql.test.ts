/** The queries that documents show, on databases that look like those of the product. documents.test.ts finds each block here. */
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../packages/server/test/support/databases.ts';
import { queryPostgres } from '../../packages/server/test/support/postgres-databases.ts';
import { blocksOf, readDocuments } from './blocks.ts';

const queryOf = (name: string): string => {
  const document = readDocuments().find((one) => one.document === `docs/migration-from-${name}.md`)!;
  const [query, ...others] = blocksOf(document).filter(({ language }) => language === 'sql');
  expect(others).toEqual([]);
  return query!.text;
};

test('Better Auth: users who have confirmed their address', () => {
  using database = new DatabaseSync(':memory:');
  // As its migration makes it.
  database.exec(`create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
      "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null);
    insert into "user" values ('1', 'Grace Hopper', 'grace@example.com', 1, null, 0, 0);
    insert into "user" values ('2', 'Mallory', 'mallory@example.com', 0, null, 0, 0);`);
  expect(
    database
      .prepare(queryOf('better-auth'))
      .all()
      .map((row) => ({ ...row })),
  ).toEqual([{ email: 'grace@example.com', name: 'Grace Hopper' }]);
});

test.each([
  [
    'supabase',
    `create schema auth;
     create table auth.users (id uuid default gen_random_uuid() primary key, email varchar(255), encrypted_password varchar(255),
       email_confirmed_at timestamptz, raw_user_meta_data jsonb, banned_until timestamptz, deleted_at timestamptz);
     insert into auth.users (email, email_confirmed_at, raw_user_meta_data, banned_until, deleted_at) values
       ('grace@example.com', now(), '{"name": "Grace Hopper"}', null, null), ('alan@example.com', now(), '{}', '2000-01-01', null),
       ('mallory@example.com', null, '{}', null, null), ('banned@example.com', now(), '{}', '2999-01-01', null),
       ('gone@example.com', now(), '{}', null, now());`,
    [
      { email: 'alan@example.com', name: 'alan' },
      { email: 'grace@example.com', name: 'Grace Hopper' },
    ],
  ],
  [
    'authjs',
    `create table users (id serial primary key, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text);
     insert into users (name, email, "emailVerified") values
       ('Grace Hopper', 'grace@example.com', now()), (null, 'alan@example.com', now()), ('Mallory', 'mallory@example.com', null);`,
    [
      { email: 'alan@example.com', name: 'alan@example.com' },
      { email: 'grace@example.com', name: 'Grace Hopper' },
    ],
  ],
])('%s: users who have confirmed their address, and may sign in', async (name, tables, users) => {
  await using database = await createTestDatabase('postgres');
  expect(await queryPostgres(database.url, tables + queryOf(name))).toEqual(users);
});

import { sql, type Kysely } from 'kysely';
import type { Engine } from '../store.ts';
import { TYPES } from './types.ts';

/** Registered clients; banned users; a mark on each event of the revocation log. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  for (const statement of statements(engine)) await sql.raw(statement).execute(db);
}

function statements(engine: Engine): readonly string[] {
  const { integer, options } = TYPES[engine];
  return [
    `create table clients (
      id text primary key,
      name text not null,
      auth_method text not null,
      grants text not null,
      scopes text not null,
      audiences text not null,
      redirect_uris text not null,
      version ${integer} not null,
      disabled_at ${integer},
      created_at ${integer} not null,
      updated_at ${integer} not null
    ) ${options}`,
    `create table client_secrets (
      secret_hash text primary key,
      client_id text not null references clients (id) on delete cascade,
      created_at ${integer} not null,
      expires_at ${integer}
    ) ${options}`,
    'create index client_secrets_of_client on client_secrets (client_id)',
    `alter table users add column banned_at ${integer}`,
    `alter table revocation_head add column mark text not null default ''`,
    `alter table revocation_events add column mark text not null default ''`,
  ];
}

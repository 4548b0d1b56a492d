import { sql, type Kysely } from 'kysely';
import type { Engine } from '../store.ts';
import { TYPES } from './types.ts';

/** What users let clients do: consents, codes, and what the sessions of clients may be used for. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  for (const statement of statements(engine)) await sql.raw(statement).execute(db);
}

function statements(engine: Engine): readonly string[] {
  const { integer, options } = TYPES[engine];
  return [
    `alter table clients add column first_party ${integer} not null default 0 check (first_party in (0, 1))`,
    `alter table clients add column post_logout_redirect_uris text not null default ''`,
    `create table consents (
      user_id text not null references users (id) on delete cascade,
      client_id text not null references clients (id) on delete cascade,
      scopes text not null,
      updated_at ${integer} not null,
      primary key (user_id, client_id)
    ) ${options}`,
    'create index consents_of_client on consents (client_id)',
    `create table authorization_codes (
      code_hash text primary key,
      client_id text not null references clients (id) on delete cascade,
      user_id text not null references users (id) on delete cascade,
      session_id text not null references sessions (id) on delete cascade,
      generation ${integer} not null,
      attempt ${integer} not null,
      redirect_uri text not null,
      code_challenge text not null,
      scopes text not null,
      audience text not null,
      nonce text,
      expires_at ${integer} not null,
      used_at ${integer},
      granted text
    ) ${options}`,
    'create index authorization_codes_by_expiry on authorization_codes (expires_at)',
    'create index authorization_codes_of_client on authorization_codes (client_id)',
    'create index authorization_codes_of_user on authorization_codes (user_id)',
    'create index authorization_codes_of_session on authorization_codes (session_id)',
    `create table authorizations (
      session_id text primary key references sessions (id) on delete cascade,
      scopes text not null,
      audience text not null
    ) ${options}`,
  ];
}

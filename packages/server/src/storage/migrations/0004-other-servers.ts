import { sql, type Kysely } from 'kysely';
import type { Engine } from '../store.ts';
import { TYPES } from './types.ts';

/**
 * Keys of clients; secrets that the server can read; ids of tokens that work once; requests that were pushed; keys that
 * tokens are bound to; who is to be told of a sign-out.
 */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  for (const statement of statements(engine)) await sql.raw(statement).execute(db);
}

function statements(engine: Engine): readonly string[] {
  const { integer, bytes, options } = TYPES[engine];
  return [
    'alter table clients add column jwks_uri text',
    `alter table clients add column jwks_fetched_at ${integer}`,
    `alter table clients add column jwks_asked_at ${integer}`,
    'alter table clients add column backchannel_logout_uri text',
    `alter table clients add column dpop_bound ${integer} not null default 0 check (dpop_bound in (0, 1))`,
    `alter table clients add column require_pushed_requests ${integer} not null default 0
      check (require_pushed_requests in (0, 1))`,
    `alter table client_secrets add column secret_sealed ${bytes}`,
    `create table client_keys (
      client_id text not null references clients (id) on delete cascade,
      kid text not null,
      public_jwk text not null,
      created_at ${integer} not null,
      primary key (client_id, kid)
    ) ${options}`,
    `create table used_token_ids (
      id_hash text primary key,
      expires_at ${integer} not null
    ) ${options}`,
    'create index used_token_ids_by_expiry on used_token_ids (expires_at)',
    `create table pushed_requests (
      reference_hash text primary key,
      client_id text not null references clients (id) on delete cascade,
      parameters_sealed ${bytes} not null,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${options}`,
    'create index pushed_requests_by_expiry on pushed_requests (expires_at)',
    'create index pushed_requests_of_client on pushed_requests (client_id)',
    'alter table authorization_codes add column key_thumbprint text',
    'alter table authorizations add column key_thumbprint text',
    'alter table authorizations add column browser_session_id text',
    // Without references: the rows are needed after session and user are gone.
    `create table signed_in_clients (
      session_id text not null,
      client_id text not null references clients (id) on delete cascade,
      user_id text not null,
      expires_at ${integer} not null,
      primary key (session_id, client_id)
    ) ${options}`,
    'create index signed_in_clients_of_user on signed_in_clients (user_id)',
    'create index signed_in_clients_of_client on signed_in_clients (client_id)',
    'create index signed_in_clients_by_expiry on signed_in_clients (expires_at)',
    `create table logout_notices (
      id text primary key,
      client_id text not null references clients (id) on delete cascade,
      session_id text not null,
      user_id text not null,
      created_at ${integer} not null,
      next_attempt_at ${integer} not null,
      attempts ${integer} not null
    ) ${options}`,
    'create index logout_notices_by_next_attempt on logout_notices (next_attempt_at)',
    'create index logout_notices_of_client on logout_notices (client_id)',
  ];
}

import { sql, type Kysely } from 'kysely';
import type { Engine } from '../store.ts';
import { TYPES } from './types.ts';

/**
 * Registered clients; counts of attempts; banned users; the chain of audit events; a mark on each event of the
 * revocation log; a link that undoes for each change of an address; sign-ups apart from accounts.
 */
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
    'create index sessions_of_client on sessions (client_id) where client_id is not null',
    'create index revocation_events_of_kind on revocation_events (kind, key)',
    `create table rate_limits (
      key text primary key,
      points ${integer} not null,
      expire ${integer}
    ) ${options}`,
    'create index rate_limits_by_expiry on rate_limits (expire)',
    'drop index one_time_tokens_newest_only',
    // Of the tokens that give an address back there may be one for each change.
    `create unique index one_time_tokens_newest_only on one_time_tokens (
      coalesce(user_id, ''), purpose, (case when purpose = 'undo_email_change' then token_hash else '' end)
    )`,
    `create table audit_chain (
      id ${integer} not null primary key check (id = 1),
      base_seq ${integer} not null,
      base_mac text not null,
      base_seal text,
      seq ${integer} not null,
      mac text not null
    ) ${options}`,
    `alter table audit_events add column chain_seq ${integer}`,
    'alter table audit_events add column chain_mac text',
    'create unique index audit_events_by_chain on audit_events (chain_seq)',
    'create index audit_events_unchained on audit_events (id) where chain_seq is null',
    `alter table users add column banned_at ${integer}`,
    ...registrations(integer, options),
    `alter table revocation_head add column mark text not null default ''`,
    `alter table revocation_events add column mark text not null default ''`,
  ];
}

/** Who waited to be confirmed had an account that was nobody's: it becomes a registration, and its link stays good. */
function registrations(integer: string, options: string): readonly string[] {
  return [
    `create table registrations (
      email_key text primary key,
      address text not null,
      name text,
      password_hash text not null,
      token_hash text unique,
      contested ${integer} not null check (contested in (0, 1)),
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${options}`,
    'create index registrations_by_expiry on registrations (expires_at)',
    // Whoever signed up again replaced the password of the first: nobody knows whose it is.
    `insert into registrations
      (email_key, address, name, password_hash, token_hash, contested, created_at, expires_at)
      select users.email_key, users.email, users.name, password_credentials.hash, one_time_tokens.token_hash,
        case when exists (
          select 1 from audit_events where target = users.id and type = 'user.sign_up_repeated'
        ) then 1 else 0 end,
        users.created_at, coalesce(one_time_tokens.expires_at, users.updated_at + 86400000)
      from users
      join password_credentials on password_credentials.user_id = users.id
      left join one_time_tokens on one_time_tokens.user_id = users.id and one_time_tokens.purpose = 'verify_email'
      where users.email_verified_at is null`,
    'delete from users where email_verified_at is null',
    `delete from one_time_tokens where purpose = 'verify_email'`,
  ];
}

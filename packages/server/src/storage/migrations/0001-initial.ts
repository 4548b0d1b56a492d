import { sql, type Kysely } from 'kysely';
import { REVOCATION_CHANNEL } from '../revocation-notices.ts';
import type { Engine } from '../store.ts';
import { TYPES } from './types.ts';

/** Wakes the nodes that follow the log when a transaction that appended to it commits. SQLite knows no such thing. */
const REVOCATION_NOTICES = [
  `create function latchkey_notify_revocations() returns trigger language plpgsql as
    $$ begin perform pg_notify('${REVOCATION_CHANNEL}', ''); return null; end $$`,
  `create trigger revocation_notices after insert on revocation_events
    for each statement execute function latchkey_notify_revocations()`,
];

/** The first schema. Written as SQL, so that what is on disk can be read here. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  for (const statement of statements(engine)) await sql.raw(statement).execute(db);
}

function statements(engine: Engine): readonly string[] {
  const { integer, bytes, options } = TYPES[engine];
  return [
    `create table schema_migrations (
      name text primary key,
      applied_at ${integer} not null
    ) ${options}`,
    `create table users (
      id text primary key,
      email text not null,
      email_key text not null unique,
      email_verified_at ${integer},
      name text,
      role text not null check (role in ('user', 'administrator')),
      version ${integer} not null,
      created_at ${integer} not null,
      updated_at ${integer} not null
    ) ${options}`,
    `create table password_credentials (
      user_id text primary key references users (id) on delete cascade,
      hash text not null,
      updated_at ${integer} not null
    ) ${options}`,
    `create table sessions (
      id text primary key,
      user_id text not null references users (id) on delete cascade,
      client_id text,
      carrier text not null check (carrier in ('cookie', 'refresh_token')),
      salt ${bytes} not null,
      generation ${integer} not null,
      attempt ${integer} not null,
      previous_attempt ${integer},
      rotated_at ${integer} not null,
      confirmed ${integer} not null check (confirmed in (0, 1)),
      strict_generation ${integer},
      remember ${integer} not null check (remember in (0, 1)),
      auth_time ${integer} not null,
      amr text not null,
      user_agent text,
      network text,
      created_at ${integer} not null,
      last_used_at ${integer} not null,
      idle_expires_at ${integer} not null,
      expires_at ${integer} not null,
      revoked_at ${integer},
      revoked_reason text
    ) ${options}`,
    'create index sessions_of_user on sessions (user_id, created_at)',
    'create index sessions_by_expiry on sessions (expires_at)',
    `create table one_time_tokens (
      token_hash text primary key,
      user_id text references users (id) on delete cascade,
      purpose text not null,
      address text,
      created_at ${integer} not null,
      expires_at ${integer} not null
    ) ${options}`,
    `create unique index one_time_tokens_newest_only on one_time_tokens (coalesce(user_id, ''), purpose)`,
    `create table signing_keys (
      kid text primary key,
      algorithm text not null,
      state text not null check (state in ('next', 'active', 'retired')),
      public_jwk text not null,
      private_sealed ${bytes} not null,
      created_at ${integer} not null,
      activated_at ${integer},
      retired_at ${integer}
    ) ${options}`,
    `create unique index signing_keys_one_active on signing_keys (state) where state = 'active'`,
    `create unique index signing_keys_one_next on signing_keys (state) where state = 'next'`,
    `create table revocation_events (
      seq ${integer} not null primary key,
      kind text not null,
      key text not null,
      min_version ${integer},
      committed_at ${integer} not null,
      drop_after ${integer} not null
    ) ${options}`,
    'create index revocation_events_by_drop on revocation_events (drop_after)',
    `create table revocation_head (
      id ${integer} not null primary key check (id = 1),
      epoch text not null,
      seq ${integer} not null
    ) ${options}`,
    ...(engine === 'postgres' ? REVOCATION_NOTICES : []),
    `create table audit_events (
      id text primary key,
      at ${integer} not null,
      type text not null,
      outcome text not null check (outcome in ('success', 'failure')),
      actor text,
      target text,
      network text,
      user_agent text,
      details text
    ) ${options}`,
    'create index audit_events_by_target on audit_events (target, at)',
    `create table mail_outbox (
      id text primary key,
      kind text not null,
      to_address text not null,
      content_sealed ${bytes} not null,
      created_at ${integer} not null,
      next_attempt_at ${integer} not null,
      attempts ${integer} not null
    ) ${options}`,
    'create index mail_outbox_by_next_attempt on mail_outbox (next_attempt_at)',
  ];
}

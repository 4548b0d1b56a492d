import type { Insertable, Selectable } from 'kysely';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { SigningAlgorithm, SigningKeyState } from '../domain/keys/signing-key.ts';
import type { Role } from '../domain/users/user.ts';

/** Instants are integers of milliseconds, booleans 0 or 1: both databases have the same columns. */
type Flag = 0 | 1;

export interface UsersTable {
  id: UserId;
  email: string;
  email_key: string;
  email_verified_at: number | null;
  name: string | null;
  role: Role;
  version: number;
  created_at: number;
  updated_at: number;
}

export interface PasswordCredentialsTable {
  user_id: UserId;
  hash: string;
  updated_at: number;
}

export interface SessionsTable {
  id: SessionId;
  user_id: UserId;
  client_id: string | null;
  carrier: 'cookie' | 'refresh_token';
  salt: Uint8Array;
  generation: number;
  attempt: number;
  previous_attempt: number | null;
  rotated_at: number;
  confirmed: Flag;
  strict_generation: number | null;
  remember: Flag;
  auth_time: number;
  amr: string;
  user_agent: string | null;
  network: string | null;
  created_at: number;
  last_used_at: number;
  idle_expires_at: number;
  expires_at: number;
  revoked_at: number | null;
  revoked_reason: string | null;
}

export interface OneTimeTokensTable {
  token_hash: string;
  user_id: UserId | null;
  purpose: string;
  address: string | null;
  created_at: number;
  expires_at: number;
}

export interface SigningKeysTable {
  kid: string;
  algorithm: SigningAlgorithm;
  state: SigningKeyState;
  public_jwk: string;
  private_sealed: Uint8Array;
  created_at: number;
  activated_at: number | null;
  retired_at: number | null;
}

export interface RevocationEventsTable {
  seq: number;
  kind: string;
  key: string;
  min_version: number | null;
  committed_at: number;
  drop_after: number;
}

export interface RevocationHeadTable {
  id: 1;
  epoch: string;
  seq: number;
}

export interface AuditEventsTable {
  id: string;
  at: number;
  type: string;
  outcome: string;
  actor: string | null;
  target: string | null;
  network: string | null;
  user_agent: string | null;
  details: string | null;
}

export interface MailOutboxTable {
  id: string;
  kind: string;
  to_address: string;
  content_sealed: Uint8Array;
  created_at: number;
  next_attempt_at: number;
  attempts: number;
}

export interface SchemaMigrationsTable {
  name: string;
  applied_at: number;
}

export interface Schema {
  schema_migrations: SchemaMigrationsTable;
  users: UsersTable;
  password_credentials: PasswordCredentialsTable;
  sessions: SessionsTable;
  one_time_tokens: OneTimeTokensTable;
  signing_keys: SigningKeysTable;
  revocation_events: RevocationEventsTable;
  revocation_head: RevocationHeadTable;
  audit_events: AuditEventsTable;
  mail_outbox: MailOutboxTable;
}

export type UserRow = Selectable<UsersTable>;
export type SessionRow = Selectable<SessionsTable>;
export type SigningKeyRow = Selectable<SigningKeysTable>;
export type NewSessionRow = Insertable<SessionsTable>;

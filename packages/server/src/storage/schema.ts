import type { Generated, Selectable } from 'kysely';
import type { RevocationKind } from '@latchkey/protocol';
import type { ClientId, SessionId, UserId } from '../domain/ids.ts';
import type { SigningAlgorithm, SigningKeyState } from '../domain/keys/signing-key.ts';
import type { Role } from '../domain/users/user.ts';

/** Instants are integers of milliseconds, booleans 0 or 1: both databases have the same columns. */
type Flag = 0 | 1;

/** The migrations that were run. The first one's row is locked by whoever changes what belongs to the whole server. */
export interface SchemaMigrationsTable {
  /** Name of the migration. */
  name: string;
  /** When it was run. */
  applied_at: number;
}

/** People with an account. */
export interface UsersTable {
  /** `usr_` and a UUIDv7. */
  id: UserId;
  /** Address as it was typed, with the domain in ASCII: where mail goes. */
  email: string;
  /** Address in lower case: one account each. */
  email_key: string;
  /** When the address was first confirmed; null: it waits. */
  email_verified_at: number | null;
  /** What the person wants to be called. */
  name: string | null;
  /** `user` or `administrator`. */
  role: Role;
  /** Raised by whatever revokes all of the user's access tokens at once; copied into each of them. */
  version: number;
  /** When the account was made. */
  created_at: number;
  /** When the row was last changed. */
  updated_at: number;
  /** Since when the user may not sign in; null: may. */
  banned_at: Generated<number | null>;
}

/** Sign-ups that wait for the address to be confirmed, known addresses alike: an account is made only then. */
export interface RegistrationsTable {
  /** Address in lower case: one registration each. */
  email_key: string;
  /** Address as it was typed, with the domain in ASCII. */
  address: string;
  /** What the person wants to be called; null for a contested one. */
  name: string | null;
  /** The password of the last sign-up: argon2id, in PHC format. */
  password_hash: string;
  /** SHA-256 of the newest token that was mailed, in hexadecimal; null: none is good. */
  token_hash: string | null;
  /** 1 where it was signed up for with more than one password: the account then begins with none. */
  contested: Flag;
  /** When somebody last signed up. */
  created_at: number;
  /** When it is good for nothing; the token with it. */
  expires_at: number;
}

/** Passwords, one a user at most. */
export interface PasswordCredentialsTable {
  /** Whose it is. */
  user_id: UserId;
  /** argon2id, in PHC format. */
  hash: string;
  /** When it was set. */
  updated_at: number;
}

/** Sessions: one row each, whatever the number of credentials and tokens that were made for it. */
export interface SessionsTable {
  /** `ses_` and a UUIDv7. */
  id: SessionId;
  /** Who is signed in. */
  user_id: UserId;
  /** The OAuth client that holds it; null for a browser session of the server's own. */
  client_id: string | null;
  /** `cookie` or `refresh_token`: what carries the credential. */
  carrier: 'cookie' | 'refresh_token';
  /** Random bytes in the MAC of each credential, so that the server's key alone forges none. */
  salt: Uint8Array;
  /** How often the credential was rotated. */
  generation: number;
  /** Which child of the generation before is the current one. */
  attempt: number;
  /** Attempt of the generation before; null where a fail-over lost it. */
  previous_attempt: number | null;
  /** When the current credential was made. */
  rotated_at: number;
  /** 1 once the current credential was used late enough to know that it arrived. */
  confirmed: Flag;
  /** The generation that has no overlap, because the one before was used suspiciously; null for none. */
  strict_generation: number | null;
  /** 1 where the session outlives the browser. */
  remember: Flag;
  /** When the user last proved who they are. */
  auth_time: number;
  /** How they proved it (RFC 8176), separated by spaces. */
  amr: string;
  /** User agent at sign-in or at the last rotation, as the client claims. */
  user_agent: string | null;
  /** Network address at sign-in or at the last rotation. */
  network: string | null;
  /** When the user signed in. */
  created_at: number;
  /** When it was last used, to within a minute or so. */
  last_used_at: number;
  /** When it ends unless it is used again. */
  idle_expires_at: number;
  /** When it ends whatever happens; fixed at sign-in. */
  expires_at: number;
  /** When it was ended; null: it was not. */
  revoked_at: number | null;
  /** Why it was ended. */
  revoked_reason: string | null;
}

/** Tokens that were mailed or printed and work once: one a user and purpose, the newest. */
export interface OneTimeTokensTable {
  /** SHA-256 of purpose and token, in hexadecimal: the token itself is nowhere. */
  token_hash: string;
  /** Whose it is; null for one of the server's own. */
  user_id: UserId | null;
  /** What it is good for. */
  purpose: string;
  /** The address that it was sent to, and the only one that it confirms. */
  address: string | null;
  /** When it was made. */
  created_at: number;
  /** From when on it is good for nothing. */
  expires_at: number;
}

/** Keys that sign access tokens: one active, one next, and retired ones as long as a token of theirs may live. */
export interface SigningKeysTable {
  /** Key id: the JWK thumbprint (RFC 7638). */
  kid: string;
  /** `ES256`, `EdDSA` or `RS256`. */
  algorithm: SigningAlgorithm;
  /** `next`, `active` or `retired`. */
  state: SigningKeyState;
  /** Public key as a JWK, in JSON. */
  public_jwk: string;
  /** Private JWK, encrypted under the master secret. */
  private_sealed: Uint8Array;
  /** When it was made. */
  created_at: number;
  /** When it began to sign. */
  activated_at: number | null;
  /** When it ceased to sign. */
  retired_at: number | null;
}

/** What was revoked: the log that verifiers follow. */
export interface RevocationEventsTable {
  /** Place in the log: in the order of commits, without gaps. */
  seq: number;
  /** What was revoked: `session`, `branch`, `subject`, `client`, `token`, `key`. */
  kind: RevocationKind;
  /** Which one: a session's id, a branch of it, a user's or client's id, `jti`, `kid`. */
  key: string;
  /** For a subject and a client: tokens with a lower version are refused. */
  min_version: number | null;
  /** When it was written. */
  committed_at: number;
  /** From when on no token that it matches can be alive: it is removed then. */
  drop_after: number;
  /** Random: tells the event from another one in the same place, after a backup was restored. */
  mark: string;
}

/** The one row that gives out places in the log, and puts writers in order. */
export interface RevocationHeadTable {
  /** Always 1. */
  id: 1;
  /** Names the log: another one begins after a loss of data. */
  epoch: string;
  /** The last place that was given out. */
  seq: number;
  /** The mark of the event in that place. */
  mark: Generated<string>;
}

/** Programs that may act here: resource servers, and the clients of OAuth. */
export interface ClientsTable {
  /** `cli_` and a UUIDv7. */
  id: ClientId;
  /** What people call it. */
  name: string;
  /** How it proves who it is (RFC 8414 §2); `none` for a public client. */
  auth_method: string;
  /** Grant types that it may use, separated by spaces. */
  grants: string;
  /** Scopes that it may ask for, separated by spaces. */
  scopes: string;
  /** Resource servers that its tokens may be for; of a resource server, its own names. Separated by spaces. */
  audiences: string;
  /** Where its users may be sent back to, exactly, separated by spaces. */
  redirect_uris: string;
  /** Raised by whatever revokes all of its tokens at once; copied into each of them. */
  version: number;
  /** Since when it may do nothing; null: it may. */
  disabled_at: number | null;
  /** When it was registered. */
  created_at: number;
  /** When the row was last changed. */
  updated_at: number;
  /** 1 for a client of the operator's own, whose users are not asked. */
  first_party: Generated<Flag>;
  /** Where its users may be sent once they have signed out, exactly, separated by spaces. */
  post_logout_redirect_uris: Generated<string>;
}

/** Secrets of clients: two while one replaces the other. */
export interface ClientSecretsTable {
  /** SHA-256 in hexadecimal: the secret, of 256 random bits, is nowhere. */
  secret_hash: string;
  /** Whose it is. */
  client_id: ClientId;
  /** When it was made. */
  created_at: number;
  /** From when on it is good for nothing; null: it stays. */
  expires_at: number | null;
}

/** What users let clients have, so that they are asked once. */
export interface ConsentsTable {
  /** Who was asked. */
  user_id: UserId;
  /** For which client. */
  client_id: ClientId;
  /** All scopes that were let have, separated by spaces. */
  scopes: string;
  /** When the user was last asked. */
  updated_at: number;
}

/** Authorization codes: good for a minute and once, kept for a day to see a second use. */
export interface AuthorizationCodesTable {
  /** SHA-256 in hexadecimal: the code itself is nowhere. */
  code_hash: string;
  /** The client that it was made for. */
  client_id: ClientId;
  /** Who let the client have it. */
  user_id: UserId;
  /** The browser session that it was given to. */
  session_id: SessionId;
  /** Generation of that session's credential. */
  generation: number;
  /** Attempt of that generation. */
  attempt: number;
  /** Where it was sent, exactly. */
  redirect_uri: string;
  /** SHA-256 of the verifier that the client must show (RFC 7636), in base64url. */
  code_challenge: string;
  /** Scopes that were granted, separated by spaces. */
  scopes: string;
  /** Resource server that the access token is for. */
  audience: string;
  /** What the client wants to see again in the ID token. */
  nonce: string | null;
  /** From when on it is good for nothing. */
  expires_at: number;
  /** When it was used. */
  used_at: number | null;
  /** Id of the session or access token that its use gave, ended by a second use. */
  granted: string | null;
}

/** What the sessions of clients may be used for. */
export interface AuthorizationsTable {
  /** The session, held by a client. */
  session_id: SessionId;
  /** Scopes that were granted, separated by spaces. */
  scopes: string;
  /** Resource server that its access tokens are for. */
  audience: string;
}

/** Attempts that were counted against a limit, on PostgreSQL: on SQLite one process counts in memory. */
export interface RateLimitsTable {
  /** Name of the limit, and SHA-256 of what is counted: an account, a network. */
  key: string;
  /** How many. */
  points: number;
  /** When counting begins anew. */
  expire: number | null;
}

/** What happened, for people to read. */
export interface AuditEventsTable {
  /** `aud_` and a UUIDv7. */
  id: string;
  /** When it happened. */
  at: number;
  /** What happened. */
  type: string;
  /** `success` or `failure`. */
  outcome: string;
  /** Who did it: a user's id, `server`, `cli`; null: somebody unknown. */
  actor: string | null;
  /** What it was done to: the id of a user, session, key or mail. */
  target: string | null;
  /** Network address that the request came from. */
  network: string | null;
  /** User agent, as the client claims. */
  user_agent: string | null;
  /** What else there is to know, in JSON. Never a credential. */
  details: string | null;
  /** Place in the chain, given soon after the commit; null until then. */
  chain_seq: Generated<number | null>;
  /** MAC over the event, its place and the MAC before: shows who changed or removed one. */
  chain_mac: Generated<string | null>;
}

/** The one row that says where the chain of audit events begins and ends, and puts who makes it longer in order. */
export interface AuditChainTable {
  /** Always 1. */
  id: 1;
  /** Place of the last event that was removed by age; 0: none was. */
  base_seq: number;
  /** Its MAC. */
  base_mac: string;
  /** MAC over base and end: only the server can move either. */
  base_seal: string | null;
  /** The last place that was given out. */
  seq: number;
  /** The MAC in that place. */
  mac: string;
}

/** Mail that waits to be sent; a row goes once it was sent or given up. */
export interface MailOutboxTable {
  /** `mail_` and a UUIDv7; also the message's id. */
  id: string;
  /** Which message it is. */
  kind: string;
  /** Where it goes. */
  to_address: string;
  /** Subject and text, encrypted under the master secret: they may hold a one-time link. */
  content_sealed: Uint8Array;
  /** When it was put in. */
  created_at: number;
  /** When it is sent, or tried again; moved on before each attempt. */
  next_attempt_at: number;
  /** How often it was tried. */
  attempts: number;
}

export interface Schema {
  schema_migrations: SchemaMigrationsTable;
  users: UsersTable;
  registrations: RegistrationsTable;
  password_credentials: PasswordCredentialsTable;
  sessions: SessionsTable;
  one_time_tokens: OneTimeTokensTable;
  signing_keys: SigningKeysTable;
  revocation_events: RevocationEventsTable;
  revocation_head: RevocationHeadTable;
  clients: ClientsTable;
  client_secrets: ClientSecretsTable;
  consents: ConsentsTable;
  authorization_codes: AuthorizationCodesTable;
  authorizations: AuthorizationsTable;
  rate_limits: RateLimitsTable;
  audit_events: AuditEventsTable;
  audit_chain: AuditChainTable;
  mail_outbox: MailOutboxTable;
}

export type UserRow = Selectable<UsersTable>;
export type RegistrationRow = Selectable<RegistrationsTable>;
export type SessionRow = Selectable<SessionsTable>;
export type ClientRow = Selectable<ClientsTable>;
export type AuthorizationCodeRow = Selectable<AuthorizationCodesTable>;
export type AuditEventRow = Selectable<AuditEventsTable>;
export type SigningKeyRow = Selectable<SigningKeysTable>;

import type { Generated } from 'kysely';
import type { SessionId, UserId } from '../../domain/ids.ts';
import type { Role } from '../../domain/users/user.ts';
import type { Flag } from './flag.ts';

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
  /** Roles of applications, in alphabetical order, separated by spaces; empty for none. */
  application_roles: Generated<string>;
}

/** Sign-ups that wait for the address to be confirmed, known addresses alike: an account is made only then. */
export interface RegistrationsTable {
  /** Address in lower case: one registration each. */
  email_key: string;
  /** Address as it was typed, with the domain in ASCII. */
  address: string;
  /** What the person wants to be called; null for a contested one. */
  name: string | null;
  /** The password of the last sign-up, as in `password_credentials`. */
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
  /** argon2id, in PHC format; until the next sign-in, `imported:`, the scheme, `:` and a hash of another product. */
  hash: string;
  /** When the password was set: not when it was hashed anew. */
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
  /** The generation that has no overlap: the one before was used suspiciously, or the password was changed; null for none. */
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
  /** The session that the same browser had before; null for none, and once this one is known to have arrived. */
  replaces: Generated<SessionId | null>;
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

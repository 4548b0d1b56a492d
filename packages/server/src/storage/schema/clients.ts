import type { Generated } from 'kysely';
import type { ClientId, SessionId, UserId } from '../../domain/ids.ts';
import type { Flag } from './flag.ts';

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
  /** Where the client's public keys are fetched from; null: `client_keys` has them, if it has any. */
  jwks_uri: string | null;
  /** When they were last fetched. */
  jwks_fetched_at: number | null;
  /** When somebody last began to fetch them: whoever moves it on, and nobody else, does so. */
  jwks_asked_at: number | null;
  /** Where the client is told that a user has signed out; null: nowhere. */
  backchannel_logout_uri: string | null;
  /** 1 where all of its tokens must be bound to a key (RFC 9449 §5.2). */
  dpop_bound: Generated<Flag>;
  /** 1 where it must push its requests (RFC 9126 §6). */
  require_pushed_requests: Generated<Flag>;
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
  /** The secret, encrypted under the master secret, where the client signs with it; null: only its hash is needed. */
  secret_sealed: Uint8Array | null;
}

/** Public keys of clients, registered or fetched. */
export interface ClientKeysTable {
  /** Whose it is. */
  client_id: ClientId;
  /** Key id: the client's own name for it, or else the JWK thumbprint (RFC 7638). */
  kid: string;
  /** Public key as a JWK, in JSON. */
  public_jwk: string;
  /** When it was registered, or first fetched. */
  created_at: number;
}

/** Ids of tokens that work once, until they would have expired anyway. */
export interface UsedTokenIdsTable {
  /** SHA-256 of what kind of token it was, whose, and its `jti`, in hexadecimal. */
  id_hash: string;
  /** From when on the token is refused for its age. */
  expires_at: number;
}

/** Authorization requests that clients sent ahead (RFC 9126). */
export interface PushedRequestsTable {
  /** SHA-256 of the reference, in hexadecimal: the reference itself is nowhere. */
  reference_hash: string;
  /** Whose it is. */
  client_id: ClientId;
  /** The parameters, encrypted under the master secret. */
  parameters_sealed: Uint8Array;
  /** When it came. */
  created_at: number;
  /** From when on nobody can begin with it. */
  expires_at: number;
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
  /** Thumbprint of the key that must use it (RFC 9449 §10); null: any may. */
  key_thumbprint: string | null;
}

/** What the sessions of clients may be used for. */
export interface AuthorizationsTable {
  /** The session, held by a client. */
  session_id: SessionId;
  /** Scopes that were granted, separated by spaces. */
  scopes: string;
  /** Resource server that its access tokens are for. */
  audience: string;
  /** Thumbprint of the key that its tokens are bound to (RFC 9449 §5); null: to none. */
  key_thumbprint: string | null;
  /** The browser session that it came of: the `sid` of its ID token. */
  browser_session_id: string | null;
}

/** Which clients know of a browser session by an ID token. */
export interface SignedInClientsTable {
  /** The browser session. It may be gone. */
  session_id: SessionId;
  /** The client. */
  client_id: ClientId;
  /** Whose session it is. */
  user_id: UserId;
  /** When the session ends, whatever happens. */
  expires_at: number;
}

/** Clients that are still to be told of a sign-out (OpenID Connect Back-Channel Logout). */
export interface LogoutNoticesTable {
  /** `lgo_` and a UUIDv7. */
  id: string;
  /** Who is told. */
  client_id: ClientId;
  /** Which session ended. */
  session_id: SessionId;
  /** Whose it was. */
  user_id: UserId;
  /** When it ended. */
  created_at: number;
  /** When it is sent, or tried again; moved on before each attempt. */
  next_attempt_at: number;
  /** How often it was tried. */
  attempts: number;
}

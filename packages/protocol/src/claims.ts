/**
 * The `typ` header of every access token (RFC 9068 §2.1). A verifier also accepts it with the
 * `application/` prefix (RFC 7515 §4.1.9).
 */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** `subject_token_type` and `issued_token_type` of an access token (RFC 8693 §3). */
export const ACCESS_TOKEN_TYPE_URI = 'urn:ietf:params:oauth:token-type:access_token';

/** The `client_id` of tokens that a browser session asked for itself, without an OAuth client. */
export const FIRST_PARTY_CLIENT_ID = 'latchkey';

/**
 * Claims of an access token: those of RFC 9068 §2.2, and four of ours that let a verifier refuse
 * a token whose session, branch, subject or client has been revoked since.
 */
export interface AccessTokenClaims {
  /** Issuer identifier, compared exactly. */
  readonly iss: string;
  /** User id (`usr_…`), or the client's id where no user is involved. */
  readonly sub: string;
  /** The resource servers that may accept the token. */
  readonly aud: string | readonly string[];
  /** Expiry in seconds since the epoch; exclusive: the token is dead *at* this second. */
  readonly exp: number;
  /** Issue time in seconds since the epoch. */
  readonly iat: number;
  /** Unique id of this token. */
  readonly jti: string;
  /** The client that the token was issued to. */
  readonly client_id: string;
  /** Granted scopes, separated by single spaces; absent when none were granted. */
  readonly scope?: string;
  /** When the user last proved who they are, in seconds since the epoch. */
  readonly auth_time?: number;
  /** How the user proved it (RFC 8176), for example `["pwd"]`. */
  readonly amr?: readonly string[];
  /** How far that can be trusted (OpenID Connect Core §2): `urn:latchkey:acr:password` or `urn:latchkey:acr:mailed-link`. */
  readonly acr?: string;
  /** Roles of the user at the server (RFC 9068 §2.2.3.1); absent when there are none. */
  readonly roles?: readonly string[];
  /** Session id (`ses_…`); absent where the token belongs to no session. */
  readonly sid?: string;
  /** Subject version: raised by whatever revokes all tokens of the subject at once. */
  readonly sv?: number;
  /** Client version, the same for all tokens of a registered client; absent where `client_id` names none. */
  readonly cv?: number;
  /** Branch of the session that minted the token: `generation.attempt`. */
  readonly br?: string;
  /** The key that whoever shows the token must prove to have: its thumbprint (RFC 9449 §6.1). Absent: none is asked for. */
  readonly cnf?: { readonly jkt: string };
  /** Who acts for the subject by token exchange (RFC 8693 §4.1); within it those who did before. */
  readonly act?: ActorClaim;
  /** The tokens that this one was exchanged from, the newest first: whatever voids one of them voids this one, too. */
  readonly via?: readonly FormerToken[];
}

/** A client that acts for somebody, and the one that it got that from. */
export interface ActorClaim {
  /** Client id. */
  readonly sub: string;
  readonly act?: ActorClaim;
}

/** What of a token can be revoked, but for its subject and its session, which the one made from it shares. */
export interface FormerToken {
  readonly jti: string;
  /** The key that signed it. */
  readonly kid: string;
  readonly client_id: string;
  /** Client version; absent where `client_id` names none. */
  readonly cv?: number;
}

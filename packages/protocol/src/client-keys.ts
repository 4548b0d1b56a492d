/**
 * Self-signed access: a client calls a resource server with a JWT that it signed with its own key, without asking the
 * authorization server for a token. What such a client may do is told by the server, never by the JWT.
 */

/** The `typ` header of such a JWT: no access token, ID token or client assertion has it. */
export const CLIENT_TOKEN_TYPE = 'client+jwt';

/** Longest life of such a JWT, from `iat` to `exp`. */
export const CLIENT_TOKEN_MAX_SECONDS = 300;

/** Claims of a JWT by which a client shows itself to a resource server. All are required, and others count for nothing. */
export interface ClientTokenClaims {
  /** The client's id; `sub` is the same. */
  readonly iss: string;
  readonly sub: string;
  /** The one resource server that it is for: text, never a list. */
  readonly aud: string;
  /** Expiry in seconds since the epoch; exclusive, and at most five minutes after `iat`. */
  readonly exp: number;
  /** Issue time in seconds since the epoch. */
  readonly iat: number;
  /** Unique id of this JWT. */
  readonly jti: string;
}

/** After so long a verifier asks anew for the keys of clients, even if nothing happened. */
export const CLIENT_KEYS_MAX_AGE_SECONDS = 60;

/** `GET /client-keys`: the clients that may show themselves to the resource server that asks. */
export interface ClientKeysDocument {
  /** The revocation log, and the place in it: all of it up to there is in what follows. */
  readonly epoch: string;
  readonly seq: number;
  readonly clients: readonly WireClient[];
}

export interface WireClient {
  readonly client_id: string;
  /** Client version: worth nothing once a `client` event of the revocation log has a higher one. */
  readonly version: number;
  /** Scopes that it has, separated by single spaces; absent when there are none. */
  readonly scope?: string;
  /** Resource servers that it may call, of those that the asking one goes by. */
  readonly audience: readonly string[];
  /** Its public keys as JWKs (RFC 7517), each with `kid` and `alg`. A `kid` is the client's own: others may use it, too. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

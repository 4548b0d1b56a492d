import type { ClientId } from '../ids.ts';
import type { Instant } from '../instant.ts';

/**
 * How a client proves who it is at the token endpoint, by the names of RFC 8414 §2: its secret in the Authorization
 * header, or in the body; a JWT that it signs with its secret, or with a key of its own; `none` for a public client,
 * which has nothing to prove it with.
 */
export const CLIENT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
] as const;
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

/** RFC 7523 §2.1: a token for a JWT that the client signed. */
export const JWT_BEARER_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** RFC 8693 §2.1: a token for another one. */
export const TOKEN_EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Grant types that the token endpoint offers, so that a client may be registered for them. */
export const GRANT_TYPES = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  JWT_BEARER_GRANT,
  TOKEN_EXCHANGE_GRANT,
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

/** A program that may act here: a resource server, or a client of OAuth. */
export interface Client {
  readonly id: ClientId;
  /** What people call it. */
  readonly name: string;
  readonly authMethod: ClientAuthMethod;
  readonly grants: readonly GrantType[];
  /** What it may ask for in its own name, the server's own scopes included. */
  readonly scopes: readonly string[];
  /** Resource servers that its tokens may be for; of a resource server, its own names. */
  readonly audiences: readonly string[];
  /** Where its users may be sent back to, exactly. */
  readonly redirectUris: readonly string[];
  /** The operator's own: its users are not asked whether it may have what it asks for. */
  readonly firstParty: boolean;
  /** Where its users may be sent once they have signed out, exactly. */
  readonly postLogoutRedirectUris: readonly string[];
  /** Where its public keys are fetched from; null: they are registered, or it has none. */
  readonly jwksUri: string | null;
  /** Where it is told that a user has signed out (OpenID Connect Back-Channel Logout); null: nowhere. */
  readonly backchannelLogoutUri: string | null;
  /** All of its tokens must be bound to a key (RFC 9449 §5.2). */
  readonly dpopBound: boolean;
  /** It must push its authorization requests (RFC 9126 §6). */
  readonly requirePushedRequests: boolean;
  /** Raised by whatever revokes all of its tokens at once; copied into each of them. */
  readonly version: number;
  /** Since when it may do nothing; null: it may. */
  readonly disabledAt: Instant | null;
  readonly createdAt: Instant;
}

/** Whether a client of this method has a secret. */
export function hasSecret(authMethod: ClientAuthMethod): boolean {
  return authMethod.startsWith('client_secret_');
}

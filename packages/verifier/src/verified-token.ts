import type { AccessTokenClaims, ClientTokenClaims } from '@latchkey/protocol';
import type { KnownClient } from './client-tokens/client-keys.ts';
import { VerifierError } from './errors.ts';

/** Claims of an access token, and whatever else the issuer put in, of which nothing is known. */
export type VerifiedClaims = AccessTokenClaims & { readonly [claim: string]: unknown };

/** Claims of a JWT that a client signed, and whatever else it put in, which nobody has vouched for. */
export type VerifiedClientClaims = ClientTokenClaims & { readonly [claim: string]: unknown };

interface VerifiedIdentity {
  /** Granted scopes; empty when there are none. */
  readonly scopes: readonly string[];
  /** First instant at which the token is dead, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** An access token that passed every check. Frozen, because one object serves all requests with the token. */
export interface VerifiedAccessToken extends VerifiedIdentity {
  readonly kind: 'access_token';
  /** Whom the token speaks for: a user id (`usr_…`), or the client's id where no user is involved. */
  readonly subject: string;
  /** The client that the token was issued to. */
  readonly clientId: string;
  /** Roles of the user at the server; empty when there are none. */
  readonly roles: readonly string[];
  /** The session that the token belongs to (`ses_…`), if any. */
  readonly sessionId: string | undefined;
  /** The claims as the issuer wrote them. */
  readonly claims: VerifiedClaims;
}

/** A client that showed itself by a JWT of its own (the option `clientTokens`). Never a user. Frozen. */
export interface VerifiedClient extends VerifiedIdentity {
  readonly kind: 'client';
  /** The client's id (`cli_…`), as the next one. */
  readonly subject: string;
  readonly clientId: string;
  /** None, ever. */
  readonly roles: readonly [];
  /** None, ever. */
  readonly sessionId: undefined;
  /** The claims as the client wrote them. What it may do is in `scopes`, which the issuer has told. */
  readonly claims: VerifiedClientClaims;
}

/** What was shown, verified: `kind` tells a token of the issuer from a client that signed for itself. */
export type VerifiedToken = VerifiedAccessToken | VerifiedClient;

const NONE: readonly [] = Object.freeze([] as const);

export function toVerifiedToken(claims: AccessTokenClaims, expiresAtMs: number): VerifiedAccessToken {
  return Object.freeze({
    kind: 'access_token',
    subject: claims.sub,
    clientId: claims.client_id,
    scopes: claims.scope === undefined ? NONE : Object.freeze(claims.scope.split(' ')),
    roles: claims.roles ?? NONE,
    sessionId: claims.sid,
    expiresAtMs,
    claims: claims as VerifiedClaims,
  });
}

export function toVerifiedClient(
  claims: ClientTokenClaims,
  { id, scopes }: Pick<KnownClient, 'id' | 'scopes'>,
  expiresAtMs: number,
): VerifiedClient {
  return Object.freeze({
    kind: 'client',
    subject: id,
    clientId: id,
    scopes,
    roles: NONE,
    sessionId: undefined,
    expiresAtMs,
    claims: claims as VerifiedClientClaims,
  });
}

/**
 * Makes sure that a token was granted all of these scopes, by exact name: no scope implies another.
 *
 * @throws {VerifierError} `insufficient_scope`, status 403, with `scopes` as asked for.
 */
export function requireScope(token: VerifiedToken, ...scopes: readonly [string, ...string[]]): void {
  if (!scopes.every((scope) => token.scopes.includes(scope))) {
    throw new VerifierError('insufficient_scope', { scopes });
  }
}

import type { AccessTokenClaims } from '@latchkey/protocol';
import { VerifierError } from './errors.ts';

/** Claims of an access token, and whatever else the issuer put in, of which nothing is known. */
export type VerifiedClaims = AccessTokenClaims & { readonly [claim: string]: unknown };

/** An access token that passed every check. Frozen, because one object serves all requests with the token. */
export interface VerifiedToken {
  /** Whom the token speaks for: a user id (`usr_…`), or the client's id where no user is involved. */
  readonly subject: string;
  /** The client that the token was issued to. */
  readonly clientId: string;
  /** Granted scopes; empty when there are none. */
  readonly scopes: readonly string[];
  /** Roles of the user at the server; empty when there are none. */
  readonly roles: readonly string[];
  /** The session that the token belongs to (`ses_…`), if any. */
  readonly sessionId: string | undefined;
  /** First instant at which the token is dead, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** The claims as the issuer wrote them. */
  readonly claims: VerifiedClaims;
}

const NONE: readonly string[] = Object.freeze([]);

export function toVerifiedToken(claims: AccessTokenClaims, expiresAtMs: number): VerifiedToken {
  return Object.freeze({
    subject: claims.sub,
    clientId: claims.client_id,
    scopes: claims.scope === undefined ? NONE : Object.freeze(claims.scope.split(' ')),
    roles: claims.roles ?? NONE,
    sessionId: claims.sid,
    expiresAtMs,
    claims: claims as VerifiedClaims,
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

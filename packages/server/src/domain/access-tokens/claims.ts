import { FIRST_PARTY_CLIENT_ID, type AccessTokenClaims } from '@latchkey/protocol';
import { toSeconds, type Instant } from '../instant.ts';
import { acrOf } from '../sessions/authentication-context.ts';
import type { Session } from '../sessions/session.ts';
import { rolesOf, type User } from '../users/user.ts';

export interface SessionTokenInput {
  readonly issuer: string;
  readonly ttlSeconds: number;
  readonly user: Pick<User, 'id' | 'role' | 'applicationRoles' | 'version'>;
  readonly session: Pick<Session, 'id' | 'clientId' | 'authTime' | 'amr' | 'generation' | 'attempt' | 'expiresAt'>;
  /** Of the client that holds the session; undefined for a browser session of the server's own. */
  readonly clientVersion: number | undefined;
  readonly audience: string | readonly string[];
  readonly scopes: readonly string[];
  readonly tokenId: string;
  readonly now: Instant;
}

/** Claims of an access token for a session's user (RFC 9068 §2.2). It never outlives the session itself. */
export function sessionTokenClaims(input: SessionTokenInput): AccessTokenClaims {
  const { user, session, now } = input;
  const issuedAt = toSeconds(now);
  const roles = rolesOf(user);
  const acr = acrOf(session.amr);
  return {
    iss: input.issuer,
    sub: user.id,
    aud: input.audience,
    exp: Math.min(issuedAt + input.ttlSeconds, toSeconds(session.expiresAt)),
    iat: issuedAt,
    jti: input.tokenId,
    client_id: session.clientId ?? FIRST_PARTY_CLIENT_ID,
    ...(input.scopes.length > 0 && { scope: input.scopes.join(' ') }),
    auth_time: toSeconds(session.authTime),
    amr: session.amr,
    ...(acr !== undefined && { acr }),
    ...(roles.length > 0 && { roles }),
    sid: session.id,
    sv: user.version,
    ...(input.clientVersion !== undefined && { cv: input.clientVersion }),
    br: `${session.generation}.${session.attempt}`,
  };
}

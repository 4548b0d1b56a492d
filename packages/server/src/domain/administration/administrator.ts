import { FIRST_PARTY_CLIENT_ID, type AccessTokenClaims } from '@latchkey/protocol';
import { SERVER_SCOPES } from '../access-tokens/grant.ts';
import type { Client } from '../clients/client.ts';
import { isClientId, isSessionId, isUserId, type ClientId, type SessionId, type UserId } from '../ids.ts';
import type { User } from '../users/user.ts';
import { ADMIN_SCOPE } from './scopes.ts';

/** Who manages the server. */
export interface Administrator {
  /** For the audit log: the id of a client or a user, or `cli`. */
  readonly actor: string;
  readonly scopes: readonly string[];
}

/** Whom a token of the management API speaks for. */
export type TokenHolder =
  | { readonly kind: 'client'; readonly id: ClientId }
  | { readonly kind: 'user'; readonly id: UserId; readonly sessionId: SessionId };

/**
 * Whom a token speaks for that may manage the server: a client in its own name, or a user in a browser session of the
 * server's own. Undefined for all else: a client that acts for a user, or for another client (RFC 8693 §4.1), was
 * never given power over this server; a token that is for others, too, they could use here.
 */
export function tokenHolder(claims: AccessTokenClaims, issuer: string): TokenHolder | undefined {
  const { aud, sub, client_id: clientId, sid } = claims;
  const audiences = typeof aud === 'string' ? [aud] : aud;
  if (audiences.length === 0 || audiences.some((audience) => audience !== issuer)) return undefined;
  if ('act' in claims || 'via' in claims) return undefined;
  if (isClientId(clientId)) {
    return sub === clientId && sid === undefined ? { kind: 'client', id: clientId } : undefined;
  }
  if (clientId !== FIRST_PARTY_CLIENT_ID || sid === undefined) return undefined;
  return isUserId(sub) && isSessionId(sid) ? { kind: 'user', id: sub, sessionId: sid } : undefined;
}

/** What somebody with one of the finer scopes may not do, for it would give them more than they have. */
export type Overreach =
  /** Nobody changes their own power, or goes on with it by a credential that outlives the token. */
  | 'own_account'
  /** Only `admin` makes administrators, and touches what they have. */
  | 'needs_admin';

/** Decides whether an administrator may change this user, and give the role. */
export function userOverreach(
  administrator: Administrator,
  user: Pick<User, 'id' | 'role'>,
  newRole: User['role'] = 'user',
): Overreach | undefined {
  if (user.id === administrator.actor) return 'own_account';
  return user.role === 'administrator'
    ? roleOverreach(administrator, user.role)
    : roleOverreach(administrator, newRole);
}

/** Decides whether an administrator may give the role. */
export function roleOverreach({ scopes }: Administrator, role: User['role']): Overreach | undefined {
  return role === 'administrator' && !scopes.includes(ADMIN_SCOPE) ? 'needs_admin' : undefined;
}

/**
 * Decides whether an administrator may manage this client, or make it. One with power over this server, or one whose
 * users are not asked, is for `admin` alone: also its secret, by which somebody else would have that power.
 */
export function clientOverreach(
  administrator: Administrator,
  ...versions: readonly ({ readonly id?: Client['id'] } & Pick<Client, 'scopes' | 'firstParty'>)[]
): Overreach | undefined {
  if (versions.some(({ id }) => id === administrator.actor)) return 'own_account';
  const isPowerful = versions.some(
    ({ scopes, firstParty }) => firstParty || scopes.some((scope) => SERVER_SCOPES.includes(scope)),
  );
  return isPowerful && !administrator.scopes.includes(ADMIN_SCOPE) ? 'needs_admin' : undefined;
}

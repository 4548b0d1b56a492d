import type { AuthorizationResponse, SessionResponse, UserResponse } from '@latchkey/protocol/schemas';
import type { SessionId } from '../domain/ids.ts';
import { deviceLabel } from '../domain/sessions/device-label.ts';
import type { Session } from '../domain/sessions/session.ts';
import { rolesOf, type User } from '../domain/users/user.ts';
import type { ClientAccess } from '../operations/list-authorizations.ts';

const iso = (instant: number) => new Date(instant).toISOString();

export function representUser(user: User): UserResponse {
  return {
    id: user.id,
    email: user.email,
    emailVerified: user.emailVerifiedAt !== null,
    name: user.name,
    roles: [...rolesOf(user)],
    createdAt: iso(user.createdAt),
  };
}

/**
 * @param currentId - The session that asks.
 * @param clientName - Of the client that holds the session, if one does.
 */
export function representSession(session: Session, currentId: SessionId, clientName?: string): SessionResponse {
  const { clientId } = session;
  return {
    id: session.id,
    current: session.id === currentId,
    remember: session.remember,
    createdAt: iso(session.createdAt),
    lastUsedAt: iso(session.lastUsedAt),
    authTime: iso(session.authTime),
    expiresAt: iso(Math.min(session.expiresAt, session.idleExpiresAt)),
    device: { label: deviceLabel(session.userAgent), userAgent: session.userAgent, network: session.network },
    client: clientId === null ? null : { id: clientId, name: clientName ?? clientId },
  };
}

export function representClientAccess(access: ClientAccess): AuthorizationResponse {
  const { clientId, name, scopes, since, lastUsedAt } = access;
  return {
    clientId,
    name,
    scopes: [...scopes],
    since: iso(since),
    lastUsedAt: lastUsedAt === null ? null : iso(lastUsedAt),
  };
}

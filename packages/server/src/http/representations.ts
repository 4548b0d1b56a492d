import type { SessionResponse, UserResponse } from '@latchkey/protocol/schemas';
import type { SessionId } from '../domain/ids.ts';
import { deviceLabel } from '../domain/sessions/device-label.ts';
import type { Session } from '../domain/sessions/session.ts';
import { rolesOf, type User } from '../domain/users/user.ts';

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

/** @param currentId - The session that asks. */
export function representSession(session: Session, currentId: SessionId): SessionResponse {
  return {
    id: session.id,
    current: session.id === currentId,
    remember: session.remember,
    createdAt: iso(session.createdAt),
    lastUsedAt: iso(session.lastUsedAt),
    authTime: iso(session.authTime),
    expiresAt: iso(Math.min(session.expiresAt, session.idleExpiresAt)),
    device: { label: deviceLabel(session.userAgent), userAgent: session.userAgent, network: session.network },
  };
}

import type { Caller } from '../domain/audit/event.ts';
import { newId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { SALT_BYTES } from '../domain/sessions/credential.ts';
import { MAX_USER_AGENT_LENGTH } from '../domain/sessions/device-label.ts';
import { absoluteExpiry, idleExpiry } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import type { OperationContext } from './context.ts';

/** What of a session is decided when it begins. */
export type SessionBeginning = Pick<Session, 'userId' | 'clientId' | 'carrier' | 'remember' | 'authTime' | 'amr'>;

/** A session's row as it begins: generation 0, attempt 0. */
export function newSession(
  { policy, random }: OperationContext,
  beginning: SessionBeginning,
  caller: Caller,
  now: Instant,
): Session {
  const expiresAt = absoluteExpiry(policy.session, beginning.remember, now);
  return {
    ...beginning,
    id: newId('ses', now, random),
    salt: random(SALT_BYTES),
    generation: 0,
    attempt: 0,
    previousAttempt: null,
    rotatedAt: now,
    confirmed: false,
    strictGeneration: null,
    replaces: null,
    userAgent: caller.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    network: caller.network,
    createdAt: now,
    lastUsedAt: now,
    idleExpiresAt: idleExpiry(policy.session, expiresAt, now),
    expiresAt,
    revokedAt: null,
  };
}

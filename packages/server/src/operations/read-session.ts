import { MINUTE_MS, type Instant } from '../domain/instant.ts';
import { isAuthentic, parseCredential } from '../domain/sessions/credential.ts';
import { idleExpiry, isLive } from '../domain/sessions/lifetime.ts';
import { findSession, touchSession, type SessionWithUser } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';

/** Why there is no session. For the log only: outside, all of these look alike. */
export type NoSessionReason = 'malformed' | 'unknown' | 'forged' | 'superseded' | 'ended';

export type LiveSession = { readonly kind: 'live' } & SessionWithUser;

export type SessionReading =
  | LiveSession
  | { readonly kind: 'none'; readonly reason: NoSessionReason };

/** Uses closer together than this are not each written down. */
const TOUCH_MS = MINUTE_MS;

/**
 * Finds the session of a cookie's credential: in memory where this node has read it a moment ago, so that
 * most calls are synchronous; else in the database.
 */
export function readSession(context: OperationContext, credential: string): SessionReading | Promise<SessionReading> {
  const now = context.clock();
  const cached = context.sessions.find(credential, now);
  return cached === undefined ? readStoredSession(context, credential, now) : { kind: 'live', ...cached };
}

async function readStoredSession(context: OperationContext, credential: string, now: Instant): Promise<SessionReading> {
  const presented = parseCredential(credential, 'cookie');
  if (presented === undefined) return { kind: 'none', reason: 'malformed' };

  const found = await findSession(context.store.queries, presented.sessionId);
  if (found === undefined || found.session.carrier !== 'cookie') return { kind: 'none', reason: 'unknown' };
  const { session, user } = found;
  if (!isAuthentic(presented, session.salt, context.keys.sessionMac)) return { kind: 'none', reason: 'forged' };
  if (presented.generation !== session.generation || presented.attempt !== session.attempt) {
    return { kind: 'none', reason: 'superseded' };
  }
  if (!isLive(session, now)) return { kind: 'none', reason: 'ended' };

  if (now >= session.lastUsedAt + TOUCH_MS) {
    const idleExpiresAt = idleExpiry(context.policy.session, session.expiresAt, now);
    await context.store.transaction((tx) => touchSession(tx, session.id, now, idleExpiresAt));
    const touched = { user, session: { ...session, lastUsedAt: now, idleExpiresAt } };
    context.sessions.keep(credential, touched, now);
    return { kind: 'live', ...touched };
  }
  context.sessions.keep(credential, found, now);
  return { kind: 'live', ...found };
}

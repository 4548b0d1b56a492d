import { DAY_MS, MINUTE_MS, SECOND_MS, type Instant } from '../instant.ts';
import type { Session } from './session.ts';

export interface SessionLifetimePolicy {
  readonly idleSeconds: number;
  /** Absolute life of a remembered session. */
  readonly maxSeconds: number;
}

/** Absolute life of a session that was not remembered: its cookie ends with the browser, this ends the rest. */
const UNREMEMBERED_MAX_MS = DAY_MS;

/** When a session that begins now ends, whatever happens. */
export function absoluteExpiry(policy: SessionLifetimePolicy, remember: boolean, now: Instant): Instant {
  const maxMs = policy.maxSeconds * SECOND_MS;
  return now + (remember ? maxMs : Math.min(maxMs, UNREMEMBERED_MAX_MS));
}

/** When a session that is used now ends unless it is used again; never past the absolute expiry. */
export function idleExpiry(policy: SessionLifetimePolicy, expiresAt: Instant, now: Instant): Instant {
  return Math.min(now + policy.idleSeconds * SECOND_MS, expiresAt);
}

/** How far apart two uses are that are both written down: often enough that the idle expiry stays true. */
export function touchInterval(policy: SessionLifetimePolicy): number {
  return Math.min(MINUTE_MS, (policy.idleSeconds * SECOND_MS) / 4);
}

/** Whether the session still stands. Expiry is exclusive: at the instant itself it is over. */
export function isLive(session: Pick<Session, 'revokedAt' | 'idleExpiresAt' | 'expiresAt'>, now: Instant): boolean {
  return session.revokedAt === null && now < session.idleExpiresAt && now < session.expiresAt;
}

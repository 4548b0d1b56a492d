import type { Instant } from '../domain/instant.ts';
import type { StoredSession } from './session-store.ts';

const NUMBERS = [
  'generation',
  'attempt',
  'rotatedAt',
  'createdAt',
  'lastUsedAt',
  'idleExpiresAt',
  'expiresAt',
] as const satisfies readonly (keyof StoredSession)[];
const BOOLEANS = ['confirmed', 'remember'] as const satisfies readonly (keyof StoredSession)[];

/**
 * The session, as the store gave it. Drivers give what they like for numbers of 64 bits and for truth: text would be
 * compared well and added wrongly, and the rules of rotation would go on with that.
 *
 * @throws {TypeError} that names what is not as {@link StoredSession} says.
 */
export function checkStored(session: StoredSession): StoredSession {
  for (const name of NUMBERS) check(Number.isFinite(session[name]), name, 'a number');
  for (const name of BOOLEANS) check(typeof session[name] === 'boolean', name, 'a boolean');
  const { previousAttempt, salt } = session;
  check(previousAttempt === null || Number.isFinite(previousAttempt), 'previousAttempt', 'a number or null');
  check(salt instanceof Uint8Array, 'salt', 'bytes');
  return session;
}

/** The clock that a store handed in, or the process's. Throws a TypeError for what is no number. */
export function checkClock(now: Instant): Instant {
  check(Number.isFinite(now), 'now', 'a number of milliseconds');
  return now;
}

function check(holds: boolean, name: string, what: string): void {
  if (!holds) throw new TypeError(`SessionStore: ${name} must be ${what}`);
}

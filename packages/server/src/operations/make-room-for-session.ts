import type { Caller } from '../domain/audit/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Session } from '../domain/sessions/session.ts';
import { endLeastRecentlyUsed } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { audit, type OperationContext } from './context.ts';

/**
 * Of browsers, and of each client. More than anybody has devices; a program that signs in anew each time must not make
 * rows without end.
 */
const MAX_SESSIONS = 100;

/**
 * Ends what gives way to a new session: the least recently used ones beyond the greatest number. The caller holds the
 * user's row locked, and writes an event for each to the revocation log: there is one a sign-in.
 *
 * @returns The sessions that ended.
 */
export async function makeRoomForSession(
  context: OperationContext,
  tx: Tx,
  { session, caller }: { readonly session: Session; readonly caller: Caller },
  now: Instant,
): Promise<readonly SessionId[]> {
  const ended = await endLeastRecentlyUsed(tx, session, MAX_SESSIONS, now);
  const details = { reason: 'too_many_sessions' };
  const event = { type: 'session.ended', outcome: 'success', actor: session.userId, caller, details } as const;
  for (const target of ended) await audit(context, tx, now, { ...event, target });
  return ended;
}

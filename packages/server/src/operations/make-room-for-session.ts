import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Session, SessionEndReason } from '../domain/sessions/session.ts';
import { endLeastRecentlyUsed, endSession } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { audit, type OperationContext } from './context.ts';

/**
 * Of browsers, and of each client. More than anybody has devices; a program that signs in anew each time must not make
 * rows without end.
 */
const MAX_SESSIONS = 100;

/**
 * Ends what gives way to a new session: the one that the same cookie held until now, and the least recently used ones
 * beyond the greatest number. The caller holds the user's row locked, and writes an event for each to the revocation
 * log: beyond the limit there is one a sign-in.
 *
 * @returns The sessions that ended.
 */
export async function makeRoomForSession(
  context: OperationContext,
  tx: Tx,
  asked: {
    readonly session: Session;
    readonly replaces: { readonly id: SessionId; readonly userId: UserId } | undefined;
    readonly caller: Caller;
  },
  now: Instant,
): Promise<readonly SessionId[]> {
  const { session, replaces, caller } = asked;
  const ended: { readonly id: SessionId; readonly userId: UserId; readonly reason: SessionEndReason }[] = [];
  if (replaces !== undefined && (await endSession(tx, replaces.id, replaces.userId, 'replaced_by_sign_in', now))) {
    ended.push({ ...replaces, reason: 'replaced_by_sign_in' });
  }
  const { userId } = session;
  for (const id of await endLeastRecentlyUsed(tx, session, MAX_SESSIONS, now)) {
    ended.push({ id, userId, reason: 'too_many_sessions' });
  }
  for (const { id, userId: actor, reason } of ended) {
    const details = { reason };
    await audit(context, tx, now, { type: 'session.ended', outcome: 'success', actor, target: id, caller, details });
  }
  return ended.map(({ id }) => id);
}

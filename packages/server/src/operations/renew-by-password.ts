import type { Caller } from '../domain/audit/event.ts';
import { REPLACES_AT_FIRST_USE } from '../domain/sessions/line.ts';
import type { Instant } from '../domain/instant.ts';
import type { Session } from '../domain/sessions/session.ts';
import { readRotationClock } from '../storage/clock.ts';
import { insertSession } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import type { OperationContext } from './context.ts';
import { newSession } from './new-session.ts';

/**
 * Begins the session that takes the place of one in which the password was just shown and changed. The old one ends at
 * the first use of the new one, and stays where the answer is lost. The caller holds the user's row locked.
 */
export async function renewByPassword(
  context: OperationContext,
  tx: Tx,
  { id, userId, remember }: Session,
  caller: Caller,
  now: Instant,
): Promise<Session> {
  const beginning = { userId, clientId: null, carrier: 'cookie', remember, authTime: now, amr: ['pwd'] } as const;
  const session: Session = {
    ...newSession(context, beginning, caller, now),
    ...REPLACES_AT_FIRST_USE,
    replaces: id,
    rotatedAt: await readRotationClock(tx, context.rotationClock),
  };
  await insertSession(tx, session);
  return session;
}

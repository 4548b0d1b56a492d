import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { lineOf } from '../domain/sessions/line.ts';
import type { SessionEndReason } from '../domain/sessions/session.ts';
import { endsOf } from '../domain/revocation/event.ts';
import { endSessions, listReplacements } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { audit, revoke, type OperationContext } from './context.ts';

export interface EndOfLine {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly reason: SessionEndReason;
  /** Who does it, where that is not the user. */
  readonly actor?: string;
}

/**
 * Ends a session of the user and those of the same browser: each end with its events. The last of a transaction, for it
 * writes to the revocation log, whose caller has locked the user's row before any session's and has the cache forget
 * what ended after the commit.
 *
 * @returns The sessions that ended.
 */
export async function endLine(
  context: OperationContext,
  tx: Tx,
  { id, userId, reason, actor = userId }: EndOfLine,
  caller: Caller,
  now: Instant,
): Promise<readonly SessionId[]> {
  const line = lineOf(await listReplacements(tx, userId), id);
  const ended = (await endSessions(tx, [...line], userId, reason, now)).toSorted();
  for (const target of ended) {
    const details = { reason };
    await audit(context, tx, now, { type: 'session.ended', outcome: 'success', actor, target, caller, details });
  }
  await revoke(context, tx, now, ...endsOf(ended));
  return ended;
}

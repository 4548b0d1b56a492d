import type { AuditEvent } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { ComposedMail } from '../domain/mail/messages.ts';
import type { SessionEndReason } from '../domain/sessions/session.ts';
import { endSessionsOfUser } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { raiseUserVersion } from '../storage/users.ts';
import { audit, queueMail, revoke, type OperationContext } from './context.ts';

/**
 * Ends all sessions of a user, or all but some, and voids every access token by the subject's version; a session that
 * stays gets its next token by its cookie. The last of a transaction, for it writes to the revocation log, whose caller
 * holds the user's row locked and has the cache forget the user after the commit.
 *
 * @param event - Of the audit log; it is told how many sessions ended.
 * @param mail - What the user is told, if anything.
 * @returns How many sessions ended.
 */
export async function voidUser(
  context: OperationContext,
  tx: Tx,
  now: Instant,
  asked: {
    readonly userId: UserId;
    readonly except?: readonly SessionId[];
    readonly reason: SessionEndReason;
    readonly event: Omit<AuditEvent, 'outcome' | 'target'>;
    readonly mail?: ComposedMail;
  },
): Promise<number> {
  const { userId, except = [], reason, event, mail } = asked;
  const { length: ended } = await endSessionsOfUser(tx, userId, except, reason, now);
  const minVersion = await raiseUserVersion(tx, userId, now);
  const details = { ...event.details, ended };
  await audit(context, tx, now, { ...event, outcome: 'success', target: userId, details });
  if (mail !== undefined) await queueMail(context, tx, now, mail);
  await revoke(context, tx, now, { kind: 'subject', key: userId, minVersion });
  return ended;
}

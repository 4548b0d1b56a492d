import type { Caller } from '../domain/audit/event.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import { findSession, isReplacedAtFirstUse } from '../storage/sessions.ts';
import { lockUser } from '../storage/users.ts';
import type { OperationContext } from './context.ts';
import { endLine, type EndOfLine } from './end-line.ts';
import { voidUser } from './void-user.ts';

const NOBODY: Caller = { network: null, userAgent: null };

/**
 * Ends one session of the user, with those of the same browser that it was to take the place of, or that were to take
 * its own: cookies and, by the revocation log, access tokens.
 *
 * @returns Whether there was such a session to end.
 */
export async function endOneSession(context: OperationContext, asked: EndOfLine, caller: Caller): Promise<boolean> {
  const ended = await context.store.transaction(async (tx) => {
    if ((await lockUser(tx, asked.userId)) === undefined) return [];
    return endLine(context, tx, asked, caller, context.clock());
  });
  for (const id of [asked.id, ...ended]) context.sessions.forgetSession(id);
  return ended.includes(asked.id);
}

/**
 * Ends a session of anybody's, for an operator.
 *
 * @returns Whether there was such a live session.
 */
export async function endSessionByOperator(context: OperationContext, id: SessionId, actor: string): Promise<boolean> {
  const found = await findSession(context.store.queries, id);
  if (found === undefined) return false;
  const { userId } = found.session;
  return endOneSession(context, { id, userId, reason: 'ended_by_operator', actor }, NOBODY);
}

/**
 * Ends all sessions of the user, or all but one. One event revokes every access token by the subject's version;
 * the session that stays gets its next token by its cookie. One in which the password was changed does not stay.
 *
 * @returns How many sessions ended.
 */
export async function endAllSessions(
  context: OperationContext,
  input: { readonly userId: UserId; readonly except?: SessionId },
  caller: Caller,
): Promise<number> {
  const { userId, except } = input;
  const reason = except === undefined ? 'signed_out_everywhere' : 'signed_out_others';
  const ended = await context.store.transaction(async (tx) => {
    const now = context.clock();
    if ((await lockUser(tx, userId)) === undefined) return 0;
    const event = { type: 'sessions.ended', actor: userId, caller, details: { reason } } as const;
    // A copy of the cookie of before a change of the password must not outlive it by ending what was to end it.
    const isLeaving = except === undefined || (await isReplacedAtFirstUse(tx, except, userId, now));
    const staying = isLeaving ? [] : [except];
    return voidUser(context, tx, now, { userId, except: staying, reason, event });
  });
  context.sessions.forgetUser(userId);
  return ended;
}

/**
 * Ends all sessions of a user, for an operator.
 *
 * @returns How many sessions ended.
 */
export async function endUserSessionsByOperator(
  context: OperationContext,
  userId: UserId,
  actor: string,
): Promise<number> {
  const reason = 'ended_by_operator';
  const ended = await context.store.transaction(async (tx) => {
    const now = context.clock();
    if ((await lockUser(tx, userId)) === undefined) return 0;
    const event = { type: 'sessions.ended', actor, caller: null, details: { reason } } as const;
    return voidUser(context, tx, now, { userId, reason, event });
  });
  context.sessions.forgetUser(userId);
  return ended;
}

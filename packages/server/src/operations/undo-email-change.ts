import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import type { UserId } from '../domain/ids.ts';
import { emailChangeUndoneMessage } from '../domain/mail/messages.ts';
import { hashOneTimeToken, parseOneTimeToken, type OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import { consumeOneTimeToken, deleteTokensOfUserSince } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import { AddressTakenError, deletePassword, lockUser } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { audit, type OperationContext } from './context.ts';
import { pageUrl } from './mailed-link.ts';
import { takeAddress } from './take-address.ts';
import { voidUser } from './void-user.ts';

export type UndoEmailChangeResult =
  | { readonly kind: 'undone'; readonly userId: UserId }
  | { readonly kind: 'invalid_token' };

/**
 * Gives the account the address back that the token was sent to. Whoever changed it knew the password: so all sessions
 * end and the password goes; a new one is chosen by a mail to the restored address. Links that were made since the
 * address was first given up die; those that undo an earlier change stay, or an intruder with two addresses could keep
 * the owner out.
 */
export async function undoEmailChange(
  context: OperationContext,
  input: { readonly token: string },
  caller: Caller,
): Promise<UndoEmailChangeResult> {
  const token = parseOneTimeToken(input.token);
  if (token === undefined) return { kind: 'invalid_token' };
  const attempt = await takeAttempt(context, ['oneTimeTokenByNetwork', networkKey(context, caller)]);
  const tokenHash = hashOneTimeToken(token, 'undo_email_change');
  const result = await context.store
    .transaction((tx) => undo(context, tx, tokenHash, caller))
    .catch(async (error: unknown) => {
      if (!(error instanceof AddressTakenError)) throw error;
      return context.store.transaction((tx) => fail(context, tx, null, caller));
    });
  if (result.kind !== 'undone') return result;
  context.sessions.forgetUser(result.userId);
  await attempt.giveBack();
  return result;
}

async function undo(
  context: OperationContext,
  tx: Tx,
  tokenHash: OneTimeTokenHash,
  caller: Caller,
): Promise<UndoEmailChangeResult> {
  const now = context.clock();
  const use = await consumeOneTimeToken(tx, tokenHash, 'undo_email_change', now);
  if (use.kind !== 'consumed' || use.userId === null || use.address === null) return fail(context, tx, null, caller);
  const user = await lockUser(tx, use.userId);
  const email = parseEmailAddress(use.address);
  if (user === undefined || email === undefined || !(await takeAddress(tx, user.id, email, now))) {
    return fail(context, tx, use.userId, caller);
  }
  await deletePassword(tx, user.id);
  await deleteTokensOfUserSince(tx, user.id, { address: use.address, createdAt: use.createdAt });
  await voidUser(context, tx, now, {
    userId: user.id,
    reason: 'email_change_undone',
    event: { type: 'user.email_change_undone', actor: user.id, caller },
    mail: emailChangeUndoneMessage(email.address, pageUrl(context, PAGES.forgotPassword).href),
  });
  return { kind: 'undone', userId: user.id };
}

async function fail(
  context: OperationContext,
  tx: Tx,
  target: UserId | null,
  caller: Caller,
): Promise<UndoEmailChangeResult> {
  const type = 'user.email_change_undone';
  await audit(context, tx, context.clock(), { type, outcome: 'failure', actor: target, target, caller });
  return { kind: 'invalid_token' };
}

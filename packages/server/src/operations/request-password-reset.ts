import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import { newId, type UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { resetPasswordMessage } from '../domain/mail/messages.ts';
import { hashOneTimeToken, newOneTimeToken } from '../domain/one-time-tokens/token.ts';
import type { User } from '../domain/users/user.ts';
import { deleteMailsTo } from '../storage/mail-outbox.ts';
import { pretendToReplaceOneTimeToken } from '../storage/one-time-tokens.ts';
import type { Tx } from '../storage/store.ts';
import { findUser, lockUser, lockUserByEmail } from '../storage/users.ts';
import { mailKey, networkKey, takeAttempt } from './attempts.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { makeMailedLink, pageUrl } from './mailed-link.ts';

export type RequestPasswordResetResult = { readonly kind: 'accepted' } | { readonly kind: 'invalid_email' };

/**
 * Mails a link with which the password is replaced, if there is such an account; older links die, also where their
 * mail still waits. For nobody the database does the same work, and keeps nothing of it: the time must not tell.
 */
export async function requestPasswordReset(
  context: OperationContext,
  input: { readonly email: string },
  caller: Caller,
): Promise<RequestPasswordResetResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  await takeAttempt(context, ['mailByNetwork', networkKey(context, caller)], mailKey('reset_password', email));
  await context.store.transaction(async (tx) => {
    const now = context.clock();
    const user = await lockUserByEmail(tx, email.key);
    if (user === undefined) await mailNobody(context, tx, now);
    else await mailResetLink(context, tx, user, now);
    await audit(context, tx, now, {
      type: 'user.password_reset_requested',
      outcome: user === undefined ? 'failure' : 'success',
      actor: null,
      target: user?.id ?? null,
      caller,
    });
  });
  return { kind: 'accepted' };
}

/**
 * Mails the link on behalf of somebody who manages users. Counted by the address as all such mails, so that nobody is
 * flooded.
 *
 * @returns Whether there is such a user.
 */
export async function sendPasswordReset(context: OperationContext, id: UserId, actor: string): Promise<boolean> {
  const found = await findUser(context.store.queries, id);
  const email = found && parseEmailAddress(found.email);
  if (email === undefined) return false;
  await takeAttempt(context, mailKey('reset_password', email));
  return context.store.transaction(async (tx) => {
    const now = context.clock();
    const user = await lockUser(tx, id);
    if (user === undefined) return false;
    await mailResetLink(context, tx, user, now);
    const event = {
      type: 'user.password_reset_requested',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
    } as const;
    await audit(context, tx, now, event);
    return true;
  });
}

async function mailResetLink(context: OperationContext, tx: Tx, user: User, now: Instant): Promise<void> {
  const url = await makeMailedLink(
    context,
    tx,
    { userId: user.id, purpose: 'reset_password', address: user.email, page: PAGES.resetPassword },
    now,
  );
  // A link that does not work any more need not be sent.
  await deleteMailsTo(tx, user.email, 'reset_password');
  await queueMail(context, tx, now, resetPasswordMessage(user.email, url, context.policy.oneTimeLifeMs.reset_password));
}

/** As {@link mailResetLink}, statement by statement; what it writes is gone at the end. */
async function mailNobody(context: OperationContext, tx: Tx, now: Instant): Promise<void> {
  const token = newOneTimeToken(context.random);
  await pretendToReplaceOneTimeToken(tx, hashOneTimeToken(token, 'reset_password'), now);
  const url = pageUrl(context, PAGES.resetPassword);
  url.searchParams.set('token', token.reveal());
  // An address that nobody has: even a mail server that is asked at once finds nothing to send.
  const nobody = `${newId('mail', now, context.random)}@invalid`;
  await queueMail(
    context,
    tx,
    now,
    resetPasswordMessage(nobody, url.href, context.policy.oneTimeLifeMs.reset_password),
  );
  await deleteMailsTo(tx, nobody, 'reset_password');
}

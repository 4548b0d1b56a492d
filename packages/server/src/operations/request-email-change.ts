import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/email-addresses/parse.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { addressInUseMessage, changeEmailMessage } from '../domain/mail/messages.ts';
import type { User } from '../domain/users/user.ts';
import type { Tx } from '../storage/store.ts';
import { findUserByEmail } from '../storage/users.ts';
import { mailKey, networkKey, takeAttempt } from './attempts.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { confirmPassword, lockConfirmed } from './confirm-password.ts';
import { makeMailedLink, pageUrl } from './mailed-link.ts';

export type RequestEmailChangeResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'invalid_email' }
  /** It is the user's own already, letter by letter. */
  | { readonly kind: 'same_email' }
  | { readonly kind: 'no_session' }
  | { readonly kind: 'wrong_password' };

/**
 * Mails a link to the new address; nothing changes until it is used there, so that a slip of the pen takes nobody's
 * account away. Whether another account has the address is told in a mail to it, and nowhere else.
 *
 * @throws {@link TooManyAttemptsError} after too many mails to the address, or too many wrong passwords.
 */
export async function requestEmailChange(
  context: OperationContext,
  input: {
    readonly userId: UserId;
    readonly sessionId: SessionId;
    readonly password: string;
    readonly email: string;
  },
  caller: Caller,
): Promise<RequestEmailChangeResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  const confirmed = await confirmPassword(context, input);
  // Whoever is signed in may name anybody's address.
  if (confirmed) {
    await takeAttempt(context, ['mailByNetwork', networkKey(context, caller)], mailKey('change_email', email));
  }
  return context.store.transaction(async (tx): Promise<RequestEmailChangeResult> => {
    const now = context.clock();
    const locked = await lockConfirmed(context, tx, { ...input, confirmed }, now);
    if (locked.kind === 'locked' && locked.user.email === email.address) return { kind: 'same_email' };
    const isAccepted = locked.kind === 'locked';
    await audit(context, tx, now, {
      type: 'user.email_change_requested',
      outcome: isAccepted ? 'success' : 'failure',
      actor: input.userId,
      target: input.userId,
      caller,
      ...(!isAccepted && { details: { reason: locked.kind } }),
    });
    if (!isAccepted) return { kind: locked.kind };
    await mailNewAddress(context, tx, locked.user, email, now);
    return { kind: 'accepted' };
  });
}

async function mailNewAddress(
  context: OperationContext,
  tx: Tx,
  user: User,
  email: EmailAddress,
  now: Instant,
): Promise<void> {
  const owner = await findUserByEmail(tx, email.key);
  const link = { userId: user.id, purpose: 'change_email', address: email.address } as const;
  // Made for a taken address as well, so that both cost the same; nobody gets that one.
  const url = await makeMailedLink(context, tx, { ...link, page: PAGES.confirmEmailChange }, now);
  const isTaken = owner !== undefined && owner.id !== user.id;
  const mail = isTaken
    ? addressInUseMessage(owner.email, pageUrl(context, PAGES.signIn).href)
    : changeEmailMessage(email.address, url, context.policy.oneTimeLifeMs.change_email);
  await queueMail(context, tx, now, mail);
}

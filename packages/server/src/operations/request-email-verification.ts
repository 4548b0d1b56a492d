import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress } from '../domain/email-addresses/parse.ts';
import type { Instant } from '../domain/instant.ts';
import { verifyEmailMessage } from '../domain/mail/messages.ts';
import type { User } from '../domain/users/user.ts';
import type { Tx } from '../storage/store.ts';
import { lockUserByEmail } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { makeMailedLink } from './mailed-link.ts';

export type RequestEmailVerificationResult = { readonly kind: 'accepted' } | { readonly kind: 'invalid_email' };

/** Mails a new link to an address that waits to be confirmed; older links die. Other addresses get nothing. */
export async function requestEmailVerification(
  context: OperationContext,
  input: { readonly email: string },
  caller: Caller,
): Promise<RequestEmailVerificationResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  await takeAttempt(context, ['mailByNetwork', networkKey(context, caller)], ['mailByAddress', email.key]);
  await context.store.transaction(async (tx) => {
    const now = context.clock();
    const user = await lockUserByEmail(tx, email.key);
    const waits = user !== undefined && user.emailVerifiedAt === null;
    if (waits) await mailVerificationLink(context, tx, user, now);
    await audit(context, tx, now, {
      type: 'user.email_verification_requested',
      outcome: waits ? 'success' : 'failure',
      actor: null,
      target: user?.id ?? null,
      caller,
    });
  });
  return { kind: 'accepted' };
}

/** Replaces the user's verification token and queues the mail. The caller holds the user's row locked. */
export async function mailVerificationLink(
  context: OperationContext,
  tx: Tx,
  user: Pick<User, 'id' | 'email'>,
  now: Instant,
): Promise<void> {
  const link = { userId: user.id, purpose: 'verify_email', address: user.email, page: PAGES.verifyEmail } as const;
  const url = await makeMailedLink(context, tx, link, now);
  await queueMail(context, tx, now, verifyEmailMessage(user.email, url));
}

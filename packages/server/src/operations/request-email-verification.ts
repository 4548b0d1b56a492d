import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/email-addresses/parse.ts';
import { newId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { hashOneTimeToken, newOneTimeToken } from '../domain/one-time-tokens/token.ts';
import { deleteMailsTo } from '../storage/mail-outbox.ts';
import {
  deleteRegistration,
  lockRegistration,
  saveRegistration,
  setRegistrationToken,
} from '../storage/registrations.ts';
import type { Tx } from '../storage/store.ts';
import { findUserByEmail } from '../storage/users.ts';
import { mailKey, networkKey, takeAttempt } from './attempts.ts';
import { audit, type OperationContext } from './context.ts';
import { mailOnly, registrationMail } from './sign-up.ts';

export type RequestEmailVerificationResult = { readonly kind: 'accepted' } | { readonly kind: 'invalid_email' };

/**
 * Mails again what the last sign-up with this address mailed, with a new link; older links die. Other addresses get
 * nothing. Every address has the same statements: where there is nothing to do they write for nobody, and take it back.
 */
export async function requestEmailVerification(
  context: OperationContext,
  input: { readonly email: string },
  caller: Caller,
): Promise<RequestEmailVerificationResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  await takeAttempt(context, ['mailByNetwork', networkKey(context, caller)], mailKey('verify_email', email));
  await context.store.transaction(async (tx) => {
    const now = context.clock();
    const nobody = await pretendToRegister(context, tx, now);
    const registration = await lockRegistration(tx, email.key, now);
    const user = await findUserByEmail(tx, email.key);
    const isNew = user === undefined;
    const token = newOneTimeToken(context.random);
    const key = registration?.email.key ?? nobody.key;
    const address = registration === undefined ? nobody.address : (user?.email ?? registration.email.address);
    const tokenHash = isNew ? hashOneTimeToken(token, 'verify_email') : null;
    await setRegistrationToken(tx, key, tokenHash, now + context.policy.oneTimeLifeMs.verify_email);
    await mailOnly(context, tx, registrationMail(context, address, isNew, token), now);
    await deleteMailsTo(tx, nobody.address);
    await deleteRegistration(tx, nobody.key);
    await audit(context, tx, now, {
      type: 'user.email_verification_requested',
      outcome: registration !== undefined && isNew ? 'success' : 'failure',
      actor: null,
      target: user?.id ?? null,
      caller,
    });
  });
  return { kind: 'accepted' };
}

/** A registration of an address that nobody has: even a mail server that is asked at once finds nothing to send. */
async function pretendToRegister(context: OperationContext, tx: Tx, now: Instant): Promise<EmailAddress> {
  const address = `${newId('mail', now, context.random)}@invalid`;
  const email = { address, key: address };
  const rest = { name: null, tokenHash: null, contested: false, createdAt: now, expiresAt: now };
  await saveRegistration(tx, { email, passwordHash: '', ...rest }, { hash: null });
  return email;
}

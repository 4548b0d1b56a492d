import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/email-addresses/parse.ts';
import { newId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { alreadyRegisteredMessage } from '../domain/mail/messages.ts';
import { decideNewPassword, type PasswordObjection } from '../domain/passwords/policy.ts';
import type { Tx } from '../storage/store.ts';
import { insertUser, lockUserByEmail, renameUser, savePasswordHash } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { mailVerificationLink } from './request-email-verification.ts';

export interface SignUpInput {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
}

export type SignUpResult =
  /** The address will get a mail. Whether it was known is told there, and nowhere else. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'invalid_email' }
  | { readonly kind: 'password_not_allowed'; readonly objection: PasswordObjection };

interface Registration {
  readonly email: EmailAddress;
  readonly name: string | null;
  readonly passwordHash: string;
  readonly caller: Caller;
  readonly now: Instant;
}

/**
 * Registers an account that works once its address has been confirmed. Signing up again before that replaces
 * the password and the link; an account that was confirmed is left alone, and its owner told.
 */
export async function signUp(context: OperationContext, input: SignUpInput, caller: Caller): Promise<SignUpResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  const decision = decideNewPassword(input.password, [input.email, input.name]);
  if (decision.kind !== 'allowed') return decision;

  await takeAttempt(context, ['signUpByNetwork', networkKey(context, caller)], ['mailByAddress', email.key]);
  // Hashed whether or not the address is known: the time taken must not tell.
  const passwordHash = await context.passwords.hash(decision.password);
  const name = input.name ?? null;
  await context.store.transaction((tx) =>
    register(context, tx, { email, name, passwordHash, caller, now: context.clock() }),
  );
  return { kind: 'accepted' };
}

async function register(context: OperationContext, tx: Tx, registration: Registration): Promise<void> {
  const { email, name, passwordHash, caller, now } = registration;
  const id = newId('usr', now, context.random);
  const isNew = await insertUser(tx, { id, email, name, role: 'user', emailVerifiedAt: null, now });
  const user = await lockUserByEmail(tx, email.key);
  if (user === undefined) throw new Error('The account was deleted while it was signed up for');

  if (user.emailVerifiedAt !== null) {
    const signInUrl = new URL(PAGES.signIn, context.policy.issuer).href;
    await queueMail(context, tx, now, alreadyRegisteredMessage(user.email, signInUrl));
  } else {
    if (!isNew) await renameUser(tx, user.id, name, now);
    await savePasswordHash(tx, user.id, passwordHash, now);
    await mailVerificationLink(context, tx, user, now);
  }
  const type = isNew ? 'user.signed_up' : 'user.sign_up_repeated';
  await audit(context, tx, now, { type, outcome: 'success', actor: null, target: user.id, caller });
}

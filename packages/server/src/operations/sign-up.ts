import { PAGES } from '@latchkey/protocol';
import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/email-addresses/parse.ts';
import { alreadyRegisteredMessage, verifyEmailMessage, type ComposedMail } from '../domain/mail/messages.ts';
import { hashOneTimeToken, newOneTimeToken, type OneTimeToken } from '../domain/one-time-tokens/token.ts';
import { decideNewPassword, type Password, type PasswordObjection } from '../domain/passwords/policy.ts';
import { deleteMailsTo } from '../storage/mail-outbox.ts';
import {
  findRegistration,
  saveRegistration,
  setRegistrationToken,
  type Registration,
} from '../storage/registrations.ts';
import type { Tx } from '../storage/store.ts';
import { findUserByEmail } from '../storage/users.ts';
import { mailKey, networkKey, takeAttempt } from './attempts.ts';
import { checkBreaches } from './check-breaches.ts';
import { audit, queueMail, type OperationContext } from './context.ts';
import { pageUrl } from './mailed-link.ts';

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

/** A sign-up whose password was hashed, and compared with the one of a sign-up before. */
interface ComparedSignUp {
  readonly email: EmailAddress;
  readonly name: string | null;
  readonly passwordHash: string;
  /** `many`: others sign up with the address at this moment. */
  readonly previous: Registration | undefined | 'many';
  readonly samePassword: boolean;
  readonly caller: Caller;
}

/** How often a sign-up is compared again because another one for the same address came between. */
const MAX_COMPARISONS = 3;

/**
 * Registers an address; the account is made once somebody who reads its mail confirms. For an address that has an
 * account the same is written, but no link is good: neither the answer nor a later sign-in tells which it was. Signing
 * up again makes older links die; with another password it leaves the choice to whoever confirms.
 */
export async function signUp(context: OperationContext, input: SignUpInput, caller: Caller): Promise<SignUpResult> {
  const email = parseEmailAddress(input.email);
  if (email === undefined) return { kind: 'invalid_email' };
  const decision = decideNewPassword(input.password, [input.email, input.name]);
  if (decision.kind !== 'allowed') return decision;

  await takeAttempt(context, ['signUpByNetwork', networkKey(context, caller)], mailKey('sign_up', email));
  const checked = await checkBreaches(context, decision.password, caller);
  if (checked.kind !== 'allowed') return checked;
  const { password } = checked;
  // Hashed and compared whatever is known of the address: the time taken must not tell.
  const passwordHash = await context.passwords.hash(password);
  const asked = { email, name: input.name ?? null, passwordHash, caller };
  for (let comparisons = 1; comparisons <= MAX_COMPARISONS; comparisons += 1) {
    const signUpNow = { ...asked, ...(await compare(context, email, password)) };
    if (await context.store.transaction((tx) => register(context, tx, signUpNow))) return { kind: 'accepted' };
  }
  // Several at once: whoever confirms is to decide.
  await context.store.transaction((tx) => register(context, tx, { ...asked, previous: 'many', samePassword: false }));
  return { kind: 'accepted' };
}

async function compare(
  context: OperationContext,
  email: EmailAddress,
  password: Password,
): Promise<Pick<ComparedSignUp, 'previous' | 'samePassword'>> {
  const previous = await findRegistration(context.store.queries, email.key, context.clock());
  const samePassword = await context.passwords.verify(previous?.passwordHash ?? null, password);
  return { previous, samePassword };
}

/** @returns False where another sign-up came between. */
async function register(context: OperationContext, tx: Tx, signUpNow: ComparedSignUp): Promise<boolean> {
  const { email, passwordHash, previous, samePassword, caller } = signUpNow;
  const now = context.clock();
  const contested = previous === 'many' || (previous !== undefined && (previous.contested || !samePassword));
  const before = previous === 'many' ? null : (previous?.passwordHash ?? null);
  const registration: Registration = {
    email,
    // Nobody knows whose name it would be.
    name: contested ? null : signUpNow.name,
    // The same password keeps its hash, so that two clicks at once do not look like two passwords.
    passwordHash: samePassword && before !== null ? before : passwordHash,
    tokenHash: null,
    contested,
    createdAt: now,
    expiresAt: now + context.policy.oneTimeLifeMs.verify_email,
  };
  if (!(await saveRegistration(tx, registration, previous === 'many' ? 'whatever' : { hash: before }))) return false;
  const user = await findUserByEmail(tx, email.key);
  const token = newOneTimeToken(context.random);
  const tokenHash = user === undefined ? hashOneTimeToken(token, 'verify_email') : null;
  await setRegistrationToken(tx, email.key, tokenHash, registration.expiresAt);
  await mailOnly(context, tx, registrationMail(context, user?.email ?? email.address, user === undefined, token), now);
  await audit(context, tx, now, {
    type: previous === undefined ? 'user.signed_up' : 'user.sign_up_repeated',
    outcome: 'success',
    actor: null,
    target: user?.id ?? null,
    caller,
    ...(contested && { details: { contested } }),
  });
  return true;
}

/** What an address is told that somebody signed up with: how to confirm, or that there is an account already. */
export function registrationMail(
  context: OperationContext,
  address: string,
  isNew: boolean,
  token: OneTimeToken,
): ComposedMail {
  const url = pageUrl(context, isNew ? PAGES.verifyEmail : PAGES.signIn);
  if (isNew) url.searchParams.set('token', token.reveal());
  return isNew
    ? verifyEmailMessage(address, url.href, context.policy.oneTimeLifeMs.verify_email)
    : alreadyRegisteredMessage(address, url.href);
}

/** Queues the mail in place of one of its kind that still waits: an older link does not work any more. */
export async function mailOnly(context: OperationContext, tx: Tx, mail: ComposedMail, now: number): Promise<void> {
  await deleteMailsTo(tx, mail.message.to, mail.message.kind);
  await queueMail(context, tx, now, mail);
}

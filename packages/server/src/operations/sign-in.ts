import type { Caller } from '../domain/audit/event.ts';
import { parseEmailAddress, type EmailAddress } from '../domain/email-addresses/parse.ts';
import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { normalisePassword, type Password } from '../domain/passwords/policy.ts';
import { knownDevice } from '../domain/sessions/known-device.ts';
import { findRegistration, type Registration } from '../storage/registrations.ts';
import type { Tx } from '../storage/store.ts';
import { findUserWithPassword, lockUser, replacePasswordHash, type UserWithPassword } from '../storage/users.ts';
import { takeSignIn } from './attempts.ts';
import { beginSession, concludeBeginning, type Begun } from './begin-session.ts';
import { isStillThePassword } from './confirm-password.ts';
import { audit, type OperationContext } from './context.ts';
import { HashingBusyError } from './unavailable.ts';

export interface SignInInput {
  readonly email: string;
  readonly password: string;
  readonly remember?: boolean | undefined;
  /** The session that the same cookie holds until the answer arrives. */
  readonly replaces?: { readonly id: SessionId; readonly userId: UserId } | undefined;
  /** What the browser keeps of accounts that it signed in to before. */
  readonly knownDevice?: string | undefined;
}

export type SignInResult =
  | Begun
  | { readonly kind: 'invalid_credentials' }
  | { readonly kind: 'account_banned' }
  | { readonly kind: 'email_not_verified' };

/** What the database has of an address: an account, somebody who signed up with it, both or neither. */
interface Found {
  readonly account: UserWithPassword | undefined;
  readonly registration: Registration | undefined;
}

/**
 * Checks the password and begins a session. Whatever fails costs the same time and as many attempts: whether there is
 * an account, a sign-up that waits, or neither. `email_not_verified` is for whoever knows the password of the last
 * sign-up, which an address with an account may have too.
 *
 * @throws {@link TooManyAttemptsError} where others have guessed too often, before any password is looked at.
 */
export async function signIn(context: OperationContext, input: SignInInput, caller: Caller): Promise<SignInResult> {
  const { knownDeviceMac } = context.keys;
  const email = parseEmailAddress(input.email);
  const { queries } = context.store;
  const account = email && (await findUserWithPassword(queries, email.key));
  const registration = email && (await findRegistration(queries, email.key, context.clock()));
  const device = knownDevice(input.knownDevice, account?.user.id, knownDeviceMac);
  const attempt = await takeSignIn(context, email?.key ?? input.email, device, caller);
  try {
    const result = await checkAndBegin(context, input, email, { account, registration }, caller);
    // Not where the address waits: else each sign-up with a guess would be a guess at an account's password, uncounted.
    if (result.kind === 'signed_in' || result.kind === 'account_banned') await attempt.giveBack();
    return result;
  } catch (error) {
    // Too many hashes, or no database: nobody learnt anything about a password.
    await attempt.giveBack();
    throw error;
  }
}

async function checkAndBegin(
  context: OperationContext,
  input: SignInInput,
  email: EmailAddress | undefined,
  { account, registration }: Found,
  caller: Caller,
): Promise<SignInResult> {
  const { remember = false, replaces, knownDevice: known } = input;
  const password = normalisePassword(input.password);
  const matches = await context.passwords.verify(account?.password?.hash ?? null, password);
  // A second comparison whenever the first fails, also where there is nothing to compare with.
  const waits = !matches && (await context.passwords.verify(registration?.passwordHash ?? null, password));
  const upgraded = matches ? await upgradedHash(context, account?.password?.hash, password) : undefined;
  let ended: readonly SessionId[] = [];
  const result = await context.store.transaction(async (tx): Promise<SignInResult> => {
    const now = context.clock();
    // The password may have been changed since it was compared. A wrong one is not looked into any further: the time
    // taken would tell a known address from an unknown one, and the user's row would be locked by whoever guesses.
    const locked = matches && account && (await lockUser(tx, account.user.id));
    const found = email && locked && (await findUserWithPassword(tx, email.key));
    // The address may be another account's by now.
    const current = found && found.user.id === account?.user.id ? found : undefined;
    if (!current || !isStillThePassword(context, account?.password, current.password)) {
      const kind = waits ? 'email_not_verified' : 'invalid_credentials';
      await auditFailure(context, tx, now, waits ? kind : 'wrong_password', account?.user.id, caller);
      return { kind };
    }
    const { user } = current;
    if (user.bannedAt !== null) {
      await auditFailure(context, tx, now, 'account_banned', user.id, caller);
      return { kind: 'account_banned' };
    }
    // Of several at once the first has done it.
    const isOld = current.password?.hash === account?.password?.hash;
    if (upgraded !== undefined && isOld) await replaceHash(context, tx, user.id, upgraded, caller, now);
    const asked = { user, amr: ['pwd'], how: 'password', remember, replaces, knownDevice: known, caller } as const;
    const begun = await beginSession(context, tx, asked, now);
    ended = begun.ended;
    return begun.result;
  });
  const user = result.kind === 'signed_in' ? result.user : undefined;
  await concludeBeginning(context, { user, ended }, { replaces, caller });
  return result;
}

/** The password's hash by the parameters of today, where it has others: at no other time is the password at hand. */
async function upgradedHash(
  { passwords }: OperationContext,
  hash: string | undefined,
  password: Password,
): Promise<string | undefined> {
  if (!hash || !passwords.isOutdated(hash)) return undefined;
  return passwords.hash(password).catch((error: unknown) => {
    // The next sign-in will do.
    if (error instanceof HashingBusyError) return undefined;
    throw error;
  });
}

/** In the transaction that has the user's row locked, and has seen that the hash is still the one that was compared. */
async function replaceHash(
  context: OperationContext,
  tx: Tx,
  id: UserId,
  hash: string,
  caller: Caller,
  now: Instant,
): Promise<void> {
  await replacePasswordHash(tx, id, hash);
  await audit(context, tx, now, {
    type: 'user.password_rehashed',
    outcome: 'success',
    actor: 'server',
    target: id,
    caller,
  });
}

async function auditFailure(
  context: OperationContext,
  tx: Tx,
  now: Instant,
  reason: string,
  target: UserId | undefined,
  caller: Caller,
): Promise<void> {
  await audit(context, tx, now, {
    type: 'user.sign_in_failed',
    outcome: 'failure',
    actor: null,
    target: target ?? null,
    caller,
    details: { reason },
  });
}

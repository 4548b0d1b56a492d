import type { Caller } from '../domain/audit/event.ts';
import { newId, type UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import {
  hashOneTimeToken,
  newOneTimeToken,
  parseOneTimeToken,
  type OneTimeToken,
  type OneTimeTokenHash,
} from '../domain/one-time-tokens/token.ts';
import { replaceOneTimeToken } from '../storage/one-time-tokens.ts';
import { consumeRegistrationToken, deleteRegistration, type Registration } from '../storage/registrations.ts';
import type { Tx } from '../storage/store.ts';
import { insertUser, savePasswordHash } from '../storage/users.ts';
import { networkKey, takeAttempt } from './attempts.ts';
import { audit, type OperationContext } from './context.ts';

export type ConfirmEmailResult =
  /** The account is there. With a reset token where it has no password: more than one was signed up with. */
  { readonly kind: 'confirmed'; readonly passwordReset: OneTimeToken | undefined } | { readonly kind: 'invalid_token' };

/**
 * Confirms an address by the token that was mailed to it, and makes the account. Works once. Where others signed up
 * with another password, none of them counts: whoever reads the mail chooses one.
 */
export async function confirmEmail(
  context: OperationContext,
  input: { readonly token: string },
  caller: Caller,
): Promise<ConfirmEmailResult> {
  const token = parseOneTimeToken(input.token);
  if (token === undefined) return { kind: 'invalid_token' };
  const attempt = await takeAttempt(context, ['oneTimeTokenByNetwork', networkKey(context, caller)]);
  const tokenHash = hashOneTimeToken(token, 'verify_email');
  const result = await context.store.transaction((tx) => confirm(context, tx, tokenHash, caller));
  if (result.kind === 'confirmed') await attempt.giveBack();
  return result;
}

async function confirm(
  context: OperationContext,
  tx: Tx,
  tokenHash: OneTimeTokenHash,
  caller: Caller,
): Promise<ConfirmEmailResult> {
  const now = context.clock();
  const registration = await consumeRegistrationToken(tx, tokenHash, now);
  const userId = registration && (await makeAccount(tx, registration, newId('usr', now, context.random), now));
  const outcome = userId === undefined ? 'failure' : 'success';
  const target = userId ?? null;
  await audit(context, tx, now, { type: 'user.email_verified', outcome, actor: target, target, caller });
  if (registration === undefined || userId === undefined) return { kind: 'invalid_token' };
  const passwordReset = registration.contested
    ? await offerPassword(context, tx, userId, registration.email.address, now)
    : undefined;
  return { kind: 'confirmed', passwordReset };
}

/** @returns Undefined where somebody else has confirmed the address in another way since. */
async function makeAccount(
  tx: Tx,
  { email, name, passwordHash, contested }: Registration,
  id: UserId,
  now: Instant,
): Promise<UserId | undefined> {
  if (!(await insertUser(tx, { id, email, name, role: 'user', emailVerifiedAt: now, now }))) return undefined;
  // A contested one stays till it expires: to the others nothing has changed, as where there was an account before.
  if (contested) return id;
  await savePasswordHash(tx, id, passwordHash, now);
  await deleteRegistration(tx, email.key);
  return id;
}

/** A token as a mailed link has: whoever confirmed reads the mail, and need not wait for another one. */
async function offerPassword(
  context: OperationContext,
  tx: Tx,
  userId: UserId,
  address: string,
  now: Instant,
): Promise<OneTimeToken> {
  const purpose = 'reset_password';
  const token = newOneTimeToken(context.random);
  const hash = hashOneTimeToken(token, purpose);
  const expiresAt = now + context.policy.oneTimeLifeMs[purpose];
  await replaceOneTimeToken(tx, { hash, userId, purpose, address, now, expiresAt });
  return token;
}

import type { Caller } from '../domain/audit/event.ts';
import type { EmailAddress } from '../domain/email-addresses/parse.ts';
import { SECOND_MS } from '../domain/instant.ts';
import type { MailKind } from '../domain/mail/messages.ts';
import { isLoopback, networkOf } from '../domain/network/network-of.ts';
import type { RateLimitName } from '../domain/rate-limits/rate-limits.ts';
import type { OperationContext } from './context.ts';

/** Refused for now, because it was tried too often. Nothing was looked at: neither a password nor a token. */
export class TooManyAttemptsError extends Error {
  override readonly name = 'TooManyAttemptsError';
  readonly retryAfterSeconds: number;

  constructor(retryAfterMs: number) {
    super('Too many attempts');
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / SECOND_MS));
  }
}

/** An attempt that was counted. */
export interface Attempt {
  /** It was an honest one: it does not count. */
  giveBack(): Promise<void>;
}

/** A limit, and what is counted against it; null where there is nothing to count by. */
export type AttemptKey = readonly [limit: RateLimitName, key: string | null];

/**
 * Counts an attempt against all of these limits, *before* it is looked at, so that parallel ones cannot get through
 * together.
 *
 * @throws {@link TooManyAttemptsError}, and then it counts against none of them.
 */
export async function takeAttempt(context: OperationContext, ...keys: readonly AttemptKey[]): Promise<Attempt> {
  const taken: (readonly [RateLimitName, string])[] = [];
  const giveBack = async (): Promise<void> => {
    for (const [limit, key] of taken.splice(0)) await context.attempts.giveBack(limit, key);
  };
  for (const [limit, key] of keys) {
    if (key === null) continue;
    const result = await context.attempts.take(limit, key);
    if (result.kind === 'refused') {
      await giveBack();
      throw new TooManyAttemptsError(result.retryAfterMs);
    }
    taken.push([limit, key]);
  }
  return { giveBack };
}

/**
 * Mails to an address are counted by what was asked for. So whatever uses up a count has sent its mails to the owner,
 * and nobody keeps a reset from them by asking for something else.
 */
export function mailKey(asked: 'sign_up' | MailKind, email: EmailAddress): AttemptKey {
  return ['mailByAddress', `${asked} ${email.key}`];
}

/**
 * What a caller's network counts as. Null where the connection has no address, and in development for the machine's
 * own, which is everybody there.
 */
export function networkKey({ policy }: OperationContext, { network }: Caller): string | null {
  if (network === null || (policy.loopbackUnlimited && isLoopback(network))) return null;
  return networkOf(network);
}

/**
 * Counts a sign-in. An account at which too many have guessed is slowed down and not locked: one attempt in a while
 * for each network. In a browser that has signed in to it before, the guesses of others do not count at all.
 *
 * @param account - The address as it was typed, in the form by which accounts are found: known or not.
 * @param knownDevice - Names the browser, if it has proved that it knows the account.
 */
export async function takeSignIn(
  context: OperationContext,
  account: string,
  knownDevice: string | undefined,
  caller: Caller,
): Promise<Attempt> {
  const network = networkKey(context, caller);
  const byNetwork: AttemptKey = ['signInByNetwork', network];
  if (knownDevice !== undefined) return takeAttempt(context, byNetwork, ['signInByKnownDevice', knownDevice]);
  try {
    return await takeAttempt(context, byNetwork, ['signInByAccount', account]);
  } catch (error) {
    if (!(error instanceof TooManyAttemptsError)) throw error;
    const fromNetwork = `${account} ${network ?? ''}`;
    return takeAttempt(context, byNetwork, ['slowSignInByNetwork', fromNetwork], ['slowSignInByAccount', account]);
  }
}

import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { normalisePassword } from '../domain/passwords/policy.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import type { User } from '../domain/users/user.ts';
import { findSession } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser, readPassword, type StoredPassword } from '../storage/users.ts';
import { takeAttempt } from './attempts.ts';
import type { OperationContext } from './context.ts';

/** A password that was right, as it was stored then: to be looked at again in the transaction that acts on it. */
export type ConfirmedPassword = StoredPassword;

/**
 * Compares a password with the user's; undefined where it is wrong or there is none. Takes as long as a hash does.
 *
 * @throws {@link TooManyAttemptsError} where this session has guessed too often.
 */
export async function confirmPassword(
  context: OperationContext,
  asked: { readonly userId: UserId; readonly sessionId: SessionId; readonly password: string },
): Promise<ConfirmedPassword | undefined> {
  const attempt = await takeAttempt(context, ['passwordBySession', asked.sessionId]);
  try {
    const stored = await readPassword(context.store.queries, asked.userId);
    const matches = await context.passwords.verify(stored?.hash ?? null, normalisePassword(asked.password));
    if (!matches || stored === null) return undefined;
    await attempt.giveBack();
    return stored;
  } catch (error) {
    // Too many hashes, or no database: nobody learnt anything about a password.
    await attempt.giveBack();
    throw error;
  }
}

export type LockConfirmedResult =
  | { readonly kind: 'locked'; readonly user: User; readonly session: Session }
  | { readonly kind: 'no_session' }
  | { readonly kind: 'wrong_password' };

/**
 * Locks the user's row, and makes sure that what was found before still holds: the session is live, and the password is
 * the one that was compared. Either may have ended while it was hashed.
 */
export async function lockConfirmed(
  context: OperationContext,
  tx: Tx,
  asked: {
    readonly userId: UserId;
    readonly sessionId: SessionId;
    readonly confirmed: ConfirmedPassword | undefined;
  },
  now: Instant,
): Promise<LockConfirmedResult> {
  const { userId, sessionId, confirmed } = asked;
  const user = await lockUser(tx, userId);
  const found = await findSession(tx, sessionId);
  if (user === undefined || found?.session.userId !== userId || !isLive(found.session, now)) {
    return { kind: 'no_session' };
  }
  const current = await readPassword(tx, userId);
  if (!isStillThePassword(context, confirmed, current)) return { kind: 'wrong_password' };
  return { kind: 'locked', user, session: found.session };
}

/**
 * Whether the password that was compared is still the one that counts. A sign-in may have hashed the same one anew
 * meanwhile, where the hash was outdated: a right password is none the less right for that.
 */
export function isStillThePassword(
  { passwords }: OperationContext,
  compared: StoredPassword | null | undefined,
  current: StoredPassword | null,
): boolean {
  if (!compared || current === null) return false;
  if (current.hash === compared.hash) return true;
  return current.setAt === compared.setAt && passwords.isOutdated(compared.hash);
}

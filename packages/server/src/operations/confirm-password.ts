import type { SessionId, UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { normalisePassword } from '../domain/passwords/policy.ts';
import { isLive } from '../domain/sessions/lifetime.ts';
import type { Session } from '../domain/sessions/session.ts';
import type { User } from '../domain/users/user.ts';
import { findSession } from '../storage/sessions.ts';
import type { Tx } from '../storage/store.ts';
import { lockUser, readPasswordHash } from '../storage/users.ts';
import { takeAttempt } from './attempts.ts';
import type { OperationContext } from './context.ts';

/** A password that was right: the hash that it matched, to be compared with in the transaction that acts on it. */
export interface ConfirmedPassword {
  readonly hash: string;
}

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
    const hash = await readPasswordHash(context.store.queries, asked.userId);
    const matches = await context.passwords.verify(hash, normalisePassword(asked.password));
    if (!matches || hash === null) return undefined;
    await attempt.giveBack();
    return { hash };
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
  const current = await readPasswordHash(tx, userId);
  if (confirmed === undefined || current !== confirmed.hash) return { kind: 'wrong_password' };
  return { kind: 'locked', user, session: found.session };
}

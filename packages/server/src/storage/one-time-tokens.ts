import type { UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { OneTimePurpose, OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import type { Tx } from './store.ts';

export interface NewOneTimeToken {
  readonly hash: OneTimeTokenHash;
  /** Null for a token that is the server's own. */
  readonly userId: UserId | null;
  readonly purpose: OneTimePurpose;
  /** The address that it was sent to; the token is good for that address alone. */
  readonly address: string | null;
  readonly now: Instant;
  readonly expiresAt: Instant;
}

/**
 * Replaces the token of the user and purpose: only the newest is ever good. The caller holds the user's row
 * locked, so that two replacements take turns; for a token without a user the unique index decides.
 */
export async function replaceOneTimeToken(tx: Tx, token: NewOneTimeToken): Promise<void> {
  await deleteOneTimeTokens(tx, token.userId, token.purpose);
  await tx
    .insertInto('one_time_tokens')
    .values({
      token_hash: token.hash,
      user_id: token.userId,
      purpose: token.purpose,
      address: token.address,
      created_at: token.now,
      expires_at: token.expiresAt,
    })
    .execute();
}

export type OneTimeTokenUse =
  | { readonly kind: 'consumed'; readonly userId: UserId | null; readonly address: string | null }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' };

/**
 * Consumes the token: of any number of callers at once exactly one gets `consumed`. An expired one goes as well.
 * Locks the user's row first, in the order of those who replace tokens: the other way round, two could wait for
 * each other.
 */
export async function consumeOneTimeToken(
  tx: Tx,
  hash: OneTimeTokenHash,
  purpose: OneTimePurpose,
  now: Instant,
): Promise<OneTimeTokenUse> {
  await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', tx.selectFrom('one_time_tokens').select('user_id').where('token_hash', '=', hash))
    .forUpdate()
    .executeTakeFirst();
  const row = await tx
    .deleteFrom('one_time_tokens')
    .where('token_hash', '=', hash)
    .where('purpose', '=', purpose)
    .returning(['user_id', 'address', 'expires_at'])
    .executeTakeFirst();
  if (row === undefined) return { kind: 'unknown' };
  if (now >= row.expires_at) return { kind: 'expired' };
  return { kind: 'consumed', userId: row.user_id, address: row.address };
}

/** Removes the token of the user and purpose, if there is one. */
export async function deleteOneTimeTokens(tx: Tx, userId: UserId | null, purpose: OneTimePurpose): Promise<void> {
  await tx
    .deleteFrom('one_time_tokens')
    .where('purpose', '=', purpose)
    .where('user_id', userId === null ? 'is' : '=', userId)
    .execute();
}

/**
 * Removes what has expired; gives how many. Safe on several nodes at once: none waits for rows that another one is
 * removing.
 *
 * @param limit - About how many at most, so that no statement takes long.
 */
export async function purgeOneTimeTokens(tx: Tx, now: Instant, limit: number): Promise<number> {
  const expired = tx.selectFrom('one_time_tokens').select('token_hash').where('expires_at', '<=', now).limit(limit);
  const result = await tx
    .deleteFrom('one_time_tokens')
    .where('token_hash', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

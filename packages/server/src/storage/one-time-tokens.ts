import type { UserId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { OneTimePurpose, OneTimeTokenHash } from '../domain/one-time-tokens/token.ts';
import type { Queries, Tx } from './store.ts';

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
 * Replaces the token of the user and purpose: only the newest is ever good. Those that undo a change of the address stay
 * beside each other, in the order in which they were made. The caller holds the user's row locked, so that two
 * replacements take turns; for a token without a user the unique index decides.
 */
export async function replaceOneTimeToken(tx: Tx, token: NewOneTimeToken): Promise<void> {
  const undoes = token.purpose === 'undo_email_change';
  if (!undoes) {
    await tx
      .deleteFrom('one_time_tokens')
      .where('purpose', '=', token.purpose)
      .where('user_id', token.userId === null ? 'is' : '=', token.userId)
      .execute();
  }
  const before = undoes && (await lastChangeOfAddress(tx, token.userId));
  await tx
    .insertInto('one_time_tokens')
    .values({
      token_hash: token.hash,
      user_id: token.userId,
      purpose: token.purpose,
      address: token.address,
      // Nodes' clocks differ a little, and the order decides who may undo whose change.
      created_at: before ? Math.max(token.now, before + 1) : token.now,
      expires_at: token.expiresAt,
    })
    .execute();
}

/** When the user's address changed last, as far as that can be undone. */
async function lastChangeOfAddress(tx: Tx, userId: UserId | null): Promise<Instant | undefined> {
  const row = await tx
    .selectFrom('one_time_tokens')
    .select('created_at')
    .where('user_id', '=', userId)
    .where('purpose', '=', 'undo_email_change')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.created_at;
}

export type OneTimeTokenUse =
  | {
      readonly kind: 'consumed';
      readonly userId: UserId | null;
      readonly address: string | null;
      readonly createdAt: Instant;
    }
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
    .returning(['user_id', 'address', 'created_at', 'expires_at'])
    .executeTakeFirst();
  if (row === undefined) return { kind: 'unknown' };
  if (now >= row.expires_at) return { kind: 'expired' };
  return { kind: 'consumed', userId: row.user_id, address: row.address, createdAt: row.created_at };
}

/**
 * Removes all tokens of the user but those that undo a change of the address: whoever changed it may know the password
 * and read the mail, and must not be able to take the way back from the owner.
 */
export async function deleteTokensOfUser(tx: Tx, userId: UserId): Promise<void> {
  await tx
    .deleteFrom('one_time_tokens')
    .where('user_id', '=', userId)
    .where('purpose', '!=', 'undo_email_change')
    .execute();
}

/**
 * Removes all tokens of the user, but those that undo a change from before the address was given up. Where it was given
 * up more than once, the first time counts: the ones between may be an intruder's.
 *
 * @param used - The token that gave the address back, and is gone by now.
 */
export async function deleteTokensOfUserSince(
  tx: Tx,
  userId: UserId,
  used: { readonly address: string; readonly createdAt: Instant },
): Promise<void> {
  const first = await tx
    .selectFrom('one_time_tokens')
    .select('created_at')
    .where('user_id', '=', userId)
    .where('purpose', '=', 'undo_email_change')
    // Spellings of one address are one: keys of addresses are in lower case.
    .where((where) => where(where.fn<string>('lower', ['address']), '=', used.address.toLowerCase()))
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  const since = Math.min(used.createdAt, first?.created_at ?? used.createdAt);
  await tx
    .deleteFrom('one_time_tokens')
    .where('user_id', '=', userId)
    .where((where) => where.or([where('purpose', '!=', 'undo_email_change'), where('created_at', '>=', since)]))
    .execute();
}

/**
 * Whose token it is, where it is good just now. Reads without a lock: to be consumed before anything is done for it.
 */
export async function findOwnerOfOneTimeToken(
  queries: Queries,
  hash: OneTimeTokenHash,
  purpose: OneTimePurpose,
  now: Instant,
): Promise<{ readonly name: string | null; readonly email: string } | undefined> {
  return queries
    .selectFrom('one_time_tokens')
    .innerJoin('users', 'users.id', 'one_time_tokens.user_id')
    .select(['users.name', 'users.email'])
    .where('token_hash', '=', hash)
    .where('purpose', '=', purpose)
    .where('expires_at', '>', now)
    .executeTakeFirst();
}

/** Addresses that tokens of the user were sent to, by purpose. */
export async function listTokenAddresses(
  tx: Tx,
  userId: UserId,
): Promise<readonly { readonly purpose: string; readonly address: string }[]> {
  const rows = await tx
    .selectFrom('one_time_tokens')
    .select(['purpose', 'address'])
    .where('user_id', '=', userId)
    .execute();
  return rows.flatMap(({ purpose, address }) => (address === null ? [] : [{ purpose, address }]));
}

/**
 * Does the same as {@link replaceOneTimeToken}, for nobody, and leaves nothing: so that the time taken does not tell
 * whether there was a user.
 */
export async function pretendToReplaceOneTimeToken(tx: Tx, hash: OneTimeTokenHash, now: Instant): Promise<void> {
  // A purpose that no other has: the unique index makes nobody wait.
  const purpose = `nobody:${hash}`;
  const row = { token_hash: hash, user_id: null, purpose, address: null, created_at: now, expires_at: now };
  await tx.insertInto('one_time_tokens').values(row).execute();
  await tx.deleteFrom('one_time_tokens').where('purpose', '=', purpose).where('user_id', 'is', null).execute();
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

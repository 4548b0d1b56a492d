import { createHash } from 'node:crypto';
import type { Instant } from '../domain/instant.ts';
import type { Tx } from './store.ts';

/** What kind of token an id is of: the same id in another kind is another token. */
export type OneTimeTokenKind = 'client_assertion' | 'dpop_proof';

/** A token that works once. */
export interface TokenUse {
  readonly kind: OneTimeTokenKind;
  /** Whose `jti` it is: the client that signed it, or the key. */
  readonly owner: string;
  /** The `jti`. */
  readonly id: string;
  /** From when on the token is refused for its age, whatever this table says. */
  readonly expiresAt: Instant;
}

/**
 * Remembers that a token was used. Of any number of calls at once, on any number of nodes, one gets `true`; the
 * others wait for its transaction, and one of them gets `true` where that is undone.
 */
export async function takeTokenId(tx: Tx, { kind, owner, id, expiresAt }: TokenUse): Promise<boolean> {
  // In JSON, so that no two pairs of owner and id are written alike.
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, owner, id]))
    .digest('hex');
  const result = await tx
    .insertInto('used_token_ids')
    .values({ id_hash: hash, expires_at: expiresAt })
    .onConflict((conflict) => conflict.column('id_hash').doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows) === 1;
}

/** Removes ids of tokens that have expired; gives how many. Safe on several nodes at once. */
export async function purgeUsedTokenIds(tx: Tx, now: Instant, limit: number): Promise<number> {
  const expired = tx.selectFrom('used_token_ids').select('id_hash').where('expires_at', '<=', now).limit(limit);
  const result = await tx
    .deleteFrom('used_token_ids')
    .where('id_hash', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

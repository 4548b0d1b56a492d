import type { Tx } from './store.ts';

/**
 * Makes those take turns who change what belongs to the server as a whole and has no row of its own to lock
 * yet (the first keys, the first administrator). Held until the transaction ends.
 */
export async function lockServer(tx: Tx): Promise<void> {
  await tx.selectFrom('revocation_head').select('id').where('id', '=', 1).forUpdate().executeTakeFirst();
}

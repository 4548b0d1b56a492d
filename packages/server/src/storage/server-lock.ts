import type { Tx } from './store.ts';

/**
 * Makes those take turns who change what belongs to the server as a whole and has no row of its own to lock
 * yet (the first keys, the first administrator). Held until the transaction ends. The row of the first migration
 * stands for the server: it is always there, nothing changes it, and nobody locks it for another reason.
 */
export async function lockServer(tx: Tx): Promise<void> {
  await tx
    .selectFrom('schema_migrations')
    .select('name')
    .where('name', '=', '0001-initial')
    .forUpdate()
    .executeTakeFirstOrThrow();
}

import type { Instant } from '../domain/instant.ts';
import type { SigningKey } from '../domain/keys/signing-key.ts';
import type { SigningKeyRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** All keys, the newest first. */
export async function listSigningKeys(queries: Queries): Promise<readonly SigningKey[]> {
  const rows = await queries
    .selectFrom('signing_keys')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute();
  return rows.map(toSigningKey);
}

/** Whoever calls this and the next two holds the server's lock; the database refuses a second active or next key. */
export async function insertSigningKey(tx: Tx, key: SigningKey): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values({
      kid: key.kid,
      algorithm: key.algorithm,
      state: key.state,
      public_jwk: key.publicJwk,
      private_sealed: key.privateSealed,
      created_at: key.createdAt,
      activated_at: key.activatedAt,
      retired_at: key.retiredAt,
    })
    .execute();
}

/** From next to active; fails where the key is not the next one. */
export async function activateSigningKey(tx: Tx, kid: string, now: Instant): Promise<void> {
  await tx
    .updateTable('signing_keys')
    .set({ state: 'active', activated_at: now })
    .where('kid', '=', kid)
    .where('state', '=', 'next')
    .returning('kid')
    .executeTakeFirstOrThrow();
}

/** Fails where the key is retired already: its last token's life is counted from the first time. */
export async function retireSigningKey(tx: Tx, kid: string, now: Instant): Promise<void> {
  await tx
    .updateTable('signing_keys')
    .set({ state: 'retired', retired_at: now })
    .where('kid', '=', kid)
    .where('state', '!=', 'retired')
    .returning('kid')
    .executeTakeFirstOrThrow();
}

/** Safe to call on several nodes at once. */
export async function deleteSigningKey(tx: Tx, kid: string): Promise<void> {
  await tx.deleteFrom('signing_keys').where('kid', '=', kid).execute();
}

function toSigningKey(row: SigningKeyRow): SigningKey {
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    state: row.state,
    publicJwk: row.public_jwk,
    privateSealed: row.private_sealed,
    createdAt: row.created_at,
    activatedAt: row.activated_at,
    retiredAt: row.retired_at,
  };
}

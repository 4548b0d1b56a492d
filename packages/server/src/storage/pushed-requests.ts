import type { ClientId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Queries, Tx } from './store.ts';

/** An authorization request that a client sent ahead (RFC 9126). */
export interface PushedRequest {
  /** SHA-256 of the reference, in hexadecimal. */
  readonly referenceHash: string;
  readonly clientId: ClientId;
  readonly parametersSealed: Uint8Array;
  readonly createdAt: Instant;
  /** From when on nobody can begin with it. */
  readonly expiresAt: Instant;
}

export async function insertPushedRequest(tx: Tx, request: PushedRequest): Promise<void> {
  await tx
    .insertInto('pushed_requests')
    .values({
      reference_hash: request.referenceHash,
      client_id: request.clientId,
      parameters_sealed: request.parametersSealed,
      created_at: request.createdAt,
      expires_at: request.expiresAt,
    })
    .execute();
}

/** The sealed parameters of the client's request that has not expired, nor given a code. Reads without a lock. */
export async function findPushedRequest(
  queries: Queries,
  referenceHash: string,
  clientId: ClientId,
  now: Instant,
): Promise<Uint8Array | undefined> {
  const row = await queries
    .selectFrom('pushed_requests')
    .select('parameters_sealed')
    .where('reference_hash', '=', referenceHash)
    .where('client_id', '=', clientId)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row?.parameters_sealed;
}

/**
 * Uses the request up, expired or not: who began with it in time may take longer to answer. Of any number of calls at
 * once, on any number of nodes, one gets `true`.
 */
export async function consumePushedRequest(tx: Tx, referenceHash: string): Promise<boolean> {
  const result = await tx.deleteFrom('pushed_requests').where('reference_hash', '=', referenceHash).executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

/** Removes requests that expired before `before`; gives how many. Safe on several nodes at once. */
export async function purgePushedRequests(tx: Tx, before: Instant, limit: number): Promise<number> {
  const expired = tx
    .selectFrom('pushed_requests')
    .select('reference_hash')
    .where('expires_at', '<', before)
    .limit(limit);
  const result = await tx
    .deleteFrom('pushed_requests')
    .where('reference_hash', 'in', expired.forUpdate().skipLocked())
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

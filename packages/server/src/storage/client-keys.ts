import type { ClientId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Queries, Tx } from './store.ts';

/** A public key of a client. */
export interface StoredClientKey {
  /** The client's own name for it, or its thumbprint (RFC 7638): one key of the client has it. */
  readonly kid: string;
  /** The public key as a JWK, with `kid` and `alg`, in JSON; written alike whenever it is the same key. */
  readonly publicJwk: string;
}

/** A key by which verifiers may know its client. */
export interface EnabledClientKey extends StoredClientKey {
  readonly clientId: ClientId;
  readonly clientVersion: number;
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

/** The client's keys, the oldest first. Reads without a lock; says nothing of how long ago they were fetched. */
export async function listClientKeys(queries: Queries, clientId: ClientId): Promise<readonly StoredClientKey[]> {
  const rows = await queries
    .selectFrom('client_keys')
    .select(['kid', 'public_jwk'])
    .where('client_id', '=', clientId)
    .orderBy('created_at')
    .orderBy('kid')
    .execute();
  return rows.map(toClientKey);
}

/**
 * All keys of clients that are enabled, with what each client may do, in one query: as of one moment. By client and
 * key, in an order that stays.
 *
 * @param fetchedAfter - Fetched keys that nobody could fetch again since are left out.
 */
export async function listKeysOfEnabledClients(
  queries: Queries,
  fetchedAfter: Instant,
): Promise<readonly EnabledClientKey[]> {
  const rows = await queries
    .selectFrom('client_keys')
    .innerJoin('clients', 'clients.id', 'client_keys.client_id')
    .select(['client_keys.client_id', 'client_keys.kid', 'client_keys.public_jwk'])
    .select(['clients.version', 'clients.grants', 'clients.scopes', 'clients.audiences'])
    .where('clients.disabled_at', 'is', null)
    .where((where) =>
      where.or([where('clients.jwks_uri', 'is', null), where('clients.jwks_fetched_at', '>', fetchedAfter)]),
    )
    .orderBy('client_keys.client_id')
    .orderBy('client_keys.kid')
    .execute();
  return rows.map((row) => ({
    ...toClientKey(row),
    clientId: row.client_id,
    clientVersion: row.version,
    grants: words(row.grants),
    scopes: words(row.scopes),
    audiences: words(row.audiences),
  }));
}

/** What became of a client's keys. */
export interface ReplacedKeys {
  readonly added: readonly string[];
  /** Ids of keys that are no more, those whose id now names another key among them. */
  readonly removed: readonly string[];
}

/**
 * Makes these the client's keys, and no others. A key that stays keeps its age. The caller holds the client's row
 * locked, and voids what the removed keys could have signed.
 */
export async function replaceClientKeys(
  tx: Tx,
  clientId: ClientId,
  keys: readonly StoredClientKey[],
  now: Instant,
): Promise<ReplacedKeys> {
  const before = await listClientKeys(tx, clientId);
  const added = keys.filter((key) => !before.some((other) => isSame(key, other)));
  const removed = before.filter((key) => !keys.some((other) => isSame(key, other))).map(({ kid }) => kid);
  if (removed.length > 0) {
    await tx.deleteFrom('client_keys').where('client_id', '=', clientId).where('kid', 'in', removed).execute();
  }
  if (added.length > 0) {
    const rows = added.map(({ kid, publicJwk }) => ({
      client_id: clientId,
      kid,
      public_jwk: publicJwk,
      created_at: now,
    }));
    await tx.insertInto('client_keys').values(rows).execute();
  }
  return { added: added.map(({ kid }) => kid), removed };
}

function isSame(left: StoredClientKey, right: StoredClientKey): boolean {
  return left.kid === right.kid && left.publicJwk === right.publicJwk;
}

function toClientKey(row: { readonly kid: string; readonly public_jwk: string }): StoredClientKey {
  return { kid: row.kid, publicJwk: row.public_jwk };
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

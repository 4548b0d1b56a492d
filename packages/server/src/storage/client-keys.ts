import type { Client } from '../domain/clients/client.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import type { ClientId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { words } from '../domain/words.ts';
import { toClient } from './clients.ts';
import type { Queries, Tx } from './store.ts';

/** A key by which verifiers may know its client. */
export interface EnabledClientKey extends ClientKey {
  readonly clientId: ClientId;
  readonly clientVersion: number;
  readonly grants: readonly string[];
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly dpopBound: boolean;
}

/** What the authentication by keys needs, in one query. */
export interface ClientWithKeys {
  readonly client: Client;
  readonly keys: readonly ClientKey[];
  /** When they were last fetched; null: never, or they were registered. */
  readonly fetchedAt: Instant | null;
  /** When somebody last began to fetch them. */
  readonly askedAt: Instant | null;
}

/** Reads without a lock, client and keys as of the same moment; disabled clients and keys of any age as well. */
export async function findClientWithKeys(queries: Queries, id: ClientId): Promise<ClientWithKeys | undefined> {
  const rows = await queries
    .selectFrom('clients')
    .leftJoin('client_keys', 'client_keys.client_id', 'clients.id')
    .selectAll('clients')
    .select(['client_keys.kid', 'client_keys.public_jwk'])
    .where('clients.id', '=', id)
    .orderBy('client_keys.kid')
    .execute();
  const [first] = rows;
  if (first === undefined) return undefined;
  const keys = rows.flatMap(({ kid, public_jwk: publicJwk }) =>
    kid === null || publicJwk === null ? [] : [{ kid, publicJwk }],
  );
  return { client: toClient(first), keys, fetchedAt: first.jwks_fetched_at, askedAt: first.jwks_asked_at };
}

/** The client's keys, the oldest first. Reads without a lock; says nothing of how long ago they were fetched. */
export async function listClientKeys(queries: Queries, clientId: ClientId): Promise<readonly ClientKey[]> {
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
    .select(['clients.version', 'clients.grants', 'clients.scopes', 'clients.audiences', 'clients.dpop_bound'])
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
    dpopBound: row.dpop_bound === 1,
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
  keys: readonly ClientKey[],
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

/** Says from where the keys are fetched; null: from nowhere. The caller holds the row locked. */
export async function setKeySetUri(tx: Tx, id: ClientId, uri: string | null, fetchedAt: Instant | null): Promise<void> {
  const values = { jwks_uri: uri, jwks_fetched_at: fetchedAt, jwks_asked_at: fetchedAt };
  await tx.updateTable('clients').set(values).where('id', '=', id).execute();
}

/**
 * Takes the turn to fetch the client's keys, unless somebody took it after `askedBefore`. Of any number of calls at
 * once, on any number of nodes, one gets `true`.
 */
export async function takeTurnToFetch(tx: Tx, id: ClientId, askedBefore: Instant, now: Instant): Promise<boolean> {
  const result = await tx
    .updateTable('clients')
    .set({ jwks_asked_at: now })
    .where('id', '=', id)
    .where('jwks_uri', 'is not', null)
    .where((where) => where.or([where('jwks_asked_at', 'is', null), where('jwks_asked_at', '<=', askedBefore)]))
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/**
 * Whether whoever took the turn at `askedAt` has it still: nobody has asked or been told of keys since, and they are
 * where they were. The caller holds the row locked.
 */
export async function hasTurnToFetch(tx: Tx, id: ClientId, uri: string, askedAt: Instant): Promise<boolean> {
  const row = await tx
    .selectFrom('clients')
    .select('id')
    .where('id', '=', id)
    .where('jwks_uri', '=', uri)
    .where('jwks_asked_at', '=', askedAt)
    .executeTakeFirst();
  return row !== undefined;
}

/** Clients whose keys nobody has begun to fetch since `askedBefore`, those that wait the longest first. */
export async function listClientsToFetch(
  queries: Queries,
  askedBefore: Instant,
  limit: number,
): Promise<readonly ClientId[]> {
  const rows = await queries
    .selectFrom('clients')
    .select('id')
    .where('jwks_uri', 'is not', null)
    .where('disabled_at', 'is', null)
    .where((where) => where.or([where('jwks_asked_at', 'is', null), where('jwks_asked_at', '<=', askedBefore)]))
    .orderBy((order) => order.fn.coalesce('jwks_asked_at', order.lit(0)))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

function isSame(left: ClientKey, right: ClientKey): boolean {
  return left.kid === right.kid && left.publicJwk === right.publicJwk;
}

function toClientKey(row: { readonly kid: string; readonly public_jwk: string }): ClientKey {
  return { kid: row.kid, publicJwk: row.public_jwk };
}

import type { Client, ClientAuthMethod, GrantType } from '../domain/clients/client.ts';
import type { StoredClientSecret } from '../domain/clients/secret.ts';
import type { ClientId, SessionId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { SessionEndReason } from '../domain/sessions/session.ts';
import { words } from '../domain/words.ts';
import { compileOnce, type Parameter } from './compiled-query.ts';
import type { ClientRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** What authentication needs, in one query. */
export interface ClientWithSecrets {
  readonly client: Client;
  readonly secrets: readonly StoredClientSecret[];
}

const selectWithSecrets = compileOnce((queries, parameter: Parameter<{ readonly id: ClientId }>) =>
  queries
    .selectFrom('clients')
    .leftJoin('client_secrets', 'client_secrets.client_id', 'clients.id')
    .selectAll('clients')
    .select(['client_secrets.secret_hash', 'client_secrets.expires_at', 'client_secrets.secret_sealed'])
    .where('clients.id', '=', parameter('id')),
);

const selectClient = compileOnce((queries, parameter: Parameter<{ readonly id: ClientId }>) =>
  queries.selectFrom('clients').selectAll().where('id', '=', parameter('id')),
);

/** Reads without a lock, client and secrets as of the same moment; disabled clients and expired secrets as well. */
export async function findClientWithSecrets(queries: Queries, id: ClientId): Promise<ClientWithSecrets | undefined> {
  const rows = await selectWithSecrets(queries, { id });
  const [first] = rows;
  if (first === undefined) return undefined;
  const secrets = rows.flatMap(({ secret_hash: hash, expires_at: expiresAt, secret_sealed: sealed }) =>
    hash === null ? [] : [{ hash, expiresAt, sealed }],
  );
  return { client: toClient(first), secrets };
}

/** Registers a client. */
export async function insertClient(tx: Tx, client: Client): Promise<void> {
  await tx
    .insertInto('clients')
    .values({
      id: client.id,
      name: client.name,
      auth_method: client.authMethod,
      grants: client.grants.join(' '),
      scopes: client.scopes.join(' '),
      audiences: client.audiences.join(' '),
      redirect_uris: client.redirectUris.join(' '),
      version: client.version,
      disabled_at: client.disabledAt,
      created_at: client.createdAt,
      updated_at: client.createdAt,
      first_party: client.firstParty ? 1 : 0,
      post_logout_redirect_uris: client.postLogoutRedirectUris.join(' '),
      jwks_uri: client.jwksUri,
      jwks_fetched_at: null,
      jwks_asked_at: null,
      backchannel_logout_uri: client.backchannelLogoutUri,
      dpop_bound: client.dpopBound ? 1 : 0,
      require_pushed_requests: client.requirePushedRequests ? 1 : 0,
    })
    .execute();
}

/** Reads without a lock; a disabled client as well. */
export async function findClient(queries: Queries, id: ClientId): Promise<Client | undefined> {
  const [row] = await selectClient(queries, { id });
  return row && toClient(row);
}

/** The names of clients, by their ids. */
export async function listClientNames(queries: Queries, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await queries
    .selectFrom('clients')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(ids)] as ClientId[])
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/**
 * Locks the row until the transaction ends: whoever changes the same client or its secrets takes turns. Rows that refer
 * to it may come meanwhile, so that nobody who ends a session, and has a client told of it, waits for one who waits for
 * that session.
 */
export async function lockClient(tx: Tx, id: ClientId): Promise<Client | undefined> {
  const row = await tx.selectFrom('clients').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  return row && toClient(row);
}

/** Disables the client or, by null, enables it. The caller holds the row locked. */
export async function setClientDisabled(tx: Tx, id: ClientId, disabledAt: Instant | null, now: Instant): Promise<void> {
  await tx.updateTable('clients').set({ disabled_at: disabledAt, updated_at: now }).where('id', '=', id).execute();
}

/** Raises the client version, so that every token of before is void; gives the new one. Locks the row. */
export async function raiseClientVersion(tx: Tx, id: ClientId, now: Instant): Promise<number> {
  const row = await tx
    .updateTable('clients')
    .set((expression) => ({ version: expression('version', '+', 1), updated_at: now }))
    .where('id', '=', id)
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

/** Removes the client with its secrets. The caller holds the row locked, and the sessions of the client have ended. */
export async function deleteClient(tx: Tx, id: ClientId): Promise<void> {
  // Whoever ends a session takes these rows first, and then needs the client's.
  await tx.deleteFrom('signed_in_clients').where('client_id', '=', id).execute();
  await tx.deleteFrom('clients').where('id', '=', id).execute();
}

/** A secret to store. */
export interface NewClientSecret extends StoredClientSecret {
  readonly clientId: ClientId;
  readonly createdAt: Instant;
}

/** Gives the client one more secret. */
export async function insertClientSecret(tx: Tx, secret: NewClientSecret): Promise<void> {
  await tx
    .insertInto('client_secrets')
    .values({
      secret_hash: secret.hash,
      client_id: secret.clientId,
      created_at: secret.createdAt,
      expires_at: secret.expiresAt,
      secret_sealed: secret.sealed,
    })
    .execute();
}

/**
 * Makes room for a new secret: the one that stays until now expires at `expiresAt`, all older ones go. So there are
 * never more than two. The caller holds the client's row locked.
 */
export async function retireClientSecrets(tx: Tx, clientId: ClientId, expiresAt: Instant): Promise<void> {
  await tx.deleteFrom('client_secrets').where('client_id', '=', clientId).where('expires_at', 'is not', null).execute();
  await tx.updateTable('client_secrets').set({ expires_at: expiresAt }).where('client_id', '=', clientId).execute();
}

/** Removes all secrets of the client. The caller holds the client's row locked. */
export async function deleteClientSecrets(tx: Tx, clientId: ClientId): Promise<void> {
  await tx.deleteFrom('client_secrets').where('client_id', '=', clientId).execute();
}

/**
 * Ends all sessions that the client holds, whoever's they are; gives the ids of those that this call ended: of
 * several calls at once, each id to one.
 */
export async function endSessionsOfClient(
  tx: Tx,
  clientId: ClientId,
  reason: SessionEndReason,
  now: Instant,
): Promise<readonly SessionId[]> {
  const ended = await tx
    .updateTable('sessions')
    .set({ revoked_at: now, revoked_reason: reason })
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  return ended.map((row) => row.id);
}

/** A client, as its row has it. */
export function toClient(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    authMethod: row.auth_method as ClientAuthMethod,
    grants: words(row.grants) as readonly GrantType[],
    scopes: words(row.scopes),
    audiences: words(row.audiences),
    redirectUris: words(row.redirect_uris),
    firstParty: row.first_party === 1,
    postLogoutRedirectUris: words(row.post_logout_redirect_uris),
    jwksUri: row.jwks_uri,
    backchannelLogoutUri: row.backchannel_logout_uri,
    dpopBound: row.dpop_bound === 1,
    requirePushedRequests: row.require_pushed_requests === 1,
    version: row.version,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
  };
}

import type { Client } from '../domain/clients/client.ts';
import type { ChangeableClient } from '../domain/clients/change.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import type { ClientId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { toClient } from './clients.ts';
import type { Queries, Tx } from './store.ts';

/** Clients, the newest first. @param before - The last id of the page before; undefined for the first page. */
export async function listClientsPage(
  queries: Queries,
  before: ClientId | undefined,
  limit: number,
): Promise<readonly Client[]> {
  const query = queries.selectFrom('clients').selectAll().orderBy('id', 'desc').limit(limit);
  const rows = await (before === undefined ? query : query.where('id', '<', before)).execute();
  return rows.map(toClient);
}

/** The public keys of these clients, registered or fetched. */
export async function listKeysOfClients(
  queries: Queries,
  ids: readonly ClientId[],
): Promise<ReadonlyMap<ClientId, readonly ClientKey[]>> {
  if (ids.length === 0) return new Map();
  const rows = await queries
    .selectFrom('client_keys')
    .select(['client_id', 'kid', 'public_jwk'])
    .where('client_id', 'in', ids)
    .orderBy('client_id')
    .orderBy('kid')
    .execute();
  const keys = new Map<ClientId, ClientKey[]>();
  for (const { client_id: id, kid, public_jwk: publicJwk } of rows) {
    keys.set(id, [...(keys.get(id) ?? []), { kid, publicJwk }]);
  }
  return keys;
}

/** Writes what an operator changed. Whoever takes something away raises the version too. The caller holds the row locked. */
export async function saveClientChange(tx: Tx, id: ClientId, client: ChangeableClient, now: Instant): Promise<void> {
  await tx
    .updateTable('clients')
    .set({
      name: client.name,
      grants: client.grants.join(' '),
      scopes: client.scopes.join(' '),
      audiences: client.audiences.join(' '),
      redirect_uris: client.redirectUris.join(' '),
      first_party: client.firstParty ? 1 : 0,
      post_logout_redirect_uris: client.postLogoutRedirectUris.join(' '),
      backchannel_logout_uri: client.backchannelLogoutUri,
      dpop_bound: client.dpopBound ? 1 : 0,
      require_pushed_requests: client.requirePushedRequests ? 1 : 0,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute();
}

import type { Client } from '../domain/clients/client.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import type { ClientId } from '../domain/ids.ts';
import { listClientsPage, listKeysOfClients } from '../storage/client-list.ts';
import { findClient } from '../storage/clients.ts';
import type { OperationContext } from './context.ts';
import { toPage, type Page } from './page.ts';

/** A client, and its public keys. */
export interface ClientWithPublicKeys {
  readonly client: Client;
  readonly keys: readonly ClientKey[];
}

/** The client with this id; a disabled one as well. */
export async function readClient({ store }: OperationContext, id: ClientId): Promise<ClientWithPublicKeys | undefined> {
  const client = await findClient(store.queries, id);
  if (client === undefined) return undefined;
  return { client, keys: (await listKeysOfClients(store.queries, [id])).get(id) ?? [] };
}

/** A page of all clients, the newest first. @param before - `next` of the page before. */
export async function readClientsPage(
  { store }: OperationContext,
  before: ClientId | undefined,
  limit: number,
): Promise<Page<ClientWithPublicKeys>> {
  const { items, next } = toPage(await listClientsPage(store.queries, before, limit + 1), limit, ({ id }) => id);
  const keys = await listKeysOfClients(
    store.queries,
    items.map(({ id }) => id),
  );
  return { items: items.map((client) => ({ client, keys: keys.get(client.id) ?? [] })), next };
}

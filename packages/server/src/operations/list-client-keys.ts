import type { ClientKeysDocument, WireClient } from '@latchkey/protocol';
import type { Client } from '../domain/clients/client.ts';
import { decideSelfSignedAccess } from '../domain/clients/self-signed.ts';
import { listKeysOfEnabledClients, type EnabledClientKey } from '../storage/client-keys.ts';
import { readRevocationHead } from '../storage/revocations.ts';
import type { OperationContext } from './context.ts';
import { KEYS_KEPT_MS } from './fetch-client-keys.ts';

/**
 * The keys by which clients may show themselves to a resource server. The place in the log is read first, so that the
 * keys are at least as new as it says.
 */
export async function listClientKeysFor(
  { store, clock }: OperationContext,
  reader: Pick<Client, 'audiences'>,
): Promise<ClientKeysDocument> {
  const { epoch, seq } = await readRevocationHead(store.queries);
  const keys = await listKeysOfEnabledClients(store.queries, clock() - KEYS_KEPT_MS);
  const byClient = Map.groupBy(keys, ({ clientId }) => clientId);
  return { epoch, seq, clients: [...byClient.values()].flatMap((own) => describeClient(own, reader)) };
}

function describeClient(keys: readonly EnabledClientKey[], reader: Pick<Client, 'audiences'>): WireClient[] {
  const [client] = keys;
  if (client === undefined) return [];
  const access = decideSelfSignedAccess(client, reader);
  if (access === undefined) return [];
  return [
    {
      client_id: client.clientId,
      version: client.clientVersion,
      ...(access.scopes.length > 0 && { scope: access.scopes.join(' ') }),
      audience: access.audiences,
      keys: keys.map(({ publicJwk }) => JSON.parse(publicJwk) as WireClient['keys'][number]),
    },
  ];
}

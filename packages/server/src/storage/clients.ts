import type { Client, ClientAuthMethod, GrantType } from '../domain/clients/client.ts';
import type { StoredClientSecret } from '../domain/clients/secret.ts';
import type { ClientId } from '../domain/ids.ts';
import type { ClientRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** What authentication needs, in one query. */
export interface ClientWithSecrets {
  readonly client: Client;
  readonly secrets: readonly StoredClientSecret[];
}

/** Reads without a lock, client and secrets as of the same moment; disabled clients and expired secrets as well. */
export async function findClientWithSecrets(queries: Queries, id: ClientId): Promise<ClientWithSecrets | undefined> {
  const rows = await queries
    .selectFrom('clients')
    .leftJoin('client_secrets', 'client_secrets.client_id', 'clients.id')
    .selectAll('clients')
    .select(['client_secrets.secret_hash', 'client_secrets.expires_at'])
    .where('clients.id', '=', id)
    .execute();
  const [first] = rows;
  if (first === undefined) return undefined;
  const secrets = rows.flatMap(({ secret_hash: hash, expires_at: expiresAt }) =>
    hash === null ? [] : [{ hash, expiresAt }],
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
    })
    .execute();
}

/** Gives the client one more secret. */
export async function insertClientSecret(
  tx: Tx,
  secret: StoredClientSecret & { readonly clientId: ClientId; readonly createdAt: number },
): Promise<void> {
  await tx
    .insertInto('client_secrets')
    .values({
      secret_hash: secret.hash,
      client_id: secret.clientId,
      created_at: secret.createdAt,
      expires_at: secret.expiresAt,
    })
    .execute();
}

function toClient(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    authMethod: row.auth_method as ClientAuthMethod,
    grants: words(row.grants) as readonly GrantType[],
    scopes: words(row.scopes),
    audiences: words(row.audiences),
    redirectUris: words(row.redirect_uris),
    version: row.version,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
  };
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

import type { AssertionRefusal } from '../domain/clients/assertion.ts';
import type { Client } from '../domain/clients/client.ts';
import type { PresentedClientCredentials } from '../domain/clients/presented-credentials.ts';
import { matchesSecret } from '../domain/clients/secret.ts';
import { isClientId, type ClientId } from '../domain/ids.ts';
import { findClient, findClientWithSecrets } from '../storage/clients.ts';
import type { OperationContext } from './context.ts';

/** Why a client was not believed. For the log only: outside, all of these look alike. */
export type ClientRefusal =
  | 'malformed'
  | 'unknown'
  | 'wrong_secret'
  | 'disabled'
  | AssertionRefusal
  /** The client has no key of this name and algorithm, or no secret to sign with. */
  | 'unknown_key'
  | 'wrong_signature'
  | 'replayed'
  /** The request names two clients. */
  | 'other_client';

export type ClientAuthentication =
  | { readonly kind: 'authenticated'; readonly client: Client }
  | {
      readonly kind: 'refused';
      readonly reason: ClientRefusal;
      /** Who it said to be, where that could be read: for the log. */
      readonly clientId?: ClientId;
    }
  /** The secret or the key is right, but the client is registered for another method: it may be told which. */
  | { readonly kind: 'other_method'; readonly client: Client };

/**
 * Checks a client's secret (RFC 6749 §2.3.1) in one query. An unknown client and a wrong secret cost the same. Does
 * not check what the client may do.
 */
export async function authenticateClient(
  context: OperationContext,
  { clientId, secret, method }: PresentedClientCredentials,
): Promise<ClientAuthentication> {
  // What cannot be ours tells nothing of whether there is such a client.
  if (!isClientId(clientId) || secret === undefined) return { kind: 'refused', reason: 'malformed' };
  const found = await findClientWithSecrets(context.store.queries, clientId);
  const matches = matchesSecret(secret, found?.secrets ?? [], context.clock());
  if (found === undefined) return { kind: 'refused', reason: 'unknown' };
  const { client } = found;
  if (!matches) return { kind: 'refused', reason: 'wrong_secret' };
  if (client.disabledAt !== null) return { kind: 'refused', reason: 'disabled' };
  return client.authMethod === method ? { kind: 'authenticated', client } : { kind: 'other_method', client };
}

/** A client that can prove nothing (RFC 6749 §2.1): known by its id, where it was registered as such. */
export async function identifyPublicClient(context: OperationContext, clientId: string): Promise<ClientAuthentication> {
  if (!isClientId(clientId)) return { kind: 'refused', reason: 'malformed' };
  const client = await findClient(context.store.queries, clientId);
  if (client === undefined) return { kind: 'refused', reason: 'unknown' };
  // Without a secret, one that has a secret is somebody else.
  if (client.authMethod !== 'none') return { kind: 'refused', reason: 'wrong_secret' };
  return client.disabledAt === null ? { kind: 'authenticated', client } : { kind: 'refused', reason: 'disabled' };
}

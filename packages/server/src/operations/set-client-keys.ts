import type { Client } from '../domain/clients/client.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import { decideKeys, type KeySource, type RegistrationProblem } from '../domain/clients/registration.ts';
import type { ClientId } from '../domain/ids.ts';
import { setKeySetUri, takeTurnToFetch } from '../storage/client-keys.ts';
import { lockClient } from '../storage/clients.ts';
import type { OperationContext } from './context.ts';
import { replaceKeys, requestKeySet, type KeySetAnswer, type KeySetFailure } from './fetch-client-keys.ts';

export type SetClientKeysResult =
  | { readonly kind: 'set'; readonly client: Client; readonly keys: readonly ClientKey[] }
  | { readonly kind: 'refused'; readonly problems: readonly RegistrationProblem[] }
  /** Nothing was changed. */
  | { readonly kind: 'not_fetched'; readonly reason: KeySetFailure }
  /** A public client has no keys. */
  | { readonly kind: 'public_client' }
  | { readonly kind: 'unknown' };

/**
 * Replaces the keys of a client, or the address where they are. Keys that go are void at once, with all tokens of the
 * client; those that stay stay good. Where they are to be fetched that is done first, and nothing changes if it fails.
 */
export async function setClientKeys(
  context: OperationContext,
  id: ClientId,
  source: KeySource,
  actor: string,
): Promise<SetClientKeysResult> {
  const { keys: registered, problems } = decideKeys(source);
  if (problems.length > 0) return { kind: 'refused', problems };
  const { jwksUri } = source;
  const answer = jwksUri === undefined ? undefined : await askInTurn(context, id, jwksUri);
  if (answer?.kind === 'not_fetched') return answer;
  const keys = answer?.keys ?? registered;
  return context.store.transaction(async (tx): Promise<SetClientKeysResult> => {
    const client = await lockClient(tx, id);
    if (client === undefined) return { kind: 'unknown' };
    if (client.authMethod === 'none') return { kind: 'public_client' };
    const now = context.clock();
    await setKeySetUri(tx, id, jwksUri ?? null, answer === undefined ? null : now);
    const isMoved = client.jwksUri !== (jwksUri ?? null);
    const replaced = await replaceKeys(context, tx, { client, keys, isMoved, actor, now });
    return { kind: 'set', client: { ...replaced, jwksUri: jwksUri ?? null }, keys };
  });
}

/** Nobody else begins to ask meanwhile, and whoever has begun has lost the turn: what counts is this answer. */
async function askInTurn(context: OperationContext, id: ClientId, jwksUri: string): Promise<KeySetAnswer> {
  const now = context.clock();
  await context.store.transaction((tx) => takeTurnToFetch(tx, id, now, now));
  return requestKeySet(context, jwksUri);
}

import type { Client } from '../domain/clients/client.ts';
import {
  MAX_KEY_SET_BYTES,
  readClientKeys,
  type ClientKey,
  type ClientKeyProblemCode,
} from '../domain/clients/keys.ts';
import type { ClientId } from '../domain/ids.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS, type Instant } from '../domain/instant.ts';
import {
  hasTurnToFetch,
  listClientsToFetch,
  replaceClientKeys,
  setKeySetUri,
  takeTurnToFetch,
} from '../storage/client-keys.ts';
import { findClient, lockClient, raiseClientVersion } from '../storage/clients.ts';
import type { Tx } from '../storage/store.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import type { OutboundFailure } from './outbound.ts';

/** How old fetched keys become before they are fetched anew. */
export const KEYS_DUE_AFTER_MS = 5 * MINUTE_MS;
/** How soon they are fetched anew for a key that is not among them, or where that failed. */
export const KEYS_UNKNOWN_AFTER_MS = 30 * SECOND_MS;
/** How long keys are used that nobody could fetch again. */
export const KEYS_KEPT_MS = DAY_MS;
/** Requests at a time in the background: each may take seconds, and a slow client is not to hold up the others. */
const REQUESTS_AT_ONCE = 10;

export type KeySetFailure = OutboundFailure | 'bad_status' | ClientKeyProblemCode;

export type KeySetAnswer =
  | { readonly kind: 'fetched'; readonly keys: readonly ClientKey[] }
  | { readonly kind: 'not_fetched'; readonly reason: KeySetFailure };

export type FetchKeysResult =
  | KeySetAnswer
  /** Somebody else does so, or did so a moment ago; or there is nothing to fetch. */
  | { readonly kind: 'not_due' };

/**
 * Fetches the keys of a client, unless somebody began to since `askedBefore`. Those that are gone are void at once, with
 * all tokens of the client. Where it fails, the keys of before stay, and the audit log says so.
 */
export async function fetchClientKeys(
  context: OperationContext,
  id: ClientId,
  askedBefore: Instant,
): Promise<FetchKeysResult> {
  const { store, clock } = context;
  const askedAt = clock();
  const uri = await store.transaction(async (tx) => {
    const isOurs = await takeTurnToFetch(tx, id, askedBefore, askedAt);
    return isOurs ? (await findClient(tx, id))?.jwksUri : undefined;
  });
  if (uri === undefined || uri === null) return { kind: 'not_due' };
  const answer = await requestKeySet(context, uri);
  return store.transaction(async (tx): Promise<FetchKeysResult> => {
    const client = await lockClient(tx, id);
    // An answer of before would bring back a key that is gone by now.
    if (client === undefined || !(await hasTurnToFetch(tx, id, uri, askedAt))) return { kind: 'not_due' };
    const now = clock();
    if (answer.kind === 'fetched') {
      await setKeySetUri(tx, id, uri, now);
      await replaceKeys(context, tx, { client, keys: answer.keys, isMoved: false, actor: 'server', now });
    } else {
      const event = { type: 'client.keys_not_fetched', outcome: 'failure', actor: 'server', target: id } as const;
      await audit(context, tx, now, { ...event, caller: null, details: { reason: answer.reason } });
    }
    return answer;
  });
}

/** Fetches all keys that have become old, also of clients that nobody hears of: verifiers go by them. */
export async function fetchDueClientKeys(
  context: OperationContext,
  isStopping: () => boolean = () => false,
): Promise<void> {
  const askedBefore = context.clock() - KEYS_DUE_AFTER_MS;
  let ids: readonly ClientId[];
  do {
    ids = await listClientsToFetch(context.store.queries, askedBefore, REQUESTS_AT_ONCE);
    await Promise.all(ids.map((id) => fetchClientKeys(context, id, askedBefore)));
  } while (ids.length > 0 && !isStopping());
}

/** Asks for a JWK Set. Of one that can be read, the keys that this server has no use for are passed over (RFC 7517 §5). */
export async function requestKeySet({ outbound }: OperationContext, url: string): Promise<KeySetAnswer> {
  const accept = 'application/jwk-set+json, application/json';
  const answer = await outbound.send({ url, accept, maxBytes: MAX_KEY_SET_BYTES });
  if (answer.kind === 'failed') return { kind: 'not_fetched', reason: answer.reason };
  if (answer.status !== 200) return { kind: 'not_fetched', reason: 'bad_status' };
  const { keys, problems } = readClientKeys(answer.body);
  // An empty set is an answer, too: all keys are void.
  const ofSet = problems.find(({ code, index }) => index === 0 && code !== 'no_keys');
  return ofSet === undefined ? { kind: 'fetched', keys } : { kind: 'not_fetched', reason: ofSet.code };
}

export interface KeyReplacement {
  /** As it is locked. */
  readonly client: Client;
  readonly keys: readonly ClientKey[];
  /** Whether they come from another place than before: something to tell of, also where they are the same. */
  readonly isMoved: boolean;
  readonly actor: string;
  readonly now: Instant;
}

/**
 * Makes these the client's keys. One that goes voids all tokens of the client: whoever holds it could have got them.
 * Call it last: it writes to the revocation log. Gives the client as it is then.
 */
export async function replaceKeys(
  context: OperationContext,
  tx: Tx,
  { client, keys, isMoved, actor, now }: KeyReplacement,
): Promise<Client> {
  const { id } = client;
  const { added, removed } = await replaceClientKeys(tx, id, keys, now);
  if (added.length + removed.length === 0 && !isMoved) return client;
  const minVersion = removed.length > 0 ? await raiseClientVersion(tx, id, now) : client.version;
  await audit(context, tx, now, {
    type: 'client.keys_replaced',
    outcome: 'success',
    actor,
    target: id,
    caller: null,
    details: { added: added.length, removed: removed.length },
  });
  if (removed.length > 0) await revoke(context, tx, now, { kind: 'client', key: id, minVersion });
  return { ...client, version: minVersion };
}

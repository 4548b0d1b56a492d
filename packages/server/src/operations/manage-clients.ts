import { hasSecret, type Client } from '../domain/clients/client.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import {
  decideRegistration,
  type RegistrationInput,
  type RegistrationProblem,
} from '../domain/clients/registration.ts';
import { hashClientSecret, newClientSecret, sealingContext, type ClientSecret } from '../domain/clients/secret.ts';
import { newId, type ClientId } from '../domain/ids.ts';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import { seal } from '../domain/secrets/seal.ts';
import { deleteUnusedCodes } from '../storage/authorization-codes.ts';
import { replaceClientKeys } from '../storage/client-keys.ts';
import {
  deleteClient,
  deleteClientSecrets,
  endSessionsOfClient,
  insertClient,
  insertClientSecret,
  lockClient,
  raiseClientVersion,
  retireClientSecrets,
  setClientDisabled,
} from '../storage/clients.ts';
import type { Tx } from '../storage/store.ts';
import { audit, revoke, type OperationContext } from './context.ts';
import { fetchClientKeys, type FetchKeysResult } from './fetch-client-keys.ts';

/** Who manages: for the audit log. */
export type Actor = string;

export type AddClientResult =
  | {
      readonly kind: 'added';
      readonly client: Client;
      /** In no other place: it cannot be shown again. Undefined for a client that has none. */
      readonly secret: ClientSecret | undefined;
      /** Its public keys, registered or fetched. */
      readonly keys: readonly ClientKey[];
      /** How the first fetch of its keys went; undefined where they are not fetched. It is tried again later. */
      readonly fetched: FetchKeysResult | undefined;
    }
  | { readonly kind: 'refused'; readonly problems: readonly RegistrationProblem[] };

/** Registers a client, makes its secret if it needs one, and fetches its keys if they are to be fetched. */
export async function addClient(
  context: OperationContext,
  input: RegistrationInput,
  actor: Actor,
): Promise<AddClientResult> {
  const decision = decideRegistration(input);
  if (decision.kind === 'refused') return decision;
  const now = context.clock();
  const id = newId('cli', now, context.random);
  const client: Client = { id, ...decision.registration, version: 1, disabledAt: null, createdAt: now };
  const { keys } = decision;
  const secret = hasSecret(client.authMethod) ? newClientSecret(context.random) : undefined;
  await context.store.transaction(async (tx) => {
    await insertClient(tx, client);
    if (secret !== undefined) await storeSecret(context, tx, client, secret, now);
    await replaceClientKeys(tx, id, keys, now);
    await audit(context, tx, now, {
      type: 'client.added',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
      details: { name: client.name, scope: client.scopes.join(' '), grants: client.grants.join(' ') },
    });
  });
  if (client.jwksUri === null) return { kind: 'added', client, secret, keys, fetched: undefined };
  const fetched = await fetchClientKeys(context, id, now);
  return { kind: 'added', client, secret, keys: fetched.kind === 'fetched' ? fetched.keys : [], fetched };
}

/** What became of a client; `unchanged` where it was so already. */
export type ChangeClientResult =
  | { readonly kind: 'changed' | 'unchanged'; readonly client: Client; readonly sessionsEnded: number }
  | { readonly kind: 'unknown' };

/** From now on the client may do nothing: its secret, its tokens and the sessions that it holds are void at once. */
export async function disableClient(
  context: OperationContext,
  id: ClientId,
  actor: Actor,
): Promise<ChangeClientResult> {
  return change(context, id, async (tx, client, now) => {
    if (client.disabledAt !== null) return { kind: 'unchanged', client, sessionsEnded: 0 };
    return endClient(context, tx, { client, now, actor, type: 'client.disabled' });
  });
}

/** The client may act again, by the secret that it had. What was void stays void. */
export async function enableClient(context: OperationContext, id: ClientId, actor: Actor): Promise<ChangeClientResult> {
  return change(context, id, async (tx, client, now) => {
    if (client.disabledAt === null) return { kind: 'unchanged', client, sessionsEnded: 0 };
    await setClientDisabled(tx, id, null, now);
    const event = { type: 'client.enabled', outcome: 'success', actor, target: id, caller: null } as const;
    await audit(context, tx, now, event);
    return { kind: 'changed', client: { ...client, disabledAt: null }, sessionsEnded: 0 };
  });
}

/** Removes the client, as if it had never been registered: all that it has is void at once. */
export async function removeClient(context: OperationContext, id: ClientId, actor: Actor): Promise<ChangeClientResult> {
  return change(context, id, (tx, client, now) =>
    endClient(context, tx, { client, now, actor, type: 'client.removed' }),
  );
}

export type RotateSecretResult =
  | {
      readonly kind: 'rotated';
      readonly client: Client;
      /** In no other place: it cannot be shown again. */
      readonly secret: ClientSecret;
      /** Until when the secret of before is accepted as well; null: it is void now, and so are all tokens. */
      readonly previousUntil: Instant | null;
    }
  /** A public client has no secret, nor has one that signs with a key. */
  | { readonly kind: 'no_secret' }
  | { readonly kind: 'unknown' };

/**
 * Makes another secret for the client. With an overlap, for a change at leisure, the one of before is accepted for a
 * while and tokens stay good. Without one, for a secret that has leaked, both are void at once.
 */
export async function rotateClientSecret(
  context: OperationContext,
  id: ClientId,
  overlapSeconds: number,
  actor: Actor,
): Promise<RotateSecretResult> {
  return context.store.transaction(async (tx): Promise<RotateSecretResult> => {
    const client = await lockClient(tx, id);
    if (client === undefined) return { kind: 'unknown' };
    if (!hasSecret(client.authMethod)) return { kind: 'no_secret' };
    const now = context.clock();
    const previousUntil = overlapSeconds > 0 ? now + overlapSeconds * SECOND_MS : null;
    if (previousUntil === null) await deleteClientSecrets(tx, id);
    else await retireClientSecrets(tx, id, previousUntil);
    const secret = newClientSecret(context.random);
    await storeSecret(context, tx, client, secret, now);
    await audit(context, tx, now, {
      type: 'client.secret_rotated',
      outcome: 'success',
      actor,
      target: id,
      caller: null,
      details: { overlap_seconds: overlapSeconds },
    });
    if (previousUntil !== null) return { kind: 'rotated', client, secret, previousUntil };
    const minVersion = await raiseClientVersion(tx, id, now);
    await revoke(context, tx, now, { kind: 'client', key: id, minVersion });
    return { kind: 'rotated', client: { ...client, version: minVersion }, secret, previousUntil };
  });
}

/** One transaction with the client's row locked; sessions that ended are forgotten once it is committed. */
async function change(
  context: OperationContext,
  id: ClientId,
  work: (tx: Tx, client: Client, now: Instant) => Promise<ChangeClientResult>,
): Promise<ChangeClientResult> {
  const result = await context.store.transaction(async (tx): Promise<ChangeClientResult> => {
    const client = await lockClient(tx, id);
    return client === undefined ? { kind: 'unknown' } : work(tx, client, context.clock());
  });
  // Rare enough that nobody minds if all sessions are read anew.
  if (result.kind !== 'unknown' && result.sessionsEnded > 0) context.sessions.forgetAll();
  return result;
}

interface ClientEnd {
  readonly client: Client;
  readonly now: Instant;
  readonly actor: Actor;
  readonly type: 'client.disabled' | 'client.removed';
}

/** One event revokes every token of the client, those of its sessions included, by the client's version. */
async function endClient(
  context: OperationContext,
  tx: Tx,
  { client, now, actor, type }: ClientEnd,
): Promise<ChangeClientResult> {
  const { id } = client;
  const reason = type === 'client.disabled' ? 'client_disabled' : 'client_removed';
  const ended = await endSessionsOfClient(tx, id, reason, now);
  const minVersion = await raiseClientVersion(tx, id, now);
  // A code of before must not come back with a client that is enabled again.
  await deleteUnusedCodes(tx, id);
  if (type === 'client.disabled') await setClientDisabled(tx, id, now, now);
  else await deleteClient(tx, id);
  await audit(context, tx, now, {
    type,
    outcome: 'success',
    actor,
    target: id,
    caller: null,
    details: { name: client.name, sessions_ended: ended.length },
  });
  await revoke(context, tx, now, { kind: 'client', key: id, minVersion });
  const changed = { ...client, version: minVersion, disabledAt: client.disabledAt ?? now };
  return { kind: 'changed', client: changed, sessionsEnded: ended.length };
}

/** By its hash, and where the client signs with it, encrypted as well. */
async function storeSecret(
  { keys, random }: OperationContext,
  tx: Tx,
  { id, authMethod }: Client,
  secret: ClientSecret,
  now: Instant,
): Promise<void> {
  const hash = hashClientSecret(secret);
  const isRead = authMethod === 'client_secret_jwt';
  const sealed = isRead ? seal(keys.clientSecretEncryption, secret.reveal(), sealingContext(id, hash), random) : null;
  await insertClientSecret(tx, { clientId: id, hash, sealed, createdAt: now, expiresAt: null });
}

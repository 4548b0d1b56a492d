import { changedMembers, takesAway } from '../domain/clients/change.ts';
import type { Client } from '../domain/clients/client.ts';
import type { ClientKey } from '../domain/clients/keys.ts';
import {
  decideRegistration,
  type KeySource,
  type RegistrationInput,
  type RegistrationProblem,
} from '../domain/clients/registration.ts';
import type { ClientId } from '../domain/ids.ts';
import { deleteUnusedCodes } from '../storage/authorization-codes.ts';
import { listKeysOfClients, saveClientChange } from '../storage/client-list.ts';
import { endSessionsOfClient, lockClient, raiseClientVersion } from '../storage/clients.ts';
import type { Tx } from '../storage/store.ts';
import { audit, revoke, type OperationContext } from './context.ts';

/** What to change; what is left out stays. How it authenticates stays in any case: that is another client. */
export type ClientChanges = Partial<Omit<RegistrationInput, 'isPublic' | 'authMethod' | keyof KeySource>>;

export type EditClientResult =
  | { readonly kind: 'changed' | 'unchanged'; readonly client: Client; readonly sessionsEnded: number }
  | { readonly kind: 'refused'; readonly problems: readonly RegistrationProblem[] }
  | { readonly kind: 'unknown' };

/**
 * Changes what a client may do, by the rules by which it was registered. Where that takes something away, its tokens,
 * its unused codes and the sessions that it holds are void at once: all of them were given for more.
 */
export async function changeClient(
  context: OperationContext,
  id: ClientId,
  changes: ClientChanges,
  actor: string,
): Promise<EditClientResult> {
  const result = await context.store.transaction(async (tx): Promise<EditClientResult> => {
    const before = await lockClient(tx, id);
    if (before === undefined) return { kind: 'unknown' };
    const keys = (await listKeysOfClients(tx, [id])).get(id) ?? [];
    const decision = decideRegistration({ ...describe(before, keys), ...changes });
    if (decision.kind === 'refused') return decision;
    const { authMethod, jwksUri } = before;
    const client: Client = { ...before, ...decision.registration, authMethod, jwksUri };
    return save(context, tx, { before, client, actor });
  });
  // Rare enough that nobody minds if all sessions are read anew.
  if (result.kind === 'changed' && result.sessionsEnded > 0) context.sessions.forgetAll();
  return result;
}

async function save(
  context: OperationContext,
  tx: Tx,
  { before, client, actor }: { readonly before: Client; readonly client: Client; readonly actor: string },
): Promise<EditClientResult> {
  const { id } = client;
  const members = changedMembers(before, client);
  if (members.length === 0) return { kind: 'unchanged', client, sessionsEnded: 0 };
  const now = context.clock();
  await saveClientChange(tx, id, client, now);
  const isLess = takesAway(before, client);
  const ended = isLess ? await endSessionsOfClient(tx, id, 'client_changed', now) : [];
  const minVersion = isLess ? await raiseClientVersion(tx, id, now) : client.version;
  if (isLess) await deleteUnusedCodes(tx, id);
  const details = { members: members.join(' '), scope: client.scopes.join(' '), sessions_ended: ended.length };
  const event = { type: 'client.changed', outcome: 'success', actor, target: id, caller: null, details } as const;
  await audit(context, tx, now, event);
  if (isLess) await revoke(context, tx, now, { kind: 'client', key: id, minVersion });
  return { kind: 'changed', client: { ...client, version: minVersion }, sessionsEnded: ended.length };
}

/** A client as it would be registered anew. */
function describe(client: Client, keys: readonly ClientKey[]): RegistrationInput {
  const jwks = `{"keys":[${keys.map(({ publicJwk }) => publicJwk).join(',')}]}`;
  return {
    name: client.name,
    grants: client.grants,
    scope: client.scopes.join(' '),
    audiences: client.audiences,
    redirectUris: client.redirectUris,
    isPublic: client.authMethod === 'none',
    authMethod: client.authMethod,
    isFirstParty: client.firstParty,
    postLogoutRedirectUris: client.postLogoutRedirectUris,
    backchannelLogoutUri: client.backchannelLogoutUri ?? undefined,
    isDpopBound: client.dpopBound,
    requiresPushedRequests: client.requirePushedRequests,
    ...(client.jwksUri === null ? { jwks: keys.length > 0 ? jwks : undefined } : { jwksUri: client.jwksUri }),
  };
}

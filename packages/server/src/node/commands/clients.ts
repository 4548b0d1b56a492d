import type { Client } from '../../domain/clients/client.ts';
import type { ClientKey } from '../../domain/clients/keys.ts';
import type { RegistrationInput } from '../../domain/clients/registration.ts';
import type { ClientSecret } from '../../domain/clients/secret.ts';
import { isClientId, type ClientId } from '../../domain/ids.ts';
import type { OperationContext } from '../../operations/context.ts';
import {
  addClient,
  disableClient,
  enableClient,
  removeClient,
  rotateClientSecret,
  type ChangeClientResult,
} from '../../operations/manage-clients.ts';
import { listKeysByClient } from '../../storage/client-keys.ts';
import { listClients } from '../../storage/clients.ts';
import { CommandError } from '../command-error.ts';
import type { Settings } from '../settings.ts';
import { withOperations } from '../with-operations.ts';
import { describeKeySetFailure, describeRegistrationProblem } from './client-problems.ts';
import { withKeySource, type KeyFiles } from './key-files.ts';

export interface Output {
  readonly json: boolean;
}

export const ACTOR = 'cli';
const SHOWN_ONCE = 'The secret is shown this once. Keep it where this client alone can read it.';

/** Registers a client and prints its id and secret. */
export async function addClientCommand(
  settings: Settings,
  input: RegistrationInput,
  files: KeyFiles,
  { json }: Output,
): Promise<void> {
  const add = (operations: OperationContext) =>
    withKeySource(files, async (source) => {
      const result = await addClient(operations, { ...input, ...source }, ACTOR);
      if (result.kind === 'added') return result;
      throw new CommandError(
        result.problems.map(describeRegistrationProblem).join('\n'),
        'Nothing was registered. `latchkey clients add --help` says more.',
      );
    });
  await withOperations(settings, async (operations) => {
    const { client, secret, keys, fetched } = await add(operations);
    if (json) return write(JSON.stringify(representClient(client, { secret, keys })));
    const lines = [`Registered ${client.name}.`, ...credentialLines(client, secret)];
    if (files.privateFile !== undefined)
      lines.push(`Its private key is in ${files.privateFile}, and in no other place.`);
    if (fetched?.kind === 'not_fetched') {
      lines.push(`Its keys cannot be fetched yet: ${describeKeySetFailure(fetched.reason)}. It is tried again later.`);
    }
    write(lines.join('\n'));
  });
}

/** Prints all clients, the newest first; never a secret. */
export async function listClientsCommand(settings: Settings, { json }: Output): Promise<void> {
  await withOperations(settings, async ({ store }) => {
    const clients = await listClients(store.queries);
    const keys = await listKeysByClient(store.queries);
    if (json) {
      return write(
        JSON.stringify(clients.map((client) => representClient(client, { keys: keys.get(client.id) ?? [] }))),
      );
    }
    if (clients.length === 0) return write('There are no clients yet. Make one: latchkey clients add NAME');
    const lines = clients.map(({ id, disabledAt, name, scopes, grants }) =>
      [id, disabledAt === null ? 'enabled ' : 'disabled', name, [...grants, ...scopes].join(' ')].join('  ').trimEnd(),
    );
    write(lines.join('\n'));
  });
}

/** The client may do nothing from now on. */
export async function disableClientCommand(settings: Settings, id: string, output: Output): Promise<void> {
  await changeCommand(settings, id, output, disableClient, {
    changed: 'is disabled: its secret, its tokens and its sessions are void. Servers that run follow within seconds.',
    unchanged: 'was disabled already.',
  });
}

/** The client may act again. */
export async function enableClientCommand(settings: Settings, id: string, output: Output): Promise<void> {
  await changeCommand(settings, id, output, enableClient, {
    changed: 'is enabled: its secret works again, and it can get new tokens.',
    unchanged: 'was enabled already.',
  });
}

/** The client is no more. */
export async function removeClientCommand(settings: Settings, id: string, output: Output): Promise<void> {
  await changeCommand(settings, id, output, removeClient, {
    changed: 'is removed: its secret, its tokens and its sessions are void. Servers that run follow within seconds.',
    unchanged: 'was removed already.',
  });
}

/** Makes another secret and prints it. */
export async function rotateSecretCommand(
  settings: Settings,
  id: string,
  overlapSeconds: number,
  { json }: Output,
): Promise<void> {
  await withOperations(settings, async (operations) => {
    const result = await rotateClientSecret(operations, requireClientId(id), overlapSeconds, ACTOR);
    if (result.kind === 'unknown') throw unknownClient(id);
    if (result.kind === 'no_secret') {
      throw new CommandError(
        `${id} has no secret.`,
        'To replace its keys: latchkey clients set-keys ID. To void its tokens: latchkey clients disable ID, then enable ID.',
      );
    }
    const { client, secret, previousUntil } = result;
    const until = previousUntil === null ? null : new Date(previousUntil).toISOString();
    if (json) return write(JSON.stringify({ ...representClient(client, { secret }), previous_secret_until: until }));
    const previous =
      until === null
        ? 'The secret of before and all tokens of the client are void.'
        : `The secret of before is accepted until ${until}; tokens stay good.`;
    write([`${client.name} has a new secret. ${previous}`, ...credentialLines(client, secret)].join('\n'));
  });
}

async function changeCommand(
  settings: Settings,
  id: string,
  { json }: Output,
  change: (operations: OperationContext, id: ClientId, actor: string) => Promise<ChangeClientResult>,
  messages: Readonly<Record<'changed' | 'unchanged', string>>,
): Promise<void> {
  await withOperations(settings, async (operations) => {
    const result = await change(operations, requireClientId(id), ACTOR);
    if (result.kind === 'unknown') throw unknownClient(id);
    const { kind, client, sessionsEnded } = result;
    if (json)
      return write(
        JSON.stringify({ ...representClient(client), changed: kind === 'changed', sessions_ended: sessionsEnded }),
      );
    write(`${client.name} ${messages[kind]}`);
  });
}

/** The id of a client; fails for any other text. */
export function requireClientId(text: string): ClientId {
  if (isClientId(text)) return text;
  throw new CommandError(
    `${text} is not the id of a client: those begin with cli_.`,
    'Run `latchkey clients list` to see the ids of all clients.',
  );
}

/** There is no such client. */
export function unknownClient(id: string): CommandError {
  return new CommandError(
    `There is no client ${id}.`,
    'Run `latchkey clients list` to see the clients that there are.',
  );
}

function credentialLines({ id, authMethod }: Client, secret: ClientSecret | undefined): readonly string[] {
  if (secret === undefined) {
    const why = authMethod === 'none' ? 'A public client has no secret.' : 'It has no secret: it signs with its key.';
    return ['', `  client id      ${id}`, '', why];
  }
  const lines = [`  client id      ${id}`, `  client secret  ${secret.reveal()}`, `  sent by        ${authMethod}`];
  return ['', ...lines, '', SHOWN_ONCE];
}

interface Credentials {
  readonly secret?: ClientSecret | undefined;
  readonly keys?: readonly ClientKey[];
}

/** By the names of RFC 7591 §2 and §3.2.1, and `audiences`. */
export function representClient(client: Client, { secret, keys }: Credentials = {}) {
  return {
    client_id: client.id,
    // Of a secret that expires there would be the second; 0 is for one that does not.
    ...(secret !== undefined && { client_secret: secret.reveal(), client_secret_expires_at: 0 }),
    client_name: client.name,
    client_id_issued_at: Math.floor(client.createdAt / 1000),
    token_endpoint_auth_method: client.authMethod,
    grant_types: client.grants,
    scope: client.scopes.join(' '),
    audiences: client.audiences,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    backchannel_logout_uri: client.backchannelLogoutUri,
    dpop_bound_access_tokens: client.dpopBound,
    require_pushed_authorization_requests: client.requirePushedRequests,
    ...(client.jwksUri !== null && { jwks_uri: client.jwksUri }),
    ...(keys !== undefined &&
      keys.length > 0 && { jwks: { keys: keys.map(({ publicJwk }) => JSON.parse(publicJwk) as object) } }),
    first_party: client.firstParty,
    disabled: client.disabledAt !== null,
  };
}

/** Prints a line, or several. */
export function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

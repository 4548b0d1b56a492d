import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminAddedClientResponse,
  adminClientChangeResponse,
  adminClientListResponse,
  adminClientSecretResponse,
  type AdminClientResponse,
} from '@latchkey/protocol/schemas';
import type { RegistrationInput } from '../../domain/clients/registration.ts';
import { isClientId, type ClientId } from '../../domain/ids.ts';
import { AdminApiError, type Administer } from '../admin-api/admin-api.ts';
import { followPages } from '../admin-api/follow-pages.ts';
import { CommandError } from '../command-error.ts';
import { describeKeySetFailure, describeRegistrationProblem, refusedRegistration } from './client-problems.ts';
import { toKeyMembers, withKeySource, type KeyFiles } from './key-files.ts';
import { write, type Output } from './output.ts';

const SHOWN_ONCE = 'The secret is shown this once. Keep it where this client alone can read it.';

/** Registers a client and prints its id and secret. */
export async function addClientCommand(
  administer: Administer,
  input: RegistrationInput,
  files: KeyFiles,
  { json }: Output,
): Promise<void> {
  const metadata = toMetadata(input);
  await administer(async (api) => {
    const added = await withKeySource(files, (source) =>
      api
        .call({
          method: 'POST',
          path: ADMIN_ROUTES.clients,
          json: { ...metadata, ...toKeyMembers(source) },
          answer: adminAddedClientResponse,
        })
        .catch((error: unknown) => {
          throw refusedRegistration(error, 'Nothing was registered. `latchkey clients add --help` says more.');
        }),
    );
    const { keys_not_fetched: notFetched, ...client } = added;
    if (json) return write(JSON.stringify(client));
    const lines = [`Registered ${client.client_name}.`, ...credentialLines(client)];
    if (files.privateFile !== undefined)
      lines.push(`Its private key is in ${files.privateFile}, and in no other place.`);
    if (notFetched !== undefined) {
      lines.push(`Its keys cannot be fetched yet: ${describeKeySetFailure(notFetched)}. It is tried again later.`);
    }
    write(lines.join('\n'));
  });
}

/** By the names of RFC 7591; what is undefined is left out. */
function toMetadata(input: RegistrationInput): object {
  const { isPublic, authMethod } = input;
  if (isPublic && authMethod !== undefined && authMethod !== 'none') {
    const problem = { code: 'auth_method_needs_secret', value: authMethod } as const;
    throw new CommandError(describeRegistrationProblem(problem), 'Nothing was registered.');
  }
  return {
    client_name: input.name,
    grant_types: input.grants,
    scope: input.scope,
    audiences: input.audiences,
    redirect_uris: input.redirectUris,
    post_logout_redirect_uris: input.postLogoutRedirectUris,
    backchannel_logout_uri: input.backchannelLogoutUri,
    dpop_bound_access_tokens: input.isDpopBound,
    require_pushed_authorization_requests: input.requiresPushedRequests,
    first_party: input.isFirstParty,
    token_endpoint_auth_method: isPublic ? 'none' : authMethod,
  };
}

/** Prints all clients, the newest first; never a secret. */
export async function listClientsCommand(administer: Administer, { json }: Output): Promise<void> {
  await administer(async (api) => {
    const readPage = async (cursor: string | undefined, limit: string) => {
      const query = { cursor, limit };
      const { clients, next } = await api.call({ path: ADMIN_ROUTES.clients, query, answer: adminClientListResponse });
      return { items: clients, next };
    };
    const { items } = await followPages(readPage, undefined, Infinity);
    if (json) return write(JSON.stringify(items));
    if (items.length === 0) return write('There are no clients yet. Make one: latchkey clients add NAME');
    const lines = items.map(({ client_id: id, disabled, client_name: name, scope, grant_types: grants }) =>
      [id, disabled ? 'disabled' : 'enabled ', name, [...grants, scope].join(' ')].join('  ').trimEnd(),
    );
    write(lines.join('\n'));
  });
}

/** The client may do nothing from now on. */
export async function disableClientCommand(administer: Administer, id: string, output: Output): Promise<void> {
  await changeCommand(
    administer,
    id,
    output,
    { method: 'POST', path: '/disable' },
    {
      changed: 'is disabled: its secret, its tokens and its sessions are void. Servers that run follow within seconds.',
      unchanged: 'was disabled already.',
    },
  );
}

/** The client may act again. */
export async function enableClientCommand(administer: Administer, id: string, output: Output): Promise<void> {
  await changeCommand(
    administer,
    id,
    output,
    { method: 'POST', path: '/enable' },
    {
      changed: 'is enabled: its secret works again, and it can get new tokens.',
      unchanged: 'was enabled already.',
    },
  );
}

/** The client is no more. */
export async function removeClientCommand(administer: Administer, id: string, output: Output): Promise<void> {
  await changeCommand(
    administer,
    id,
    output,
    { method: 'DELETE', path: '' },
    {
      changed: 'is removed: its secret, its tokens and its sessions are void. Servers that run follow within seconds.',
      unchanged: 'was removed already.',
    },
  );
}

/** Makes another secret and prints it. */
export async function rotateSecretCommand(
  administer: Administer,
  id: string,
  overlapSeconds: number,
  { json }: Output,
): Promise<void> {
  const path = `${pathOf(id)}/secret`;
  await administer(async (api) => {
    const call = { method: 'POST', path, json: { overlap_seconds: overlapSeconds } } as const;
    const client = await api.call({ ...call, answer: adminClientSecretResponse }).catch((error: unknown) => {
      if (error instanceof AdminApiError && error.problem.code === 'no_client_secret') {
        throw new CommandError(
          `${id} has no secret.`,
          'To replace its keys: latchkey clients set-keys ID. To void its tokens: latchkey clients disable ID, then enable ID.',
        );
      }
      throw unknownClient(error, id);
    });
    if (json) return write(JSON.stringify(client));
    const { previous_secret_until: until } = client;
    const previous =
      until === null
        ? 'The secret of before and all tokens of the client are void.'
        : `The secret of before is accepted until ${until}; tokens stay good.`;
    write([`${client.client_name} has a new secret. ${previous}`, ...credentialLines(client)].join('\n'));
  });
}

async function changeCommand(
  administer: Administer,
  id: string,
  { json }: Output,
  change: { readonly method: 'POST' | 'DELETE'; readonly path: string },
  messages: Readonly<Record<'changed' | 'unchanged', string>>,
): Promise<void> {
  const call = { method: change.method, path: pathOf(id) + change.path, answer: adminClientChangeResponse };
  await administer(async (api) => {
    const client = await api.call(call).catch((error: unknown) => {
      throw unknownClient(error, id);
    });
    if (json) return write(JSON.stringify(client));
    write(`${client.client_name} ${messages[client.changed ? 'changed' : 'unchanged']}`);
  });
}

/** Of the client with this id; fails for any other text. */
export function pathOf(text: string): string {
  return `${ADMIN_ROUTES.clients}/${requireClientId(text)}`;
}

function requireClientId(text: string): ClientId {
  if (isClientId(text)) return text;
  throw new CommandError(
    `${text} is not the id of a client: those begin with cli_.`,
    'Run `latchkey clients list` to see the ids of all clients.',
  );
}

/** The error, in better words where there is no such client. */
export function unknownClient(error: unknown, id: string): unknown {
  if (!(error instanceof AdminApiError) || error.problem.status !== 404) return error;
  return new CommandError(
    `There is no client ${id}.`,
    'Run `latchkey clients list` to see the clients that there are.',
  );
}

function credentialLines(client: AdminClientResponse): readonly string[] {
  const { client_id: id, client_secret: secret, token_endpoint_auth_method: authMethod } = client;
  if (secret === undefined) {
    const why = authMethod === 'none' ? 'A public client has no secret.' : 'It has no secret: it signs with its key.';
    return ['', `  client id      ${id}`, '', why];
  }
  const lines = [`  client id      ${id}`, `  client secret  ${secret}`, `  sent by        ${authMethod}`];
  return ['', ...lines, '', SHOWN_ONCE];
}

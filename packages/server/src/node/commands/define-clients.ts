import { InvalidArgumentError, type Command } from 'commander';
import { CLIENT_AUTH_METHODS, GRANT_TYPES } from '../../domain/clients/client.ts';
import type { Administer } from '../admin-api/admin-api.ts';
import {
  addClientCommand,
  disableClientCommand,
  enableClientCommand,
  listClientsCommand,
  removeClientCommand,
  rotateSecretCommand,
} from './clients.ts';
import { setKeysCommand } from './client-keys.ts';
import type { KeyFiles } from './key-files.ts';
import { toOutput, type JsonOption } from './output.ts';

interface KeyOptions {
  readonly jwk?: string;
  readonly jwksUri?: string;
  readonly generateKey?: string;
}

interface AddOptions extends JsonOption, KeyOptions {
  readonly grant?: readonly string[];
  readonly scope?: readonly string[];
  readonly audience?: readonly string[];
  readonly redirectUri?: readonly string[];
  readonly public?: true;
  readonly authMethod?: string;
  readonly firstParty?: true;
  readonly postLogoutRedirectUri?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly dpopBound?: true;
  readonly requirePushedRequests?: true;
}

const MAX_OVERLAP_SECONDS = 30 * 86_400;

/** `latchkey clients …`. */
export function defineClients(program: Command, administer: Administer): void {
  const clients = program.command('clients').description('programs that may act here, and what they may do');
  defineAdd(clients, administer);
  clients
    .command('list')
    .description('show all clients; never their secrets')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => listClientsCommand(administer, toOutput(options)));
  const changes = [
    ['disable', 'void secret, tokens and sessions of a client at once', disableClientCommand],
    ['enable', 'let a disabled client act again', enableClientCommand],
    ['remove', 'remove a client; void all that it has', removeClientCommand],
  ] as const;
  for (const [name, description, change] of changes) {
    clients
      .command(`${name} <id>`)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (id: string, options: JsonOption) => change(administer, id, toOutput(options)));
  }
  defineSetKeys(clients, administer);
  clients
    .command('rotate-secret <id>')
    .description('make another secret, and void the one of before with all tokens, or let it go on for a while')
    .option('--overlap <seconds>', 'for how long the secret of before is still accepted', overlapSeconds, 0)
    .option('--json', 'print JSON')
    .action(async (id: string, options: JsonOption & { readonly overlap: number }) =>
      rotateSecretCommand(administer, id, options.overlap, toOutput(options)),
    );
}

function defineSetKeys(clients: Command, administer: Administer): void {
  withKeyOptions(clients.command('set-keys <id>'))
    .description('replace the public keys of a client; those that go are void at once, with all of its tokens')
    .option('--json', 'print JSON')
    .action(async (id: string, options: JsonOption & KeyOptions) =>
      setKeysCommand(administer, id, toKeyFiles(options), toOutput(options)),
    );
}

function withKeyOptions(command: Command): Command {
  return command
    .option('--jwk <file>', 'its public keys: a file with a JWK or a JWK Set')
    .option('--jwks-uri <url>', 'where its public keys are fetched from')
    .option('--generate-key <file>', 'make a key pair, and write the private key to a new file');
}

function toKeyFiles({ jwk, jwksUri, generateKey }: KeyOptions): KeyFiles {
  return { publicFile: jwk, jwksUri, privateFile: generateKey };
}

function defineAdd(clients: Command, administer: Administer): void {
  withKeyOptions(clients.command('add <name>'))
    .description('register a client, and print its id and its secret')
    .option('--grant <grant>', `grant that it may use, may be repeated: ${GRANT_TYPES.join(', ')}`, collect)
    .option('--scope <scopes>', 'scopes that it may have, such as "orders:read introspect"', collect)
    .option('--audience <uri>', 'resource server that its tokens are for, or that it is; may be repeated', collect)
    .option('--redirect-uri <uri>', 'where its users may be sent back to, exactly; may be repeated', collect)
    .option('--post-logout-redirect-uri <uri>', 'where they may be sent once they have signed out, exactly', collect)
    .option('--backchannel-logout-uri <uri>', 'where it is told that a user has signed out')
    .option('--dpop-bound', 'its tokens must be bound to a key of its own (DPoP)')
    .option('--require-pushed-requests', 'it must push its authorization requests (PAR)')
    .option('--public', 'it can keep no secret: it runs in a browser or on a phone')
    .option('--first-party', 'it is your own: its users are not asked whether it may know them')
    .option('--auth-method <method>', `how it proves who it is: ${CLIENT_AUTH_METHODS.join(', ')}`)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nScopes of the server itself: revocations:read (follow the revocation feed), introspect, admin.\n' +
        'A resource server: latchkey clients add "Orders API" --scope "revocations:read introspect" --audience https://orders.example.com\n' +
        'A service: latchkey clients add "Nightly job" --grant client_credentials --scope "orders:read" --audience https://orders.example.com\n' +
        'A service with a key of its own: latchkey clients add "Nightly job" --grant client_credentials --generate-key job.private.jwk\n' +
        'A website: latchkey clients add "Shop" --grant authorization_code --grant refresh_token --redirect-uri https://shop.example.com/callback',
    )
    .action(async (name: string, options: AddOptions) => {
      const { grant = [], scope = [], audience = [], redirectUri = [], authMethod } = options;
      const input = {
        name,
        grants: grant,
        scope: scope.join(' '),
        audiences: audience,
        redirectUris: redirectUri,
        isPublic: options.public === true,
        authMethod,
        isFirstParty: options.firstParty === true,
        postLogoutRedirectUris: options.postLogoutRedirectUri ?? [],
        backchannelLogoutUri: options.backchannelLogoutUri,
        isDpopBound: options.dpopBound === true,
        requiresPushedRequests: options.requirePushedRequests === true,
      };
      await addClientCommand(administer, input, toKeyFiles(options), toOutput(options));
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function overlapSeconds(text: string): number {
  const seconds = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= MAX_OVERLAP_SECONDS) return seconds;
  throw new InvalidArgumentError(`Give whole seconds, 0 to ${MAX_OVERLAP_SECONDS}.`);
}

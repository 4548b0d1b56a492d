import { InvalidArgumentError, type Command } from 'commander';
import type { Administer } from '../admin-api/admin-api.ts';
import { importUsersCommand } from './import-users.ts';
import { listSessionsCommand, revokeSessionCommand } from './sessions.ts';
import {
  addUserCommand,
  banUserCommand,
  changeRoleCommand,
  deleteUserCommand,
  grantRoleCommand,
  listUsersCommand,
  showUserCommand,
  unbanUserCommand,
  withdrawRoleCommand,
} from './users.ts';
import { toOutput, type JsonOption } from './output.ts';

interface PageOptions extends JsonOption {
  readonly after?: string;
  readonly limit: number;
}

const PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/** `latchkey users …`. */
export function defineUsers(program: Command, administer: Administer): void {
  const users = program.command('users').description('people with an account');
  users
    .command('add <email>')
    .description('make an account; its password is read from standard input, its address counts as confirmed')
    .option('--admin', 'may manage everything here')
    .option('--name <name>', 'what the person wants to be called')
    .option('--json', 'print JSON')
    .action(async (email: string, options: JsonOption & { readonly admin?: true; readonly name?: string }) => {
      const input = { email, name: options.name, administrator: options.admin === true };
      await addUserCommand(administer, input, toOutput(options));
    });
  users
    .command('import <file>')
    .description(
      'take over users of another product with their passwords, from a file of JSON lines, or - for standard input',
    )
    .option('--dry-run', 'check all lines, and write nothing')
    .option('--json', 'print JSON')
    .action(async (file: string, options: JsonOption & { readonly dryRun?: true }) => {
      const asked = { file, dryRun: options.dryRun === true };
      process.exitCode = await importUsersCommand(administer, asked, toOutput(options));
    });
  paged(users.command('list').description('show the accounts, the oldest first')).action(async (options: PageOptions) =>
    listUsersCommand(administer, { after: options.after, limit: options.limit }, toOutput(options)),
  );
  users
    .command('role <email> <role>')
    .description('make somebody a user or an administrator')
    .option('--json', 'print JSON')
    .action(async (email: string, role: string, options: JsonOption) =>
      changeRoleCommand(administer, email, role, toOutput(options)),
    );
  const roleChanges = [
    ['grant', 'give somebody a role of your applications, such as moderator', grantRoleCommand],
    ['withdraw', 'take a role of your applications from somebody', withdrawRoleCommand],
  ] as const;
  for (const [name, description, change] of roleChanges) {
    users
      .command(`${name} <email> <role>`)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (email: string, role: string, options: JsonOption) =>
        change(administer, email, role, toOutput(options)),
      );
  }
  const changes = [
    ['show', 'show an account', showUserCommand],
    ['ban', 'end all sessions, void all tokens, and let nobody sign in to the account', banUserCommand],
    ['unban', 'let a banned user sign in again', unbanUserCommand],
    ['delete', 'delete an account with everything that belongs to it, for good', deleteUserCommand],
  ] as const;
  for (const [name, description, change] of changes) {
    users
      .command(`${name} <email>`)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (email: string, options: JsonOption) => change(administer, email, toOutput(options)));
  }
}

/** `latchkey sessions …`. */
export function defineSessions(program: Command, administer: Administer): void {
  const sessions = program.command('sessions').description('who is signed in, and where');
  paged(sessions.command('list').description('show the live sessions, the oldest first'))
    .option('--user <email>', 'of this account alone')
    .action(async (options: PageOptions & { readonly user?: string }) => {
      const { user, after, limit } = options;
      await listSessionsCommand(administer, { user, after, limit }, toOutput(options));
    });
  sessions
    .command('revoke <id>')
    .description('end a session: its cookie and its access tokens')
    .option('--json', 'print JSON')
    .action(async (id: string, options: JsonOption) => revokeSessionCommand(administer, id, toOutput(options)));
}

function paged(command: Command): Command {
  return command
    .option('--limit <number>', `how many at most, 1 to ${MAX_PAGE_SIZE}`, pageSize, PAGE_SIZE)
    .option('--after <id>', 'go on behind this one')
    .option('--json', 'print JSON');
}

function pageSize(text: string): number {
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw new InvalidArgumentError(`Give a number from 1 to ${MAX_PAGE_SIZE}.`);
}

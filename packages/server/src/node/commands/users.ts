import { readPasswordLine } from '../password-input.ts';
import { rolesOf, type Role, type User } from '../../domain/users/user.ts';
import { banUser, unbanUser, type BanUserResult } from '../../operations/ban-user.ts';
import { changeRole } from '../../operations/change-role.ts';
import type { OperationContext } from '../../operations/context.ts';
import { deleteUserByOperator } from '../../operations/delete-user.ts';
import { addUser, findUserOf, listUsersPage, type AddUserResult } from '../../operations/manage-users.ts';
import { PASSWORD_OBJECTIONS } from '../../http/password-objections.ts';
import { CommandError } from '../command-error.ts';
import type { Settings } from '../settings.ts';
import { withOperations } from '../with-operations.ts';

interface Output {
  readonly json: boolean;
}

const ACTOR = 'cli';

/** Makes an account whose address counts as confirmed, with the password that stands on standard input. */
export async function addUserCommand(
  settings: Settings,
  input: { readonly email: string; readonly name: string | undefined; readonly administrator: boolean },
  { json }: Output,
): Promise<void> {
  const { email, name = null, administrator } = input;
  if (name !== null && !/^[^\p{Cc}]{1,120}$/u.test(name)) {
    throw new CommandError(
      'The name is too long or has control characters.',
      'Use at most 120 characters on one line.',
    );
  }
  const password = await readPasswordLine(process.stdin);
  const role = administrator ? 'administrator' : 'user';
  await withOperations(settings, async (operations) => {
    const result = await addUser(operations, { email, name, role, password }, ACTOR);
    if (result.kind !== 'added') throw refusal(result, email);
    write(json ? JSON.stringify(represent(result.user)) : `Added ${result.user.email} (${role}).  ${result.user.id}`);
  });
}

/** Prints a page of all users, the oldest first. */
export async function listUsersCommand(
  settings: Settings,
  page: { readonly after: string | undefined; readonly limit: number },
  { json }: Output,
): Promise<void> {
  await withOperations(settings, async (operations) => {
    const { items, next } = await listUsersPage(operations, page);
    if (json) return write(JSON.stringify({ users: items.map(represent), next: next ?? null }));
    if (items.length === 0) return write('There is nobody here. Add somebody: latchkey users add EMAIL');
    const lines = items.map((user) => [user.id, stateOf(user).padEnd(11), user.role.padEnd(13), user.email].join('  '));
    if (next !== undefined) lines.push(`More: latchkey users list --after ${next}`);
    write(lines.join('\n'));
  });
}

/** Ends all sessions, voids all tokens, and lets nobody sign in to the account. */
export async function banUserCommand(settings: Settings, email: string, output: Output): Promise<void> {
  await banCommand(settings, email, output, banUser, {
    changed: 'is banned: sessions and access tokens are void. Servers that run follow within seconds.',
    unchanged: 'was banned already.',
  });
}

/** Lets a banned user sign in again. */
export async function unbanUserCommand(settings: Settings, email: string, output: Output): Promise<void> {
  await banCommand(settings, email, output, unbanUser, {
    changed: 'may sign in again.',
    unchanged: 'was not banned.',
  });
}

/** Gives a user another role; access tokens with the old one are void. */
export async function changeRoleCommand(
  settings: Settings,
  email: string,
  role: string,
  { json }: Output,
): Promise<void> {
  if (!isRole(role)) throw new CommandError(`${role} is not a role.`, 'The roles are: user, administrator.');
  await withOperations(settings, async (operations) => {
    const user = await requireUser(operations, email);
    const { kind } = await changeRole(operations, { id: user.id, role }, ACTOR);
    if (json) return write(JSON.stringify({ ...(await representNow(operations, email)), changed: kind === 'changed' }));
    write(
      kind === 'changed'
        ? `${user.email} has the role ${role} now; access tokens of before are void.`
        : `${user.email} had the role ${role} already.`,
    );
  });
}

/** Deletes an account with all that belongs to it. */
export async function deleteUserCommand(settings: Settings, email: string, { json }: Output): Promise<void> {
  await withOperations(settings, async (operations) => {
    const user = await requireUser(operations, email);
    if (!(await deleteUserByOperator(operations, user, ACTOR))) throw unknownUser(email);
    write(json ? JSON.stringify({ id: user.id, deleted: true }) : `${user.email} is deleted.  ${user.id}`);
  });
}

async function banCommand(
  settings: Settings,
  email: string,
  { json }: Output,
  change: (operations: OperationContext, user: User, actor: string) => Promise<BanUserResult>,
  messages: Readonly<Record<'changed' | 'unchanged', string>>,
): Promise<void> {
  await withOperations(settings, async (operations) => {
    const user = await requireUser(operations, email);
    const { kind, ended } = await change(operations, user, ACTOR);
    if (!json) return write(`${user.email} ${messages[kind]}`);
    const now = await representNow(operations, email);
    write(JSON.stringify({ ...now, changed: kind === 'changed', sessions_ended: ended }));
  });
}

async function requireUser(operations: OperationContext, email: string): Promise<User> {
  const user = await findUserOf(operations, email);
  if (user === undefined) throw unknownUser(email);
  return user;
}

function unknownUser(email: string): CommandError {
  return new CommandError(`There is no account with the address ${email}.`, 'Run `latchkey users list` to see them.');
}

function refusal(refused: Exclude<AddUserResult, { kind: 'added' }>, email: string): CommandError {
  switch (refused.kind) {
    case 'invalid_email':
      return new CommandError(`${email} is not an e-mail address.`, 'Write it like name@example.com.');
    case 'address_taken':
      return new CommandError(
        `There is an account with the address ${email} already.`,
        'To change its role: latchkey users role EMAIL administrator. To make it anew: latchkey users delete EMAIL.',
      );
    case 'password_not_allowed':
      return new CommandError(
        'The password is not allowed.',
        `${PASSWORD_OBJECTIONS[refused.objection]} It is the first line of the input.`,
      );
  }
}

function isRole(text: string): text is Role {
  return text === 'user' || text === 'administrator';
}

async function representNow(operations: OperationContext, email: string) {
  return represent(await requireUser(operations, email));
}

function represent(user: User) {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerifiedAt !== null,
    name: user.name,
    roles: rolesOf(user),
    created_at: new Date(user.createdAt).toISOString(),
    banned_at: user.bannedAt === null ? null : new Date(user.bannedAt).toISOString(),
  };
}

function stateOf(user: User): string {
  if (user.bannedAt !== null) return 'banned';
  return user.emailVerifiedAt === null ? 'unconfirmed' : 'active';
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

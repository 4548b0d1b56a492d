import { z } from 'zod';
import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminBanResponse,
  adminRoleResponse,
  adminUserListResponse,
  adminUserResponse,
  type AdminUserResponse,
} from '@latchkey/protocol/schemas';
import { isApplicationRole, MAX_APPLICATION_ROLES } from '../../domain/users/application-roles.ts';
import type { Role } from '../../domain/users/user.ts';
import { AdminApiError, type Administer } from '../admin-api/admin-api.ts';
import { followPages } from '../admin-api/follow-pages.ts';
import { CommandError } from '../command-error.ts';
import { readPasswordLine } from '../password-input.ts';
import { requireUserOf } from './find-user.ts';
import { write, type Output } from './output.ts';

/** Makes an account whose address counts as confirmed, with the password that stands on standard input. */
export async function addUserCommand(
  administer: Administer,
  input: { readonly email: string; readonly name: string | undefined; readonly administrator: boolean },
  { json }: Output,
): Promise<void> {
  const { email, name, administrator } = input;
  if (name !== undefined && !/^[^\p{Cc}]{1,120}$/u.test(name)) {
    throw new CommandError(
      'The name is too long or has control characters.',
      'Use at most 120 characters on one line.',
    );
  }
  const password = await readPasswordLine(process.stdin);
  const role = administrator ? 'administrator' : 'user';
  await administer(async (api) => {
    const user = await api
      .call({
        method: 'POST',
        path: ADMIN_ROUTES.users,
        json: { email, name, role, password },
        answer: adminUserResponse,
      })
      .catch((error: unknown) => {
        throw refusal(error, email);
      });
    write(json ? JSON.stringify(user) : `Added ${user.email} (${role}).  ${user.id}`);
  });
}

/** Prints a page of all users, the oldest first. */
export async function listUsersCommand(
  administer: Administer,
  page: { readonly after: string | undefined; readonly limit: number },
  { json }: Output,
): Promise<void> {
  await administer(async (api) => {
    const readPage = async (cursor: string | undefined, limit: string) => {
      const query = { order: 'oldest', cursor, limit };
      const { users, next } = await api.call({ path: ADMIN_ROUTES.users, query, answer: adminUserListResponse });
      return { items: users, next };
    };
    const { items, next } = await followPages(readPage, page.after, page.limit);
    if (json) return write(JSON.stringify({ users: items, next }));
    if (items.length === 0) return write('There is nobody here. Add somebody: latchkey users add EMAIL');
    const lines = items.map((user) =>
      [user.id, stateOf(user).padEnd(11), rolesIn(user).padEnd(13), user.email].join('  '),
    );
    if (next !== null) lines.push(`More: latchkey users list --after ${next}`);
    write(lines.join('\n'));
  });
}

/** Ends all sessions, voids all tokens, and lets nobody sign in to the account. */
export async function banUserCommand(administer: Administer, email: string, output: Output): Promise<void> {
  await banCommand(administer, email, output, 'ban', {
    changed: 'is banned: sessions and access tokens are void. Servers that run follow within seconds.',
    unchanged: 'was banned already.',
  });
}

/** Lets a banned user sign in again. */
export async function unbanUserCommand(administer: Administer, email: string, output: Output): Promise<void> {
  await banCommand(administer, email, output, 'unban', {
    changed: 'may sign in again.',
    unchanged: 'was not banned.',
  });
}

/** Gives a user another role; access tokens with the old one are void. */
export async function changeRoleCommand(
  administer: Administer,
  email: string,
  role: string,
  { json }: Output,
): Promise<void> {
  if (!isRole(role)) {
    throw new CommandError(
      `${role} is not a role of the server.`,
      'Those are: user, administrator. A role of your applications: latchkey users grant EMAIL ROLE.',
    );
  }
  await administer(async (api) => {
    const { id } = await requireUserOf(api, email);
    const path = `${ADMIN_ROUTES.users}/${id}/role`;
    const user = await api.call({ method: 'PUT', path, json: { role }, answer: adminRoleResponse });
    if (json) return write(JSON.stringify(user));
    write(
      user.changed
        ? `${user.email} has the role ${role} now; access tokens of before are void.`
        : `${user.email} had the role ${role} already.`,
    );
  });
}

/** Prints what there is to know of an account. */
export async function showUserCommand(administer: Administer, email: string, { json }: Output): Promise<void> {
  await administer(async (api) => {
    const user = await requireUserOf(api, email);
    if (json) return write(JSON.stringify(user));
    const lines = [
      `id       ${user.id}`,
      `address  ${user.email}`,
      `name     ${user.name ?? '-'}`,
      `state    ${stateOf(user)}`,
      `roles    ${rolesIn(user)}`,
      `since    ${user.created_at}`,
    ];
    write(lines.join('\n'));
  });
}

/** Grants a user a role of applications; access tokens of before are void. */
export async function grantRoleCommand(
  administer: Administer,
  email: string,
  role: string,
  output: Output,
): Promise<void> {
  await applicationRoleCommand(administer, { email, role, method: 'PUT' }, output, {
    changed: `has the role ${role} now; access tokens of before are void.`,
    unchanged: `had the role ${role} already.`,
  });
}

/** Withdraws a role of applications from a user; access tokens of before are void. */
export async function withdrawRoleCommand(
  administer: Administer,
  email: string,
  role: string,
  output: Output,
): Promise<void> {
  await applicationRoleCommand(administer, { email, role, method: 'DELETE' }, output, {
    changed: `has the role ${role} no more; access tokens of before are void.`,
    unchanged: `did not have the role ${role}.`,
  });
}

async function applicationRoleCommand(
  administer: Administer,
  { email, role, method }: { readonly email: string; readonly role: string; readonly method: 'PUT' | 'DELETE' },
  { json }: Output,
  messages: Readonly<Record<'changed' | 'unchanged', string>>,
): Promise<void> {
  if (!isApplicationRole(role)) {
    throw new CommandError(
      `${role} is not a role of applications.`,
      'A letter, then letters, digits, dots, hyphens and underscores, all in lower case, 40 at most. ' +
        'Administrators are made by: latchkey users role EMAIL administrator.',
    );
  }
  await administer(async (api) => {
    const { id } = await requireUserOf(api, email);
    const path = `${ADMIN_ROUTES.users}/${id}/roles/${role}`;
    const user = await api.call({ method, path, answer: adminRoleResponse }).catch((error: unknown) => {
      throw error instanceof AdminApiError && error.problem.code === 'too_many_roles' ? tooManyRoles(email) : error;
    });
    write(json ? JSON.stringify(user) : `${user.email} ${messages[user.changed ? 'changed' : 'unchanged']}`);
  });
}

function tooManyRoles(email: string): CommandError {
  return new CommandError(
    `${email} has ${MAX_APPLICATION_ROLES} roles, and no user has more.`,
    'Withdraw another one first: latchkey users withdraw EMAIL ROLE.',
  );
}

/** Deletes an account with all that belongs to it. */
export async function deleteUserCommand(administer: Administer, email: string, { json }: Output): Promise<void> {
  await administer(async (api) => {
    const user = await requireUserOf(api, email);
    await api.call({ method: 'DELETE', path: `${ADMIN_ROUTES.users}/${user.id}`, answer: z.undefined() });
    write(json ? JSON.stringify({ id: user.id, deleted: true }) : `${user.email} is deleted.  ${user.id}`);
  });
}

async function banCommand(
  administer: Administer,
  email: string,
  { json }: Output,
  change: 'ban' | 'unban',
  messages: Readonly<Record<'changed' | 'unchanged', string>>,
): Promise<void> {
  await administer(async (api) => {
    const { id } = await requireUserOf(api, email);
    const path = `${ADMIN_ROUTES.users}/${id}/${change}`;
    const user = await api.call({ method: 'POST', path, answer: adminBanResponse });
    write(json ? JSON.stringify(user) : `${user.email} ${messages[user.changed ? 'changed' : 'unchanged']}`);
  });
}

function refusal(error: unknown, email: string): unknown {
  if (!(error instanceof AdminApiError)) return error;
  const { code, errors = [] } = error.problem;
  if (code === 'address_taken') {
    return new CommandError(
      `There is an account with the address ${email} already.`,
      'To change its role: latchkey users role EMAIL administrator. To make it anew: latchkey users delete EMAIL.',
    );
  }
  if (code === 'password_not_allowed') {
    const objection = errors.map(({ detail }) => detail).join(' ');
    return new CommandError('The password is not allowed.', `${objection} It is the first line of the input.`);
  }
  return error.isAbout('email')
    ? new CommandError(`${email} is not an e-mail address.`, 'Write it like name@example.com.')
    : error;
}

function isRole(text: string): text is Role {
  return text === 'user' || text === 'administrator';
}

function rolesIn({ roles }: AdminUserResponse): string {
  return roles.length === 0 ? 'user' : roles.join(',');
}

function stateOf(user: AdminUserResponse): string {
  if (user.banned_at !== null) return 'banned';
  return user.email_verified ? 'active' : 'unconfirmed';
}

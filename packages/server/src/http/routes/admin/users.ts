import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminUserListResponse,
  adminUserRequest,
  adminUserResponse,
  adminUsersQuery,
} from '@latchkey/protocol/schemas';
import { roleOverreach, userOverreach, type Administrator } from '../../../domain/administration/administrator.ts';
import { isUserId } from '../../../domain/ids.ts';
import type { Role, User } from '../../../domain/users/user.ts';
import { askAboutUser } from '../../../operations/ask-again.ts';
import type { OperationContext } from '../../../operations/context.ts';
import { deleteUserByOperator } from '../../../operations/delete-user.ts';
import { addUser, findUserById, listUsersPage, type AddUserResult } from '../../../operations/manage-users.ts';
import { representManagedUser } from '../../admin-representations.ts';
import { ApiError, invalidMembers } from '../../api-error.ts';
import type { App, AppContext, HttpDependencies } from '../../environment.ts';
import { passwordNotAllowed } from '../../password-objections.ts';
import { readJson } from '../../request-body.ts';
import { invalidCursor, pageSize, readAdminQuery, requireCursor } from './admin-query.ts';
import { mountAdminRoutes, refuseOverreach, type AdminRoute } from './admin-route.ts';

/** Accounts, and what they are. */
export function mountAdminUsers(app: App, dependencies: HttpDependencies): void {
  const reading = { noun: 'users', access: 'read' } as const;
  const writing = { noun: 'users', access: 'write' } as const;
  const path = `${ADMIN_ROUTES.users}/:id`;
  mountAdminRoutes(app, dependencies, [
    { ...reading, method: 'get', path: ADMIN_ROUTES.users, ...listRoute(dependencies) },
    { ...writing, method: 'post', path: ADMIN_ROUTES.users, ...addRoute() },
    { ...reading, method: 'get', path, ...readRoute(dependencies) },
    { ...writing, method: 'delete', path, ...deleteRoute(dependencies) },
  ]);
}

type Route = Pick<AdminRoute, 'documentation' | 'handle'>;

function listRoute({ operations }: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'List users',
      description:
        'The newest first, or in the order of addresses where their beginning is given. Pages go on by `next`.',
      query: adminUsersQuery,
      answers: { 200: { description: 'A page', schema: adminUserListResponse } },
      errors: ['invalid_request'],
    },
    handle: async (c) => {
      const query = readAdminQuery(c, adminUsersQuery);
      const { email, role, banned, order, cursor } = query;
      const after = email === undefined ? requireCursor(cursor, isUserId) : cursor && readAddressCursor(cursor);
      const search = { emailPrefix: email?.toLowerCase(), role, banned, order, after, limit: pageSize(query) };
      const { items, next } = await listUsersPage(operations, search);
      const nextCursor = next !== undefined && email !== undefined ? addressCursor(next) : next;
      return c.json({ users: items.map(representManagedUser), next: nextCursor ?? null });
    },
  };
}

/** An address as a cursor: without characters that a query would have to escape. */
function addressCursor(address: string): string {
  return Buffer.from(address).toString('base64url');
}

function readAddressCursor(cursor: string): string {
  const address = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^[\x21-\x7e]{3,254}$/.test(address) || addressCursor(address) !== cursor) throw invalidCursor();
  return address;
}

function addRoute(): Route {
  return {
    documentation: {
      summary: 'Make an account',
      description: 'The address counts as confirmed. An administrator is made with the scope `admin` alone.',
      body: adminUserRequest,
      answers: { 201: { description: 'Made', schema: adminUserResponse } },
      errors: ['password_not_allowed', 'not_permitted', 'address_taken'],
    },
    handle: async (c, administrator, operations) => {
      const { name = null, role = 'user', ...input } = await readJson(c, adminUserRequest);
      refuseOverreach(roleOverreach(administrator, role));
      const result = await addUser(operations, { ...input, name, role }, administrator.actor);
      if (result.kind !== 'added') throw refusal(result);
      c.header('Location', `${ADMIN_ROUTES.users}/${result.user.id}`);
      return c.json(representManagedUser(result.user), 201);
    },
  };
}

function refusal(refused: Exclude<AddUserResult, { kind: 'added' }>): ApiError {
  switch (refused.kind) {
    case 'invalid_email':
      return invalidMembers({ pointer: '/email', detail: 'Not an e-mail address' });
    case 'address_taken':
      return new ApiError('address_taken');
    case 'password_not_allowed':
      return passwordNotAllowed(refused.objection);
  }
}

function readRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Read a user',
      answers: { 200: { description: 'The user', schema: adminUserResponse } },
      errors: ['invalid_request', 'not_found'],
    },
    handle: async (c) => c.json(representManagedUser(await requireUser(c, dependencies))),
  };
}

function deleteRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Delete an account',
      description: 'With everything that belongs to it, for good. Sessions and access tokens are void at once.',
      answers: { 204: { description: 'Deleted' } },
      errors: ['invalid_request', 'not_permitted', 'not_found'],
    },
    handle: async (c, administrator, operations) => {
      const user = await requireUser(c, dependencies);
      const changing = changingUser(operations, administrator, user);
      if (!(await deleteUserByOperator(changing, user, administrator.actor))) throw new ApiError('not_found');
      return c.body(null, 204);
    },
  };
}

/**
 * Ends the request of an administrator who may not change this user, or not give the role. What changes it then looks
 * again, for others may have made an administrator of the user meanwhile.
 */
export function changingUser(
  operations: OperationContext,
  administrator: Administrator,
  user: User,
  role?: Role,
): OperationContext {
  const refuse = (now: User) => refuseOverreach(userOverreach(administrator, now, role));
  refuse(user);
  return askAboutUser(operations, user.id, refuse);
}

/** The user that the path names. */
export async function requireUser(c: AppContext, { operations }: HttpDependencies): Promise<User> {
  const id = c.req.param('id') ?? '';
  if (!isUserId(id)) throw invalidMembers({ pointer: '/id', detail: 'Not the id of a user' });
  const user = await findUserById(operations, id);
  if (user === undefined) throw new ApiError('not_found');
  return user;
}

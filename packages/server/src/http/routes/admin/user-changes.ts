import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  acceptedResponse,
  adminBanResponse,
  adminEndedSessionsResponse,
  adminRoleRequest,
  adminRoleResponse,
} from '@latchkey/protocol/schemas';
import { isApplicationRole } from '../../../domain/users/application-roles.ts';
import { banUser, unbanUser } from '../../../operations/ban-user.ts';
import { changeApplicationRoles } from '../../../operations/change-application-roles.ts';
import { changeRole } from '../../../operations/change-role.ts';
import { endUserSessionsByOperator } from '../../../operations/end-sessions.ts';
import { sendPasswordReset } from '../../../operations/request-password-reset.ts';
import { representManagedUser } from '../../admin-representations.ts';
import { ApiError, invalidMembers } from '../../api-error.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { readJson } from '../../request-body.ts';
import { mountAdminRoutes, type AdminRoute } from './admin-route.ts';
import { changingUser, requireUser } from './users.ts';

const PATH = `${ADMIN_ROUTES.users}/:id`;

/** What is done to an account that stays. */
export function mountAdminUserChanges(app: App, dependencies: HttpDependencies): void {
  const writing = { noun: 'users', access: 'write' } as const;
  mountAdminRoutes(app, dependencies, [
    banRoute(dependencies, 'ban'),
    banRoute(dependencies, 'unban'),
    { ...writing, method: 'put', path: `${PATH}/role`, ...roleRoute(dependencies) },
    { ...writing, method: 'put', path: `${PATH}/roles/:role`, ...applicationRoleRoute(dependencies, 'grant') },
    { ...writing, method: 'delete', path: `${PATH}/roles/:role`, ...applicationRoleRoute(dependencies, 'withdraw') },
    // Who may end sessions, but not change users, may do this as well.
    { noun: 'sessions', access: 'write', method: 'post', path: `${PATH}/end-sessions`, ...endRoute(dependencies) },
    { ...writing, method: 'post', path: `${PATH}/password-reset`, ...resetRoute(dependencies) },
  ]);
}

type Route = Pick<AdminRoute, 'documentation' | 'handle'>;

const CHANGE_ERRORS = ['invalid_request', 'not_permitted', 'not_found'] as const;

function banRoute(dependencies: HttpDependencies, name: 'ban' | 'unban'): AdminRoute {
  const [change, summary, description] =
    name === 'ban'
      ? ([
          banUser,
          'Ban a user',
          'Ends all sessions, voids all tokens, and lets nobody sign in to the account.',
        ] as const)
      : ([unbanUser, 'Lift a ban', 'What ended with it stays ended.'] as const);
  return {
    noun: 'users',
    access: 'write',
    method: 'post',
    path: `${PATH}/${name}`,
    documentation: {
      summary,
      description,
      answers: { 200: { description: 'The user as it is now', schema: adminBanResponse } },
      errors: CHANGE_ERRORS,
    },
    handle: async (c, administrator, operations) => {
      const user = await requireUser(c, dependencies);
      const { kind, ended } = await change(changingUser(operations, administrator, user), user, administrator.actor);
      const now = representManagedUser(await requireUser(c, dependencies));
      return c.json({ ...now, changed: kind === 'changed', sessions_ended: ended });
    },
  };
}

function roleRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: "Change a user's role",
      description: 'Access tokens with the old one are void. Administrators are made and unmade with `admin` alone.',
      body: adminRoleRequest,
      answers: { 200: { description: 'The user as it is now', schema: adminRoleResponse } },
      errors: ['not_permitted', 'not_found'],
    },
    handle: async (c, administrator, operations) => {
      const user = await requireUser(c, dependencies);
      const { role } = await readJson(c, adminRoleRequest);
      const changing = changingUser(operations, administrator, user, role);
      const { kind } = await changeRole(changing, { id: user.id, role }, administrator.actor);
      const now = representManagedUser(await requireUser(c, dependencies));
      return c.json({ ...now, changed: kind === 'changed' });
    },
  };
}

function applicationRoleRoute(dependencies: HttpDependencies, change: 'grant' | 'withdraw'): Route {
  const isGrant = change === 'grant';
  return {
    documentation: {
      summary: isGrant ? 'Grant a user a role of your applications' : 'Withdraw a role of your applications',
      description:
        'Such as `moderator`; at most 20 a user. Access tokens of before are void, sessions stay. The roles `user` and ' +
        '`administrator` are none of these.',
      answers: { 200: { description: 'The user as it is now', schema: adminRoleResponse } },
      errors: isGrant ? [...CHANGE_ERRORS, 'too_many_roles'] : CHANGE_ERRORS,
    },
    handle: async (c, administrator, operations) => {
      const user = await requireUser(c, dependencies);
      const role = c.req.param('role') ?? '';
      if (!isApplicationRole(role)) throw invalidMembers({ pointer: '/role', detail: 'Not a role of applications' });
      const changing = changingUser(operations, administrator, user);
      const { kind } = await changeApplicationRoles(changing, { id: user.id, role, change }, administrator.actor);
      if (kind === 'too_many_roles') throw new ApiError(kind);
      const now = representManagedUser(await requireUser(c, dependencies));
      return c.json({ ...now, changed: kind === 'changed' });
    },
  };
}

function endRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'End all sessions of a user',
      description: 'Their cookies, their refresh tokens and all access tokens are void at once.',
      answers: { 200: { description: 'Ended', schema: adminEndedSessionsResponse } },
      errors: ['invalid_request', 'not_found'],
    },
    handle: async (c, { actor }, operations) => {
      const { id } = await requireUser(c, dependencies);
      return c.json({ sessions_ended: await endUserSessionsByOperator(operations, id, actor) });
    },
  };
}

function resetRoute(dependencies: HttpDependencies): Route {
  return {
    documentation: {
      summary: 'Mail a user a link that resets the password',
      description: 'Older links die. It goes to the address of the account, and is shown to nobody else.',
      answers: { 202: { description: 'Accepted', schema: acceptedResponse } },
      errors: CHANGE_ERRORS,
    },
    handle: async (c, administrator, operations) => {
      const user = await requireUser(c, dependencies);
      const changing = changingUser(operations, administrator, user);
      if (!(await sendPasswordReset(changing, user.id, administrator.actor))) throw new ApiError('not_found');
      return c.json({ status: 'accepted' }, 202);
    },
  };
}

import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminSessionListResponse, adminSessionsQuery } from '@latchkey/protocol/schemas';
import { isSessionId, isUserId } from '../../../domain/ids.ts';
import { endSessionByOperator } from '../../../operations/end-sessions.ts';
import { listSessionsPage } from '../../../operations/list-sessions.ts';
import { findUserById } from '../../../operations/manage-users.ts';
import { representManagedSession } from '../../admin-representations.ts';
import { ApiError, invalidMembers } from '../../api-error.ts';
import type { App, HttpDependencies } from '../../environment.ts';
import { pageSize, readAdminQuery, requireCursor } from './admin-query.ts';
import { mountAdminRoutes, type AdminRoute } from './admin-route.ts';

/** Who is signed in, and where. */
export function mountAdminSessions(app: App, { operations, ...more }: HttpDependencies): void {
  const list: AdminRoute = {
    method: 'get',
    path: ADMIN_ROUTES.sessions,
    noun: 'sessions',
    access: 'read',
    documentation: {
      summary: 'List live sessions',
      description: "Of everybody or of one user, browsers' and clients', the oldest first. Pages go on by `next`.",
      query: adminSessionsQuery,
      answers: { 200: { description: 'A page', schema: adminSessionListResponse } },
      errors: ['invalid_request', 'not_found'],
    },
    handle: async (c) => {
      const query = readAdminQuery(c, adminSessionsQuery);
      const { user: userId, cursor } = query;
      if (userId !== undefined && !isUserId(userId)) {
        throw invalidMembers({ pointer: '/user', detail: 'Not the id of a user' });
      }
      const after = requireCursor(cursor, isSessionId);
      if (userId !== undefined && (await findUserById(operations, userId)) === undefined) {
        throw new ApiError('not_found');
      }
      const { items, next } = await listSessionsPage(operations, { userId, after, limit: pageSize(query) });
      return c.json({ sessions: items.map(representManagedSession), next: next ?? null });
    },
  };
  const end: AdminRoute = {
    method: 'delete',
    path: `${ADMIN_ROUTES.sessions}/:id`,
    noun: 'sessions',
    access: 'write',
    documentation: {
      summary: 'End a session',
      description: 'Its cookie or refresh token and its access tokens are void at once.',
      answers: { 204: { description: 'Ended' } },
      errors: ['invalid_request', 'not_found'],
    },
    handle: async (c, { actor }, changing) => {
      const id = c.req.param('id') ?? '';
      if (!isSessionId(id)) throw invalidMembers({ pointer: '/id', detail: 'Not the id of a session' });
      if (!(await endSessionByOperator(changing, id, actor))) throw new ApiError('not_found');
      return c.body(null, 204);
    },
  };
  mountAdminRoutes(app, { operations, ...more }, [list, end]);
}

import { ROUTES } from '@latchkey/protocol';
import { authorizationListResponse } from '@latchkey/protocol/schemas';
import { isClientId } from '../../domain/ids.ts';
import { listAuthorizations } from '../../operations/list-authorizations.ts';
import { withdrawAuthorization } from '../../operations/withdraw-authorization.ts';
import { ApiError } from '../api-error.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { representClientAccess } from '../representations.ts';

/** The programs that a user has let in. */
export function mountAuthorizations(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.get(
    ROUTES.authorizations,
    documented({
      tag: 'Account',
      summary: 'List the clients that have access',
      description: 'Those that the user was asked about, and those that hold a session.',
      answers: { 200: { description: 'The clients, by their names', schema: authorizationListResponse } },
      errors: ['no_session', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user } = await requireSession(c, dependencies);
      const authorizations = await listAuthorizations(operations, user.id);
      return c.json({ authorizations: authorizations.map(representClientAccess) });
    },
  );
  app.delete(
    `${ROUTES.authorizations}/:client_id`,
    documented({
      tag: 'Account',
      summary: 'Remove the access of a client',
      description:
        'Ends its sessions, voids its tokens and codes, and forgets the consent. The browser stays signed in.',
      answers: { 204: { description: 'Removed' } },
      errors: ['no_session', 'not_found', 'cross_site_request', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user } = await requireSession(c, dependencies);
      const clientId = c.req.param('client_id');
      if (!isClientId(clientId)) throw new ApiError('not_found');
      const withdrawn = await withdrawAuthorization(operations, { userId: user.id, clientId }, c.var.caller);
      if (!withdrawn) throw new ApiError('not_found');
      return c.body(null, 204);
    },
  );
}

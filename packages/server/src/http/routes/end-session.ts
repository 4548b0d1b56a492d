import { ROUTES } from '@latchkey/protocol';
import { isSessionId } from '../../domain/ids.ts';
import { endOneSession } from '../../operations/end-sessions.ts';
import { ApiError } from '../api-error.ts';
import { clearSessionCookie, requestedSlot } from '../cookies.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

export function mountEndSession(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.delete(
    `${ROUTES.sessions}/:id`,
    documented({
      tag: 'Session',
      summary: 'Sign a device out',
      description: "Ends one of the user's own sessions. Ending the current one clears its cookie.",
      answers: { 204: { description: 'Ended' } },
      errors: ['no_session', 'not_found', 'cross_site_request', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      const id = c.req.param('id');
      if (!isSessionId(id)) throw new ApiError('not_found');
      const ended = await endOneSession(operations, { id, userId: user.id, reason: 'ended_by_user' }, c.var.caller);
      if (!ended) throw new ApiError('not_found');
      if (id === session.id) clearSessionCookie(c, operations.policy.issuer, requestedSlot(c));
      return c.body(null, 204);
    },
  );
}

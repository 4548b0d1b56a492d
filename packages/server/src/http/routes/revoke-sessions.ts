import { ROUTES } from '@latchkey/protocol';
import { endedSessionsResponse } from '@latchkey/protocol/schemas';
import { endAllSessions } from '../../operations/end-sessions.ts';
import { clearSessionCookie, requestedSlot } from '../cookies.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

const ANSWERS = { 200: { description: 'How many sessions ended', schema: endedSessionsResponse } };
const ERRORS = ['no_session', 'cross_site_request', 'temporarily_unavailable'] as const;

export function mountRevokeSessions(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(
    ROUTES.revokeOthers,
    documented({ tag: 'Session', summary: 'Sign out the other devices', answers: ANSWERS, errors: ERRORS }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      const ended = await endAllSessions(operations, { userId: user.id, except: session.id }, c.var.caller);
      return c.json({ ended });
    },
  );
  app.post(
    ROUTES.revokeAll,
    documented({ tag: 'Session', summary: 'Sign out everywhere', answers: ANSWERS, errors: ERRORS }),
    async (c) => {
      const { user } = await requireSession(c, dependencies);
      const ended = await endAllSessions(operations, { userId: user.id }, c.var.caller);
      clearSessionCookie(c, operations.policy.issuer, requestedSlot(c));
      return c.json({ ended });
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import { sessionListResponse } from '@latchkey/protocol/schemas';
import { listSessions } from '../../operations/list-sessions.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { representSession } from '../representations.ts';

export function mountSessions(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.sessions,
    documented({
      tag: 'Session',
      summary: 'List the devices that are signed in',
      answers: { 200: { description: 'The live sessions, newest first', schema: sessionListResponse } },
      errors: ['no_session', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      const sessions = await listSessions(dependencies.operations, user.id, session.id);
      return c.json({
        sessions: sessions.map((other) => representSession(other.session, session.id, other.clientName)),
      });
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import { signedInResponse } from '@latchkey/protocol/schemas';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { representSession, representUser } from '../representations.ts';

export function mountSession(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.session,
    documented({
      tag: 'Session',
      summary: 'Who is signed in',
      answers: { 200: { description: 'The user and this session', schema: signedInResponse } },
      errors: ['no_session', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      return c.json({ user: representUser(user), session: representSession(session, session.id) });
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import { signedInResponse } from '@latchkey/protocol/schemas';
import { endOneSession } from '../../operations/end-sessions.ts';
import { clearSessionCookie, requestedSlot } from '../cookies.ts';
import { currentSession, requireApiSession } from '../current-session.ts';
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
      const { user, session } = await requireApiSession(c, dependencies);
      return c.json({ user: representUser(user), session: representSession(session, session.id) });
    },
  );

  const { operations } = dependencies;
  app.delete(
    ROUTES.session,
    documented({
      tag: 'Session',
      summary: 'Sign out here, in any mode',
      description: 'As POST /api/sign-out, which the credential of the mode `jwt-cookie` is not sent to.',
      answers: { 204: { description: 'Signed out' } },
      errors: ['cross_site_request', 'temporarily_unavailable'],
    }),
    async (c) => {
      const slot = requestedSlot(c);
      for (const place of ['origin', 'session-api'] as const) {
        const current = await currentSession(c, dependencies, slot, place);
        if (current !== undefined) {
          const { session, user } = current;
          await endOneSession(operations, { id: session.id, userId: user.id, reason: 'signed_out' }, c.var.caller);
        }
        clearSessionCookie(c, operations.policy.issuer, slot, place);
      }
      return c.body(null, 204);
    },
  );
}

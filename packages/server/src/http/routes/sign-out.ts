import { ROUTES } from '@latchkey/protocol';
import { endOneSession } from '../../operations/end-sessions.ts';
import { clearSessionCookie, requestedSlot } from '../cookies.ts';
import { currentSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

export function mountSignOut(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(
    ROUTES.signOut,
    documented({
      tag: 'Session',
      summary: 'Sign out here',
      description: 'Ends the session and clears the cookie. Succeeds also where nobody is signed in.',
      answers: { 204: { description: 'Signed out' } },
      errors: ['cross_site_request', 'temporarily_unavailable'],
    }),
    async (c) => {
      const slot = requestedSlot(c);
      const current = await currentSession(c, dependencies, slot);
      if (current !== undefined) {
        const { session, user } = current;
        await endOneSession(operations, { id: session.id, userId: user.id, reason: 'signed_out' }, c.var.caller);
      }
      clearSessionCookie(c, operations.policy.issuer, slot);
      return c.body(null, 204);
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import { endedSessionsResponse, passwordChangeRequest } from '@latchkey/protocol/schemas';
import { changePassword } from '../../operations/change-password.ts';
import { ApiError } from '../api-error.ts';
import { requireSession } from '../current-session.ts';
import { setRenewedSession } from '../renewed-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { passwordNotAllowed } from '../password-objections.ts';
import { readJson } from '../request-body.ts';

export function mountPassword(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.password,
    documented({
      tag: 'Account',
      summary: 'Change the password',
      description:
        'Ends the other sessions, voids every access token of before, and sets the cookie of a new session. The one that ' +
        'asked ends once that cookie is used; if the answer is lost, it stays.',
      body: passwordChangeRequest,
      answers: { 200: { description: 'Changed; how many sessions ended', schema: endedSessionsResponse } },
      errors: ['no_session', 'wrong_password', 'password_not_allowed', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      const body = await readJson(c, passwordChangeRequest);
      const input = { ...body, userId: user.id, sessionId: session.id, personal: [user.email, user.name] };
      const result = await changePassword(dependencies.operations, input, c.var.caller);
      switch (result.kind) {
        case 'changed':
          setRenewedSession(c, dependencies, result);
          return c.json({ ended: result.ended });
        case 'no_session':
        case 'wrong_password':
          throw new ApiError(result.kind);
        case 'password_not_allowed':
          throw passwordNotAllowed(result.objection);
      }
    },
  );
}

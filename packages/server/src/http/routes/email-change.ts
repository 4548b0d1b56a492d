import { ROUTES } from '@latchkey/protocol';
import { acceptedResponse, emailChangeRequest } from '@latchkey/protocol/schemas';
import { requestEmailChange } from '../../operations/request-email-change.ts';
import { ApiError, invalidMembers } from '../api-error.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readJson } from '../request-body.ts';

export function mountEmailChange(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(
    ROUTES.email,
    documented({
      tag: 'Account',
      summary: 'Ask for another e-mail address',
      description:
        'Nothing changes until the new address confirms. The answer is the same whether or not another account has it.',
      body: emailChangeRequest,
      answers: { 202: { description: 'A mail is on its way to the new address', schema: acceptedResponse } },
      errors: ['no_session', 'wrong_password', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      const body = await readJson(c, emailChangeRequest);
      const input = { ...body, userId: user.id, sessionId: session.id };
      const result = await requestEmailChange(operations, input, c.var.caller);
      switch (result.kind) {
        case 'accepted':
          return c.json({ status: 'accepted' }, 202);
        case 'invalid_email':
          throw invalidMembers({ pointer: '/email', detail: 'Not an e-mail address' });
        case 'same_email':
          throw invalidMembers({ pointer: '/email', detail: 'It is your address already' });
        case 'no_session':
        case 'wrong_password':
          throw new ApiError(result.kind);
      }
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import { accountDeletionRequest } from '@latchkey/protocol/schemas';
import { deleteAccount } from '../../operations/delete-user.ts';
import { ApiError } from '../api-error.ts';
import { clearSessionCookie, requestedSlot } from '../cookies.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readJson } from '../request-body.ts';

export function mountAccount(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.delete(
    ROUTES.account,
    documented({
      tag: 'Account',
      summary: 'Delete the account',
      description: 'With everything that belongs to it, at once and for good.',
      body: accountDeletionRequest,
      answers: { 204: { description: 'Deleted' } },
      errors: ['no_session', 'wrong_password', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { user, session } = await requireSession(c, dependencies);
      const body = await readJson(c, accountDeletionRequest);
      const input = { ...body, userId: user.id, sessionId: session.id };
      const { kind } = await deleteAccount(operations, input, c.var.caller);
      if (kind !== 'deleted') throw new ApiError(kind);
      clearSessionCookie(c, operations.policy.issuer, requestedSlot(c));
      return c.body(null, 204);
    },
  );
}

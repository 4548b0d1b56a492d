import { ROUTES } from '@latchkey/protocol';
import { confirmedResponse, confirmEmailChangeRequest } from '@latchkey/protocol/schemas';
import { confirmEmailChange } from '../../operations/confirm-email-change.ts';
import { ApiError } from '../api-error.ts';
import { askingSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readJson } from '../request-body.ts';

export function mountConfirmEmailChange(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(
    ROUTES.confirmEmailChange,
    documented({
      tag: 'Account',
      summary: 'Confirm the new e-mail address',
      description: 'Works once, with the newest link only. Tells the old address; ends the other sessions.',
      body: confirmEmailChangeRequest,
      answers: { 200: { description: 'Changed', schema: confirmedResponse } },
      errors: ['invalid_token', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const asking = await askingSession(c, dependencies);
      const body = await readJson(c, confirmEmailChangeRequest);
      const result = await confirmEmailChange(operations, { ...body, asking }, c.var.caller);
      if (result.kind === 'invalid_token') throw new ApiError('invalid_token');
      return c.json({ status: 'confirmed' });
    },
  );
}

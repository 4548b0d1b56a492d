import { ROUTES } from '@latchkey/protocol';
import { confirmedResponse, confirmEmailRequest } from '@latchkey/protocol/schemas';
import { confirmEmail } from '../../operations/confirm-email.ts';
import { ApiError } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readJson } from '../request-body.ts';

export function mountConfirmEmail(app: App, { operations }: HttpDependencies): void {
  app.post(
    ROUTES.confirmEmail,
    documented({
      tag: 'Account',
      summary: 'Confirm an e-mail address',
      description: 'Works once, with the newest link only.',
      body: confirmEmailRequest,
      answers: { 200: { description: 'Confirmed', schema: confirmedResponse } },
      errors: ['invalid_token', 'temporarily_unavailable'],
    }),
    async (c) => {
      const result = await confirmEmail(operations, await readJson(c, confirmEmailRequest), c.var.caller);
      if (result.kind === 'invalid_token') throw new ApiError('invalid_token');
      return c.json({ status: 'confirmed' });
    },
  );
}

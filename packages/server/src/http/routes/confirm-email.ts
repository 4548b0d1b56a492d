import { ROUTES } from '@latchkey/protocol';
import { addressConfirmedResponse, confirmEmailRequest } from '@latchkey/protocol/schemas';
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
      description:
        'Makes the account. Works once, with the newest link only. Where the address was signed up for with more than ' +
        'one password, the account has none: `passwordResetToken` is what POST /api/password-reset/confirm takes.',
      body: confirmEmailRequest,
      answers: { 200: { description: 'Confirmed', schema: addressConfirmedResponse } },
      errors: ['invalid_token', 'temporarily_unavailable'],
    }),
    async (c) => {
      const result = await confirmEmail(operations, await readJson(c, confirmEmailRequest), c.var.caller);
      if (result.kind === 'invalid_token') throw new ApiError('invalid_token');
      return c.json({ status: 'confirmed', passwordResetToken: result.passwordReset?.reveal() ?? null });
    },
  );
}

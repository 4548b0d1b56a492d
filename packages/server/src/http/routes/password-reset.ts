import { ROUTES } from '@latchkey/protocol';
import {
  acceptedResponse,
  confirmedResponse,
  confirmPasswordResetRequest,
  passwordResetRequest,
} from '@latchkey/protocol/schemas';
import { requestPasswordReset } from '../../operations/request-password-reset.ts';
import { resetPassword } from '../../operations/reset-password.ts';
import { ApiError, invalidMembers } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { passwordNotAllowed } from '../password-objections.ts';
import { readJson } from '../request-body.ts';

export function mountPasswordReset(app: App, { operations }: HttpDependencies): void {
  app.post(
    ROUTES.passwordReset,
    documented({
      tag: 'Account',
      summary: 'Send a link that resets the password',
      description: 'Older links die. The answer is the same for every address.',
      body: passwordResetRequest,
      answers: { 202: { description: 'Accepted', schema: acceptedResponse } },
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const result = await requestPasswordReset(operations, await readJson(c, passwordResetRequest), c.var.caller);
      if (result.kind === 'invalid_email') throw invalidMembers({ pointer: '/email', detail: 'Not an e-mail address' });
      return c.json({ status: 'accepted' }, 202);
    },
  );
  app.post(
    ROUTES.confirmPasswordReset,
    documented({
      tag: 'Account',
      summary: 'Reset the password',
      description: 'Works once, with the newest link only. Ends every session of the user, and confirms the address.',
      body: confirmPasswordResetRequest,
      answers: { 200: { description: 'Reset', schema: confirmedResponse } },
      errors: ['invalid_token', 'password_not_allowed', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const result = await resetPassword(operations, await readJson(c, confirmPasswordResetRequest), c.var.caller);
      switch (result.kind) {
        case 'reset':
          return c.json({ status: 'confirmed' });
        case 'invalid_token':
          throw new ApiError('invalid_token');
        case 'password_not_allowed':
          throw passwordNotAllowed(result.objection);
      }
    },
  );
}

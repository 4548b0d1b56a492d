import { ROUTES } from '@latchkey/protocol';
import { acceptedResponse, emailVerificationRequest } from '@latchkey/protocol/schemas';
import { requestEmailVerification } from '../../operations/request-email-verification.ts';
import { invalidMembers } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readJson } from '../request-body.ts';

export function mountEmailVerification(app: App, { operations }: HttpDependencies): void {
  app.post(
    ROUTES.emailVerification,
    documented({
      tag: 'Account',
      summary: 'Send the verification mail again',
      description: 'Older links die. The answer is the same for every address.',
      body: emailVerificationRequest,
      answers: { 202: { description: 'Accepted', schema: acceptedResponse } },
      errors: ['temporarily_unavailable'],
    }),
    async (c) => {
      const body = await readJson(c, emailVerificationRequest);
      const result = await requestEmailVerification(operations, body, c.var.caller);
      if (result.kind === 'invalid_email') throw invalidMembers({ pointer: '/email', detail: 'Not an e-mail address' });
      return c.json({ status: 'accepted' }, 202);
    },
  );
}

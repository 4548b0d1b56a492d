import { ROUTES } from '@latchkey/protocol';
import { acceptedResponse, signUpRequest } from '@latchkey/protocol/schemas';
import { signUp, type SignUpResult } from '../../operations/sign-up.ts';
import { invalidMembers, type ApiError } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { passwordNotAllowed } from '../password-objections.ts';
import { readJson } from '../request-body.ts';

export function mountSignUp(app: App, { operations }: HttpDependencies): void {
  app.post(
    ROUTES.signUp,
    documented({
      tag: 'Account',
      summary: 'Sign up',
      description: 'The answer is the same whether or not the address is known; the mail that follows tells.',
      body: signUpRequest,
      answers: { 202: { description: 'A mail is on its way', schema: acceptedResponse } },
      errors: ['password_not_allowed', 'temporarily_unavailable'],
    }),
    async (c) => {
      const result = await signUp(operations, await readJson(c, signUpRequest), c.var.caller);
      if (result.kind !== 'accepted') throw signUpError(result);
      return c.json({ status: 'accepted' }, 202);
    },
  );
}

function signUpError(refusal: Exclude<SignUpResult, { kind: 'accepted' }>): ApiError {
  switch (refusal.kind) {
    case 'invalid_email':
      return invalidMembers({ pointer: '/email', detail: 'Not an e-mail address' });
    case 'password_not_allowed':
      return passwordNotAllowed(refusal.objection);
  }
}

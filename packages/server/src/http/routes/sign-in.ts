import { ROUTES } from '@latchkey/protocol';
import { signedInResponse, signInRequest as signInBody } from '@latchkey/protocol/schemas';
import { ApiError } from '../api-error.ts';
import { placeOf, requestedSlotWithBody } from '../cookies.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { representSession, representUser } from '../representations.ts';
import { readJson } from '../request-body.ts';
import { signInRequest } from '../sign-in-request.ts';

export function mountSignIn(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.signIn,
    documented({
      tag: 'Session',
      summary: 'Sign in',
      description:
        'Sets the session cookie. `email_not_verified` and `account_banned` are told only after the right password.',
      body: signInBody,
      answers: { 200: { description: 'Signed in', schema: signedInResponse } },
      errors: [
        'invalid_credentials',
        'account_banned',
        'email_not_verified',
        'too_many_requests',
        'temporarily_unavailable',
      ],
    }),
    async (c) => {
      const { slot: bodySlot, mode, ...input } = await readJson(c, signInBody);
      const slot = requestedSlotWithBody(c, bodySlot);
      const result = await signInRequest(c, dependencies, input, slot, placeOf(mode));
      switch (result.kind) {
        case 'signed_in':
          return c.json({
            user: representUser(result.user),
            session: representSession(result.session, result.session.id),
          });
        case 'invalid_credentials':
        case 'account_banned':
        case 'email_not_verified':
          throw new ApiError(result.kind);
      }
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import {
  acceptedResponse,
  confirmMagicLinkRequest,
  magicLinkRequest,
  signedInResponse,
} from '@latchkey/protocol/schemas';
import { ApiError, invalidMembers } from '../api-error.ts';
import { placeOf, requestedSlotWithBody } from '../cookies.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { confirmMagicLinkHere, requestMagicLinkHere } from '../magic-link-request.ts';
import { representSession, representUser } from '../representations.ts';
import { readJson } from '../request-body.ts';

export function mountMagicLink(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.magicLink,
    documented({
      tag: 'Session',
      summary: 'Send a link that signs in',
      description:
        'Sets a cookie, without which the link is good for nothing. Older links die. The answer is the same for every ' +
        'address. There only with `LATCHKEY_MAGIC_LINKS=on`.',
      body: magicLinkRequest,
      answers: { 202: { description: 'Accepted', schema: acceptedResponse } },
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { email, remember = false, slot: bodySlot, mode } = await readJson(c, magicLinkRequest);
      const slot = requestedSlotWithBody(c, bodySlot);
      const choices = { remember, slot, place: placeOf(mode), next: undefined };
      const result = await requestMagicLinkHere(c, dependencies, email, choices);
      if (result.kind === 'invalid_email') throw invalidMembers({ pointer: '/email', detail: 'Not an e-mail address' });
      return c.json({ status: 'accepted' }, 202);
    },
  );
  app.post(
    ROUTES.confirmMagicLink,
    documented({
      tag: 'Session',
      summary: 'Sign in by a mailed link',
      description:
        'Works once, with the newest link only, in the browser that asked for it. Takes the code as well that the link ' +
        'shows in another browser. Sets the session cookie as POST /api/sign-in does.',
      body: confirmMagicLinkRequest,
      answers: { 200: { description: 'Signed in', schema: signedInResponse } },
      errors: ['invalid_token', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { token } = await readJson(c, confirmMagicLinkRequest);
      const { result } = await confirmMagicLinkHere(c, dependencies, token);
      if (result.kind === 'invalid_token') throw new ApiError('invalid_token');
      const { user, session } = result;
      return c.json({ user: representUser(user), session: representSession(session, session.id) });
    },
  );
}

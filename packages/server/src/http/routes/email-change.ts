import { ROUTES } from '@latchkey/protocol';
import {
  acceptedResponse,
  confirmedResponse,
  confirmEmailChangeRequest,
  emailChangeRequest,
  undoEmailChangeRequest,
  undoneResponse,
} from '@latchkey/protocol/schemas';
import { confirmEmailChange } from '../../operations/confirm-email-change.ts';
import { requestEmailChange } from '../../operations/request-email-change.ts';
import { undoEmailChange } from '../../operations/undo-email-change.ts';
import { ApiError, invalidMembers } from '../api-error.ts';
import { askingSession, requireSession } from '../current-session.ts';
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
  app.post(
    ROUTES.undoEmailChange,
    documented({
      tag: 'Account',
      summary: 'Take an e-mail address back',
      description: 'Restores the address that the link was sent to and ends every session. Needs a reset afterwards.',
      body: undoEmailChangeRequest,
      answers: { 200: { description: 'Undone', schema: undoneResponse } },
      errors: ['invalid_token', 'too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const result = await undoEmailChange(operations, await readJson(c, undoEmailChangeRequest), c.var.caller);
      if (result.kind === 'invalid_token') throw new ApiError('invalid_token');
      return c.json({ status: 'undone' });
    },
  );
}

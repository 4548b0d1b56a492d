import { ROUTES } from '@latchkey/protocol';
import { undoEmailChangeRequest, undoneResponse } from '@latchkey/protocol/schemas';
import { undoEmailChange } from '../../operations/undo-email-change.ts';
import { ApiError } from '../api-error.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readJson } from '../request-body.ts';

export function mountUndoEmailChange(app: App, { operations }: HttpDependencies): void {
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

import { ROUTES } from '@latchkey/protocol';
import { accessTokenResponse, sessionTokenRequest } from '@latchkey/protocol/schemas';
import { issueAccessToken } from '../../operations/issue-access-token.ts';
import { ApiError } from '../api-error.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readOptionalJson } from '../request-body.ts';

export function mountSessionToken(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.sessionToken,
    documented({
      tag: 'Session',
      summary: 'Get an access token',
      description: 'A short-lived JWT (RFC 9068) for a resource server, for the session of this cookie.',
      body: sessionTokenRequest,
      answers: { 200: { description: 'The token', schema: accessTokenResponse } },
      errors: ['no_session', 'invalid_target', 'invalid_scope', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { session } = await requireSession(c, dependencies);
      const request = await readOptionalJson(c, sessionTokenRequest);
      const result = await issueAccessToken(dependencies.operations, session, request);
      if (result.kind !== 'issued') throw new ApiError(result.kind);
      return c.json({
        access_token: result.accessToken,
        token_type: 'Bearer',
        expires_in: result.expiresInSeconds,
        ...(result.scopes.length > 0 && { scope: result.scopes.join(' ') }),
      });
    },
  );
}

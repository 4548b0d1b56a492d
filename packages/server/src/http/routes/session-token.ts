import { ROUTES } from '@latchkey/protocol';
import { accessTokenResponse, sessionTokenRequest } from '@latchkey/protocol/schemas';
import { issueAccessToken } from '../../operations/issue-access-token.ts';
import { ApiError } from '../api-error.ts';
import { requireSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { readPageProof } from '../key-proof.ts';
import { readOptionalJson } from '../request-body.ts';

export function mountSessionToken(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.sessionToken,
    documented({
      tag: 'Session',
      summary: 'Get an access token',
      description:
        'A short-lived JWT (RFC 9068) for a resource server, for the session of this cookie. With a proof of possession ' +
        'in the header `DPoP` it is bound to the key of that (RFC 9449).',
      body: sessionTokenRequest,
      answers: { 200: { description: 'The token', schema: accessTokenResponse } },
      errors: ['no_session', 'invalid_target', 'invalid_scope', 'invalid_dpop_proof', 'temporarily_unavailable'],
    }),
    async (c) => {
      const { session } = await requireSession(c, dependencies);
      const request = await readOptionalJson(c, sessionTokenRequest);
      const keyThumbprint = await readPageProof(c, dependencies, ROUTES.sessionToken);
      const result = await issueAccessToken(dependencies.operations, session, { ...request, keyThumbprint });
      if (result.kind !== 'issued') throw new ApiError(result.kind);
      return c.json({
        access_token: result.accessToken,
        token_type: result.tokenType,
        expires_in: result.expiresInSeconds,
        ...(result.scopes.length > 0 && { scope: result.scopes.join(' ') }),
      });
    },
  );
}

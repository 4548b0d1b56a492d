import { ROUTES } from '@latchkey/protocol';
import { sessionTokenRequest, sessionTokenResponse } from '@latchkey/protocol/schemas';
import { issueAccessToken } from '../../operations/issue-access-token.ts';
import { ApiError, invalidMembers } from '../api-error.ts';
import { requestedSlot, writeCookie } from '../cookies.ts';
import { requireApiSession } from '../current-session.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { DPOP_HEADER, readPageProof } from '../key-proof.ts';
import { readOptionalJson } from '../request-body.ts';
import { tokenCookie } from '../session-cookie.ts';

export function mountSessionToken(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.sessionToken,
    documented({
      tag: 'Session',
      summary: 'Get an access token',
      description:
        'A short-lived JWT (RFC 9068) for a resource server, for the session of this cookie. With a proof of possession ' +
        'in the header `DPoP` it is bound to the key of that (RFC 9449). With ' +
        '`deliver` as `cookie` it is set as a cookie, for services on this origin, and not told.',
      body: sessionTokenRequest,
      answers: { 200: { description: 'The token', schema: sessionTokenResponse } },
      errors: [
        'no_session',
        'tokens_not_offered',
        'invalid_target',
        'invalid_scope',
        'invalid_dpop_proof',
        'temporarily_unavailable',
      ],
    }),
    async (c) => {
      const { session, place } = await requireApiSession(c, dependencies);
      const { deliver = 'body', ...request } = await readOptionalJson(c, sessionTokenRequest);
      const isToCookie = deliver === 'cookie';
      const { sessionTokens } = dependencies.operations.policy;
      if (sessionTokens === 'off' || (sessionTokens === 'cookie' && !isToCookie))
        throw new ApiError('tokens_not_offered');
      if (place === 'session-api' && !isToCookie)
        throw invalidDelivery('The tokens of this session go into a cookie alone');
      // A page would prove for a token that it never sees, and no service takes it from a cookie.
      if (isToCookie && c.req.header(DPOP_HEADER) !== undefined)
        throw invalidDelivery('Not with a proof of possession');
      const keyThumbprint = await readPageProof(c, dependencies, ROUTES.sessionToken);
      const result = await issueAccessToken(dependencies.operations, session, { ...request, keyThumbprint });
      if (result.kind !== 'issued') throw new ApiError(result.kind);
      if (isToCookie) {
        const { issuer } = dependencies.operations.policy;
        // One of a session that ends with the browser ends with it, too.
        const lifeSeconds = session.remember ? result.expiresInSeconds : undefined;
        writeCookie(c, tokenCookie(issuer, requestedSlot(c), result.accessToken, lifeSeconds));
      }
      return c.json({
        ...(!isToCookie && { access_token: result.accessToken }),
        token_type: result.tokenType,
        expires_in: result.expiresInSeconds,
        ...(result.scopes.length > 0 && { scope: result.scopes.join(' ') }),
      });
    },
  );
}

function invalidDelivery(detail: string): ApiError {
  return invalidMembers({ pointer: '/deliver', detail });
}

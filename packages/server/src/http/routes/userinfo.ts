import { ROUTES } from '@latchkey/protocol';
import { userinfoResponse } from '@latchkey/protocol/schemas';
import { readUserinfo } from '../../operations/read-userinfo.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';
import { OAuthError } from '../oauth-error.ts';

/** RFC 6750 §2.1; a token of ours is far shorter. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,4096}=*)$/i;

/** The userinfo endpoint (OpenID Connect Core §5.3). Reads no cookie, so pages of other origins may ask. */
export function mountUserinfo(app: App, { operations, log }: HttpDependencies): void {
  const answer = async (c: AppContext): Promise<Response> => {
    allowOrigins(c);
    const token = BEARER.exec(c.req.header('Authorization') ?? '')?.[1];
    if (token === undefined) throw new OAuthError('invalid_token', 'Send an access token as Bearer');
    const reading = await readUserinfo(operations, token);
    if (reading.kind === 'read') return c.json(reading.userinfo);
    if (reading.kind === 'invalid_token') {
      log.info({ requestId: c.var.requestId, reason: reading.reason }, 'token is not active');
    }
    throw new OAuthError(reading.kind);
  };
  const documentation = documented({
    tag: 'OAuth',
    summary: 'Who the user is',
    description: 'By an access token with the scope `openid`: what its other scopes, `profile` and `email`, let know.',
    answers: { 200: { description: 'Claims of the user', schema: userinfoResponse } },
    oauthErrors: ['invalid_token', 'insufficient_scope'],
    errors: ['temporarily_unavailable'],
  });
  app.get(ROUTES.userinfo, documentation, answer);
  app.post(ROUTES.userinfo, documentation, answer);
  // Not for clients of this server's own: the browser asks, since the Authorization header is not simple.
  app.options(ROUTES.userinfo, (c) => {
    allowOrigins(c);
    c.header('Access-Control-Allow-Methods', 'GET, POST');
    c.header('Access-Control-Allow-Headers', 'Authorization');
    c.header('Access-Control-Max-Age', '7200');
    return c.body(null, 204);
  });
}

function allowOrigins(c: AppContext): void {
  c.header('Access-Control-Allow-Origin', '*');
}

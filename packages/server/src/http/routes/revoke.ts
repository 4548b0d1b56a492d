import { ROUTES } from '@latchkey/protocol';
import { tokenParameterRequest } from '@latchkey/protocol/schemas';
import { revokeToken } from '../../operations/revoke-token.ts';
import { requireClient } from '../client-authentication.ts';
import { readClientForm, requireParameter } from '../client-form.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { OAuthError } from '../oauth-error.ts';

/** Token revocation (RFC 7009). */
export function mountRevoke(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.revoke,
    documented({
      tag: 'OAuth',
      summary: 'Revoke a token',
      description:
        'RFC 7009: an access token of the client alone, or with a refresh token its session. The same answer for what ' +
        'is void already, or was never a token. A client with the scope `admin` may revoke those of browser sessions.',
      form: tokenParameterRequest,
      answers: { 200: { description: 'The token is void' } },
      oauthErrors: ['invalid_request', 'invalid_client', 'unauthorized_client'],
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      // A page may be a public client, and gives back what it has (RFC 7009 §2). No cookie is read here.
      c.header('Access-Control-Allow-Origin', '*');
      const form = await readClientForm(c);
      const client = await requireClient(c, dependencies, { form, allowPublic: true });
      const token = requireParameter(form, 'token');
      const { kind } = await revokeToken(dependencies.operations, client, token, c.var.caller);
      if (kind === 'other_client')
        throw new OAuthError('unauthorized_client', 'The token was issued to another client');
      c.header('Cache-Control', 'no-store');
      return c.body(null, 200);
    },
  );
}

import { ROUTES } from '@latchkey/protocol';
import { pushedAuthorizationRequest, pushedAuthorizationResponse } from '@latchkey/protocol/schemas';
import { countPush, pushAuthorization } from '../../operations/push-authorization.ts';
import { requireClient } from '../client-authentication.ts';
import { readClientForm } from '../client-form.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { allowOrigins, answerPreflight, withProvedKey } from '../key-proof.ts';
import { OAuthError } from '../oauth-error.ts';

/** The pushed authorization request endpoint (RFC 9126 §2). */
export function mountPar(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.par,
    documented({
      tag: 'OAuth',
      summary: 'Push an authorization request',
      description:
        'RFC 9126: what a client would have the browser bring, with authentication as at the token endpoint. The browser ' +
        'then brings `client_id` and the `request_uri` of the answer alone, and one code comes of it.',
      form: pushedAuthorizationRequest,
      answers: { 201: { description: 'The reference', schema: pushedAuthorizationResponse } },
      oauthErrors: [
        'invalid_request',
        'invalid_client',
        'unauthorized_client',
        'unsupported_response_type',
        'invalid_scope',
        'invalid_target',
        'request_not_supported',
        'invalid_dpop_proof',
        'use_dpop_nonce',
      ],
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      // A page may be a public client, and is to see errors, too. No cookie is read here.
      allowOrigins(c);
      const form = await readClientForm(c);
      const client = await requireClient(c, dependencies, { form, allowPublic: true });
      await countPush(dependencies.operations, client, c.var.caller);
      const parameters = await withProvedKey(c, dependencies, client, form);
      const result = await pushAuthorization(dependencies.operations, client, parameters);
      if (result.kind === 'refused') throw new OAuthError(result.error);
      c.header('Cache-Control', 'no-store');
      return c.json({ request_uri: result.requestUri, expires_in: result.expiresInSeconds }, 201);
    },
  );
  app.options(ROUTES.par, (c) => answerPreflight(c, 'POST'));
}

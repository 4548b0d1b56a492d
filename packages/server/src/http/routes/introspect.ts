import { INTROSPECT_SCOPE, ROUTES } from '@latchkey/protocol';
import { introspectionResponse, tokenParameterRequest } from '@latchkey/protocol/schemas';
import { introspectToken, type Introspection } from '../../operations/introspect-token.ts';
import { requireClient } from '../client-authentication.ts';
import { readClientForm, requireParameter } from '../client-form.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

/** Token introspection (RFC 7662). */
export function mountIntrospect(app: App, dependencies: HttpDependencies): void {
  const { operations, log } = dependencies;
  app.post(
    ROUTES.introspect,
    documented({
      tag: 'OAuth',
      summary: 'Ask whether a token is good at this moment',
      description:
        `RFC 7662, for a client with the scope \`${INTROSPECT_SCOPE}\`. One that has audiences is told of tokens for these ` +
        'alone. Of a token that is not good, whatever the reason: `{"active": false}`.',
      form: tokenParameterRequest,
      answers: { 200: { description: 'What the token is good for', schema: introspectionResponse } },
      oauthErrors: ['invalid_request', 'invalid_client', 'insufficient_scope'],
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const form = await readClientForm(c);
      const client = await requireClient(c, dependencies, { form, scope: INTROSPECT_SCOPE });
      const introspection = await introspectToken(operations, client, requireParameter(form, 'token'));
      if (introspection.kind === 'inactive') {
        const { requestId } = c.var;
        log.info({ requestId, clientId: client.id, reason: introspection.reason }, 'token is not active');
      }
      // RFC 7662 §4: an answer that is kept outlives the token.
      c.header('Cache-Control', 'no-store');
      return c.json(represent(introspection));
    },
  );
}

function represent(introspection: Introspection): object {
  switch (introspection.kind) {
    case 'access_token': {
      const { claims } = introspection;
      // RFC 9449 §6.2.
      return { active: true, token_type: claims.cnf === undefined ? 'Bearer' : 'DPoP', ...claims };
    }
    case 'refresh_token':
      return { active: true, ...introspection.facts };
    case 'inactive':
      return { active: false };
  }
}

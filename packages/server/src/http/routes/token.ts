import { ROUTES } from '@latchkey/protocol';
import { accessTokenResponse, tokenRequest } from '@latchkey/protocol/schemas';
import { GRANT_TYPES, type Client, type GrantType } from '../../domain/clients/client.ts';
import type { FormParameters } from '../../domain/clients/form-encoding.ts';
import { issueClientToken, type IssueClientTokenResult } from '../../operations/issue-client-token.ts';
import { requireClient } from '../client-authentication.ts';
import { readClientForm, requireParameter } from '../client-form.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { OAuthError } from '../oauth-error.ts';

/** The token endpoint (RFC 6749 §3.2). */
export function mountToken(app: App, dependencies: HttpDependencies): void {
  app.post(
    ROUTES.token,
    documented({
      tag: 'OAuth',
      summary: 'Get an access token as a client',
      description:
        'Client credentials (RFC 6749 §4.4), for one resource server (RFC 8707). The token is a JWT (RFC 9068).',
      form: tokenRequest,
      answers: { 200: { description: 'The token', schema: accessTokenResponse } },
      oauthErrors: [
        'invalid_request',
        'invalid_client',
        'unauthorized_client',
        'unsupported_grant_type',
        'invalid_scope',
        'invalid_target',
      ],
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      const form = await readClientForm(c);
      const client = await requireClient(c, dependencies, { form });
      const result = await grant(dependencies, requireGrantType(form), client, form);
      if (result.kind !== 'issued') throw new OAuthError(result.kind);
      // RFC 6749 §5.1: the answer holds a credential.
      c.header('Cache-Control', 'no-store');
      return c.json({
        access_token: result.accessToken,
        token_type: 'Bearer',
        expires_in: result.expiresInSeconds,
        ...(result.scopes.length > 0 && { scope: result.scopes.join(' ') }),
      });
    },
  );
}

function requireGrantType(form: FormParameters): GrantType {
  const text = requireParameter(form, 'grant_type');
  const grantType = GRANT_TYPES.find((known) => known === text);
  if (grantType === undefined) throw new OAuthError('unsupported_grant_type');
  return grantType;
}

/** One case a grant: the compiler asks for one more where a grant is added. */
async function grant(
  { operations }: HttpDependencies,
  grantType: GrantType,
  client: Client,
  form: FormParameters,
): Promise<IssueClientTokenResult> {
  switch (grantType) {
    case 'client_credentials':
      return issueClientToken(operations, client, {
        scope: form.get('scope')?.[0],
        audiences: [...(form.get('resource') ?? []), ...(form.get('audience') ?? [])],
      });
  }
}

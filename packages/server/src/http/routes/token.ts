import { ACCESS_TOKEN_TYPE_URI, ROUTES } from '@latchkey/protocol';
import { tokenRequest, tokenResponse } from '@latchkey/protocol/schemas';
import {
  GRANT_TYPES,
  JWT_BEARER_GRANT,
  TOKEN_EXCHANGE_GRANT,
  type Client,
  type GrantType,
} from '../../domain/clients/client.ts';
import type { FormParameters } from '../../domain/clients/form-encoding.ts';
import { exchangeCode, type ExchangeCodeResult } from '../../operations/exchange-code.ts';
import { exchangeToken, type ExchangeTokenResult } from '../../operations/exchange-token.ts';
import type { RotationPolicy } from '../../domain/sessions/decide-refresh.ts';
import { issueClientToken, type IssueClientTokenResult } from '../../operations/issue-client-token.ts';
import type { ClientTokens } from '../../operations/mint-tokens.ts';
import { refreshTokens, type RefreshTokensResult } from '../../operations/refresh-tokens.ts';
import { isInTime } from '../check-session.ts';
import { requireClient, requireGrantingClient } from '../client-authentication.ts';
import { readClientForm, requireParameter } from '../client-form.ts';
import { documented } from '../documentation.ts';
import type { App, AppContext, HttpDependencies } from '../environment.ts';
import { allowOrigins, answerPreflight, readKeyProof } from '../key-proof.ts';
import { OAuthError } from '../oauth-error.ts';

/** The token endpoint (RFC 6749 §3.2). */
export function mountToken(app: App, dependencies: HttpDependencies): void {
  const { operations } = dependencies;
  app.post(
    ROUTES.token,
    documented({
      tag: 'OAuth',
      summary: 'Get tokens as a client',
      description:
        'By client credentials (RFC 6749 §4.4), by the code of a user (§4.1.3), by a refresh token (§6) or in exchange for an ' +
        'access token (RFC 8693), for one resource server (RFC 8707). The access token is a JWT (RFC 9068). An answer ' +
        'without `refresh_token` leaves the one that was sent good. With a proof of possession (`DPoP`, RFC 9449) the token ' +
        'is bound to its key.',
      form: tokenRequest,
      answers: { 200: { description: 'The token', schema: tokenResponse } },
      oauthErrors: [
        'invalid_request',
        'invalid_client',
        'invalid_grant',
        'unauthorized_client',
        'unsupported_grant_type',
        'invalid_scope',
        'invalid_target',
        'invalid_dpop_proof',
        'use_dpop_nonce',
      ],
      errors: ['too_many_requests', 'temporarily_unavailable'],
    }),
    async (c) => {
      // A page may be a public client, and is to see errors, too. No cookie is read here.
      allowOrigins(c);
      const form = await readClientForm(c);
      const isAsserted = form.get('grant_type')?.[0] === JWT_BEARER_GRANT;
      const client = isAsserted
        ? await requireGrantingClient(c, dependencies, form)
        : await requireClient(c, dependencies, { form, allowPublic: true });
      const proved = await readKeyProof(c, dependencies, client, ROUTES.token);
      const result = await grant(c, dependencies, client, form, proved?.keyThumbprint);
      if (result.kind !== 'issued') {
        if ('reason' in result) {
          const { requestId } = c.var;
          dependencies.log.warn({ requestId, clientId: client.id, reason: result.reason }, 'grant refused');
        }
        throw new OAuthError(result.kind);
      }
      // A grant that forgot the key would hand out a token that anybody can use.
      if ((result.tokenType === 'DPoP') !== (proved !== undefined)) throw new Error('The token is not bound');
      // What was granted goes out, whatever becomes of the count.
      await proved?.attempt?.giveBack().catch(() => {});
      // RFC 6749 §5.1: the answer holds a credential.
      c.header('Cache-Control', 'no-store');
      return c.json(represent(result, operations.policy.rotation.refresh_token));
    },
  );
  app.options(ROUTES.token, (c) => answerPreflight(c, 'POST'));
}

function represent(tokens: ClientTokens & { readonly issuedTokenType?: string }, rotation: RotationPolicy): object {
  const { refreshToken, issuedTokenType, decidedAtMs, idToken, scopes } = tokens;
  // One that leaves too late could arrive after a newer one: without it the client goes on with what it has.
  const isLate = decidedAtMs !== undefined && !isInTime({ decidedAtMs }, rotation);
  return {
    access_token: tokens.accessToken,
    ...(issuedTokenType !== undefined && { issued_token_type: issuedTokenType }),
    token_type: tokens.tokenType,
    expires_in: tokens.expiresInSeconds,
    ...(refreshToken !== undefined && !isLate && { refresh_token: refreshToken }),
    ...(idToken !== undefined && { id_token: idToken }),
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
  };
}

function requireGrantType(form: FormParameters): GrantType {
  const text = requireParameter(form, 'grant_type');
  const grantType = GRANT_TYPES.find((known) => known === text);
  if (grantType === undefined) throw new OAuthError('unsupported_grant_type');
  return grantType;
}

type GrantResult = IssueClientTokenResult | ExchangeCodeResult | RefreshTokensResult | ExchangeTokenResult;

/** One case a grant: the compiler asks for one more where a grant is added. */
async function grant(
  c: AppContext,
  { operations }: HttpDependencies,
  client: Client,
  form: FormParameters,
  keyThumbprint: string | undefined,
): Promise<GrantResult> {
  const { caller } = c.var;
  const scope = form.get('scope')?.[0];
  const audiences = [...(form.get('resource') ?? []), ...(form.get('audience') ?? [])];
  switch (requireGrantType(form)) {
    case 'client_credentials':
      return issueClientToken(operations, client, { scope, audiences, keyThumbprint });
    case JWT_BEARER_GRANT:
      return issueClientToken(operations, client, { scope, audiences, keyThumbprint }, JWT_BEARER_GRANT);
    case 'authorization_code': {
      const code = requireParameter(form, 'code');
      const redirectUri = requireParameter(form, 'redirect_uri');
      const verifier = form.get('code_verifier')?.[0];
      return exchangeCode(operations, client, { code, redirectUri, verifier, audiences, keyThumbprint }, caller);
    }
    case 'refresh_token': {
      const refreshToken = requireParameter(form, 'refresh_token');
      return refreshTokens(operations, client, { refreshToken, scope, audiences, keyThumbprint }, caller);
    }
    case TOKEN_EXCHANGE_GRANT: {
      const subjectToken = requireSubjectToken(form);
      return exchangeToken(operations, client, { subjectToken, scope, audiences, keyThumbprint }, caller);
    }
  }
}

/** RFC 8693 §2.1. An actor's token is not taken: the client that asks is the one that acts. */
function requireSubjectToken(form: FormParameters): string {
  const subjectToken = requireParameter(form, 'subject_token');
  const types = [requireParameter(form, 'subject_token_type'), form.get('requested_token_type')?.[0]];
  if (!types.every((type) => type === undefined || type === ACCESS_TOKEN_TYPE_URI)) {
    throw new OAuthError('invalid_request', 'Access tokens are exchanged for access tokens alone');
  }
  if (form.has('actor_token') || form.has('actor_token_type')) {
    throw new OAuthError('invalid_request', 'No actor_token is taken: the client itself is the actor');
  }
  return subjectToken;
}

import { ROUTES } from '@latchkey/protocol';
import { PROOF_ALGORITHMS } from '@latchkey/verifier/dpop';
import { IDENTITY_SCOPES, PROMPTS } from '../../domain/authorization/request.ts';
import { KEY_ASSERTION_ALGORITHMS, SECRET_ASSERTION_ALGORITHM } from '../../domain/clients/assertion.ts';
import { CLIENT_AUTH_METHODS, GRANT_TYPES } from '../../domain/clients/client.ts';
import { ACR_VALUES } from '../../domain/sessions/authentication-context.ts';
import type { Policy } from '../../operations/context.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

/** Of ID tokens, and of what userinfo tells. */
const ID_TOKEN_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'sid'];
const USER_CLAIMS = ['name', 'email', 'email_verified'];

/** What introspection accepts: a public client could be anybody. */
const PROVING_METHODS = CLIENT_AUTH_METHODS.filter((method) => method !== 'none');
/** What the JWTs of clients may be signed with, at every endpoint. */
const ASSERTION_ALGORITHMS = [...KEY_ASSERTION_ALGORITHMS, SECRET_ASSERTION_ALGORITHM];

/**
 * Authorization server metadata (RFC 8414 §2) and the configuration of OpenID Connect (Discovery §3): one document, for
 * the second is a profile of the first.
 */
export function mountMetadata(app: App, { operations }: HttpDependencies): void {
  const document = describeServer(operations.policy);
  const paths = [
    [ROUTES.authorizationServerMetadata, 'Metadata of this server (RFC 8414)'],
    [ROUTES.openidConfiguration, 'The same, where OpenID Connect looks for it (Discovery §4)'],
  ] as const;
  for (const [path, summary] of paths) {
    app.get(path, documented({ tag: 'Keys', summary, answers: { 200: { description: 'Metadata' } } }), (c) => {
      c.header('Cache-Control', 'public, max-age=300');
      c.header('Access-Control-Allow-Origin', '*');
      return c.json(document);
    });
  }
}

function describeServer({ issuer, accessTokens, signingAlgorithm }: Policy): object {
  const at = (path: string) => new URL(path, issuer).href;
  return {
    issuer,
    jwks_uri: at(ROUTES.jwks),
    service_documentation: at(ROUTES.docs),
    authorization_endpoint: at(ROUTES.authorize),
    // RFC 9207 §3.
    authorization_response_iss_parameter_supported: true,
    pushed_authorization_request_endpoint: at(ROUTES.par),
    require_pushed_authorization_requests: false,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    prompt_values_supported: PROMPTS,
    token_endpoint: at(ROUTES.token),
    token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    grant_types_supported: GRANT_TYPES,
    introspection_endpoint: at(ROUTES.introspect),
    introspection_endpoint_auth_methods_supported: PROVING_METHODS,
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint: at(ROUTES.revoke),
    revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    scopes_supported: [...new Set([...IDENTITY_SCOPES, ...accessTokens.scopes])],
    // RFC 9449 §5.1.
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
    userinfo_endpoint: at(ROUTES.userinfo),
    end_session_endpoint: at(ROUTES.logout),
    // Back-Channel Logout §2.1.
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [signingAlgorithm],
    acr_values_supported: Object.values(ACR_VALUES),
    claim_types_supported: ['normal'],
    claims_supported: [...ID_TOKEN_CLAIMS, ...USER_CLAIMS],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    // True where it is left out (Discovery §3). It speaks of addresses elsewhere: pushed requests are no such thing.
    request_uri_parameter_supported: false,
  };
}

import { ROUTES } from '@latchkey/protocol';
import { CLIENT_AUTH_METHODS, GRANT_TYPES } from '../../domain/clients/client.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

/** What introspection accepts: a public client could be anybody. */
const SECRET_METHODS = CLIENT_AUTH_METHODS.filter((method) => method !== 'none');

/** Authorization server metadata (RFC 8414 §2): where a resource server finds the keys. */
export function mountMetadata(app: App, { operations }: HttpDependencies): void {
  const { issuer } = operations.policy;
  app.get(
    ROUTES.authorizationServerMetadata,
    documented({
      tag: 'Keys',
      summary: 'Metadata of this server (RFC 8414)',
      answers: { 200: { description: 'Metadata' } },
    }),
    (c) => {
      c.header('Cache-Control', 'public, max-age=300');
      c.header('Access-Control-Allow-Origin', '*');
      return c.json({
        issuer,
        jwks_uri: new URL(ROUTES.jwks, issuer).href,
        service_documentation: new URL(ROUTES.docs, issuer).href,
        authorization_endpoint: new URL(ROUTES.authorize, issuer).href,
        // RFC 9207 §3.
        authorization_response_iss_parameter_supported: true,
        token_endpoint: new URL(ROUTES.token, issuer).href,
        token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
        introspection_endpoint: new URL(ROUTES.introspect, issuer).href,
        introspection_endpoint_auth_methods_supported: SECRET_METHODS,
        revocation_endpoint: new URL(ROUTES.revoke, issuer).href,
        revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
        grant_types_supported: GRANT_TYPES,
        scopes_supported: operations.policy.accessTokens.scopes,
        response_types_supported: ['code'],
        response_modes_supported: ['query'],
        code_challenge_methods_supported: ['S256'],
      });
    },
  );
}

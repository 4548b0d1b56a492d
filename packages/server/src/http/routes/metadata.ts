import { ROUTES } from '@latchkey/protocol';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

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
        scopes_supported: operations.policy.accessTokens.scopes,
        // REQUIRED by RFC 8414 §2; empty until there is an authorization endpoint.
        response_types_supported: [],
      });
    },
  );
}

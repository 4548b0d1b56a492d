import { generateSpecs } from 'hono-openapi';
import { ROUTES } from '@latchkey/protocol';
import { apiReferencePage } from '../../pages/api-reference-page.ts';
import { BEARER_SCHEME } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';

export function mountOpenApi(app: App, { operations }: HttpDependencies): void {
  let document: ReturnType<typeof generateSpecs> | undefined;
  /** Made at the first request, when all routes are mounted. */
  const openApiDocument = () =>
    (document ??= generateSpecs(app, {
      documentation: {
        openapi: '3.1.0',
        info: {
          title: 'Latchkey',
          version: '0.1.0',
          description:
            'Sessions, access tokens and accounts. Errors are problem documents (RFC 9457) with a stable `code`.',
        },
        servers: [{ url: operations.policy.issuer }],
        components: { securitySchemes: { [BEARER_SCHEME]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      },
      // Paths such as /.well-known/jwks.json are routes like any other.
      excludeStaticFile: false,
    }));

  // Neither ever changes, and anybody may ask: rendering them each time would be the dearest answer that we give.
  let json: string | undefined;
  let page: string | undefined;
  app.get(ROUTES.openapi, async (c) => {
    json ??= JSON.stringify(await openApiDocument());
    return c.body(json, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300' });
  });
  app.get(ROUTES.docs, async (c) => {
    page ??= apiReferencePage({ document: await openApiDocument() });
    c.header('Cache-Control', 'public, max-age=300');
    return c.html(page);
  });
}

import { generateSpecs } from 'hono-openapi';
import { ROUTES } from '@latchkey/protocol';
import { apiReferencePage } from '../../pages/api-reference-page.ts';
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
          description: 'Sessions, access tokens and accounts. Errors are problem documents (RFC 9457) with a stable `code`.',
        },
        servers: [{ url: operations.policy.issuer }],
      },
      // Paths such as /.well-known/jwks.json are routes like any other.
      excludeStaticFile: false,
    }));

  app.get(ROUTES.openapi, async (c) => {
    c.header('Cache-Control', 'public, max-age=300');
    return c.json(await openApiDocument());
  });
  app.get(ROUTES.docs, async (c) => {
    c.header('Cache-Control', 'public, max-age=300');
    return c.html(apiReferencePage({ document: await openApiDocument() }));
  });
}

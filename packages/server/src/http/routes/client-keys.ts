import { createHash } from 'node:crypto';
import { REVOCATIONS_SCOPE, ROUTES } from '@latchkey/protocol';
import { clientKeysResponse } from '@latchkey/protocol/schemas';
import { listClientKeysFor } from '../../operations/list-client-keys.ts';
import { requireClient } from '../client-authentication.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { matchesEtag } from '../etag.ts';

export function mountClientKeys(app: App, dependencies: HttpDependencies): void {
  app.get(
    ROUTES.clientKeys,
    documented({
      tag: 'Revocation',
      summary: 'Keys of clients that sign for themselves',
      description:
        'The clients that may call a resource server with a JWT of their own (`typ: client+jwt`), with their public keys ' +
        'and what each may do. To be asked for anew after a minute, and once the revocation log has a `client` event of a ' +
        'higher version. For clients with the scope `revocations:read`, by HTTP Basic; one that has audiences is told of ' +
        'clients of these alone.',
      answers: {
        200: { description: 'The keys', schema: clientKeysResponse },
        304: { description: 'Not changed' },
      },
      oauthErrors: ['invalid_client', 'insufficient_scope'],
      errors: ['temporarily_unavailable'],
    }),
    async (c) => {
      const reader = await requireClient(c, dependencies, { scope: REVOCATIONS_SCOPE });
      const body = JSON.stringify(await listClientKeysFor(dependencies.operations, reader));
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      // Of one reader, and never used without asking: a key may have been taken back.
      c.header('Cache-Control', 'private, no-cache');
      c.header('ETag', etag);
      if (matchesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
      return c.body(body, 200, { 'Content-Type': 'application/json' });
    },
  );
}

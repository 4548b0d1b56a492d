import { createHash } from 'node:crypto';
import { ROUTES } from '@latchkey/protocol';
import { KEY_SET_MAX_AGE_SECONDS } from '../../domain/keys/lifecycle.ts';
import { documented } from '../documentation.ts';
import type { App, HttpDependencies } from '../environment.ts';
import { matchesEtag } from '../etag.ts';

export function mountJwks(app: App, { operations }: HttpDependencies): void {
  app.get(
    ROUTES.jwks,
    documented({
      tag: 'Keys',
      summary: 'Public keys',
      description: 'A JWK Set (RFC 7517): the key that signs, the one that will be next, and retired ones.',
      answers: { 200: { description: 'The keys' }, 304: { description: 'Not changed' } },
      errors: ['temporarily_unavailable'],
    }),
    async (c) => {
      const body = JSON.stringify(await operations.keyRing.publicKeySet());
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      c.header('Cache-Control', `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`);
      c.header('ETag', etag);
      // Public by nature: pages of other origins verify tokens too.
      c.header('Access-Control-Allow-Origin', '*');
      if (matchesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
      return c.body(body, 200, { 'Content-Type': 'application/jwk-set+json' });
    },
  );
}

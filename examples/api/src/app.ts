import { requireToken, type TokenVariables } from '@latchkey/verifier/hono';
import type { Verifier } from '@latchkey/verifier';
import { Hono } from 'hono';

/** Two routes: one for everybody, and one that only a valid access token opens. */
export function createApp(verifier: Verifier, about: { readonly issuer: string; readonly audience: string }) {
  const app = new Hono<{ Variables: TokenVariables }>();

  app.get('/', (c) =>
    c.json({
      what: 'An example API that verifies Latchkey access tokens by itself, without a database',
      ...about,
      routes: { 'GET /': 'This page', 'GET /me': 'Who you are; needs an Authorization: Bearer header' },
    }),
  );

  app.get('/me', requireToken(verifier), (c) => {
    const { kind, subject, clientId, sessionId, scopes, roles, expiresAtMs } = c.get('token');
    c.header('Cache-Control', 'no-store');
    return c.json({ kind, subject, clientId, sessionId, scopes, roles, expiresAt: new Date(expiresAtMs) });
  });

  return app;
}

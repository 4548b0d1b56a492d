import type { DatabaseSync } from 'node:sqlite';
import { Hono } from 'hono';
import { createSessions, sqliteSessions, type StoredSession } from 'latchkey/sessions';

/** As docs/sessions.md has it. */
export function serveOwnSessions(database: DatabaseSync, secret: string) {
  const process = { env: { APP_SECRET: secret } };
  const app = new Hono<{ Variables: { session: StoredSession | undefined } }>();
  const store = sqliteSessions(database);
  const sessions = createSessions({ store, secret: process.env.APP_SECRET, cookieName: 'app', secure: true });
  app.use(async (c, next) => {
    const { session, setCookie } = await sessions.check({ cookie: c.req.header('Cookie') });
    c.set('session', session);
    await next();
    const cookie = setCookie();
    if (cookie === undefined) return;
    c.header('Set-Cookie', cookie, { append: true });
    c.header('Cache-Control', 'no-store');
  });
  return { app, sessions };
}

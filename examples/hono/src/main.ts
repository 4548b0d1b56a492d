import { readFileSync } from 'node:fs';
import { serve, type HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { secureHeaders } from 'hono/secure-headers';
import { createLatchkey, readSettings } from 'latchkey';
import { honoSession, type LatchkeyVariables } from 'latchkey/hono';
import { homePage, notesPage } from './pages.ts';

const settings = readSettings(process.env, { PORT: 4411 });
const latchkey = await createLatchkey(settings);
const app = new Hono<{ Bindings: HttpBindings; Variables: LatchkeyVariables }>();

/** By the id of their user; a real application has a table. */
const notes = new Map<string, string[]>();
const signIn = `/sign-in?notice=sign-in-first&next=${encodeURIComponent('/notes')}`;
const [self, none] = [["'self'"], ["'none'"]];
const policy = { defaultSrc: self, formAction: self, baseUri: none, frameAncestors: none };

for (const path of ['/', '/notes']) {
  app.use(
    path,
    secureHeaders({ contentSecurityPolicy: policy }),
    // Another site's form comes without the session's cookie, which is SameSite=Strict: nobody is signed in. Another
    // origin of the same site (a sibling subdomain) does bring it, so the origin of a form is looked at as well.
    csrf(),
    bodyLimit({ maxSize: 10_000 }),
    honoSession(latchkey, { network: (c) => getConnInfo(c).remote.address }),
    async (c, next) => {
      await next();
      // It says who is signed in: no cache keeps it.
      c.header('Cache-Control', 'no-store');
    },
  );
}

app.get('/', (c) => c.html(homePage(c.var.latchkey?.user)));

app.get('/notes', (c) => {
  const user = c.var.latchkey?.user;
  return user === undefined ? c.redirect(signIn, 303) : c.html(notesPage(user, notes.get(user.id) ?? []));
});

app.post('/notes', async (c) => {
  const user = c.var.latchkey?.user;
  if (user === undefined) return c.redirect(signIn, 303);
  const { text }: { text?: unknown } = await c.req.parseBody().catch(() => ({}));
  if (typeof text !== 'string' || text === '' || text.length > 200)
    return c.text('A note has 1 to 200 characters', 400);
  notes.set(user.id, [text, ...(notes.get(user.id) ?? [])].slice(0, 20));
  return c.redirect('/notes', 303);
});

const style = readFileSync(new URL('./style.css', import.meta.url), 'utf8');
app.get('/style.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css' }));

// All other paths are Latchkey's: /sign-up, /sign-in, /sign-out, /account, /api/…, and in development /dev/mail.
app.all('*', (c) => latchkey.fetch(c.req.raw, c.env));

const server = serve({ fetch: app.fetch, port: settings.port, hostname: settings.host }, () => {
  console.log(`Notes on ${settings.issuer}; mails of Latchkey are at ${settings.issuer}/dev/mail`);
});

/** Requests under way are answered, and the database is closed last. */
async function stop(): Promise<void> {
  latchkey.endStreams();
  await new Promise((resolve) => server.close(resolve));
  await latchkey.close();
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

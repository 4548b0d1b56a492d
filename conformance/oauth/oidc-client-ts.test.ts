/** oidc-client-ts in Chromium: a public client, in pages of another origin, which only CORS lets ask anything. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { UserManager, UserManagerSettings } from 'oidc-client-ts';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, button, enter, signIn } from '../newcomer/person.ts';
import { createAccount, newAccount } from '../support/accounts.ts';
import { useBrowser } from '../support/browser.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { watchPages } from '../support/watch-pages.ts';
import { addClient, startWebsite, type Website } from './foreign-app.ts';

vi.setConfig({ testTimeout: 60_000 });

declare global {
  interface Window {
    /** Of the pages of the app. */
    manager: UserManager;
  }
}

const library = createRequire(import.meta.url).resolve('oidc-client-ts/package.json');
const bundle = new URL('dist/browser/oidc-client-ts.min.js', `file://${library}`);

let server: ServerProcess;
let app: Website;
let clientId: string;
const browser = useBrowser();
beforeAll(async () => {
  [server, app] = await Promise.all([startServer(), startWebsite()]);
  const signedOut = `${app.origin}/signed-out`;
  const callbacks = [app.origin, sameSite(app)].map((origin) => `${origin}/callback`);
  const grants = ['--grant', 'authorization_code', '--grant', 'refresh_token'];
  const uris = callbacks.flatMap((uri) => ['--redirect-uri', uri]);
  const more = ['--post-logout-redirect-uri', signedOut, '--public', '--first-party'];
  ({ client_id: clientId } = await addClient(server, 'Notebook', [...grants, ...uris, ...more]));
  await serveApp({
    authority: server.origin,
    client_id: clientId,
    redirect_uri: '/callback',
    post_logout_redirect_uri: signedOut,
    scope: 'openid profile email',
    loadUserInfo: true,
    automaticSilentRenew: false,
  });
});
afterAll(async () => {
  await server?.close();
  await app?.[Symbol.asyncDispose]();
});

/** The same app at an address that is of the server's site, though not of its origin. */
function sameSite({ origin }: Website): string {
  return origin.replace('127.0.0.1', 'localhost');
}

/** Every page loads the library; in a frame it tells the page around it what came back. */
async function serveApp(settings: UserManagerSettings): Promise<void> {
  const script = await readFile(bundle);
  const start =
    `const settings = ${JSON.stringify(settings)};` +
    'settings.redirect_uri = location.origin + settings.redirect_uri;' +
    'window.manager = new oidc.UserManager(settings);' +
    'if (window.parent !== window) manager.signinCallback();';
  const page = `<!doctype html><title>App</title><h1>App</h1><script src="/oidc.js"></script><script>${start}</script>`;
  app.serve((request, response) => {
    if (request.url === '/oidc.js') response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    else if (request.url === '/favicon.ico') response.writeHead(204).end();
    else response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
  });
}

/** Sets out for the server, which ends the page. */
async function leave(page: Page, how: 'signinRedirect' | 'signoutRedirect'): Promise<void> {
  await page.evaluate((name) => void window.manager[name](), how);
}

async function arriveBack(page: Page, path: string): Promise<void> {
  await page.waitForURL((url) => url.origin === app.origin && url.pathname === path);
}

/** How asking for new tokens ends: by the refresh token where there is one, else in a frame. */
async function renew(page: Page): Promise<string> {
  return page.evaluate(async () => {
    try {
      const user = await window.manager.signinSilent();
      return user?.access_token ?? 'nobody';
    } catch (error) {
      const { error: code, message } = error as Error & { readonly error?: string };
      return code ?? message;
    }
  });
}

test('signs in, knows who it is, refreshes, revokes and signs out', async () => {
  const account = await createAccount(server, newAccount('Barbara'));
  const context = await browser.newContext();
  const faults = watchPages(context);
  const page = await context.newPage();
  await page.goto(app.origin);
  await leave(page, 'signinRedirect');
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Notebook use your account?');
  await button(page, 'Allow').click();
  await arriveBack(page, '/callback');

  const user = await page.evaluate(async () => {
    const {
      access_token: accessToken,
      profile,
      scope,
      refresh_token: refreshToken,
    } = (await window.manager.signinCallback()) ?? {};
    return { accessToken, profile, scope, refreshToken };
  });
  expect(user).toMatchObject({
    profile: { iss: server.origin, aud: clientId, name: 'Barbara', email: account.email, email_verified: true },
    scope: 'openid profile email',
    refreshToken: expect.any(String) as string,
  });
  expect(await page.evaluate(async () => (await window.manager.getUser())?.profile.name)).toBe('Barbara');

  const renewed = await renew(page);
  expect(renewed.split('.')).toHaveLength(3);
  expect(renewed).not.toBe(user.accessToken);
  // The library forgets what it has revoked: the refresh token is put back, to see what the server says of it.
  const before = await page.evaluate(async () => {
    const held = await window.manager.getUser();
    await window.manager.revokeTokens();
    return held?.refresh_token;
  });
  expect(before).toBe(user.refreshToken);
  await page.evaluate(async (refreshToken) => {
    const held = await window.manager.getUser();
    if (held === null || refreshToken === undefined) throw new Error('Nobody is signed in');
    held.refresh_token = refreshToken;
    await window.manager.storeUser(held);
  }, before);
  expect(faults()).toEqual([]);
  // An error that another origin may read (RFC 6749 §5.2), not just a request that failed.
  expect(await renew(page)).toBe('invalid_grant');

  await leave(page, 'signoutRedirect');
  await arriveBack(page, '/signed-out');
  await page.goto(`${server.origin}/account`);
  await arriveAt(page, 'Sign in');
});

test('OpenID Connect Core §3.1.2.6: a hidden frame is told what it is to ask for instead', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, server.origin, account);
  // No browser sends the session's cookie in a frame of another site.
  await page.goto(app.origin);
  expect(await renew(page)).toBe('login_required');
  // Within the site it does. (A public client on the machine of its user needs consent each time, RFC 8252 §8.6.)
  await page.goto(sameSite(app));
  expect(await renew(page)).toBe('consent_required');
});

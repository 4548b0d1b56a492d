/** A website with Auth.js (`@auth/core`), which knows nothing of the server but its issuer. */
import { randomBytes } from 'node:crypto';
import { Auth, type AuthConfig } from '@auth/core';
import { getRequestListener } from '@hono/node-server';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, button, signIn } from '../newcomer/person.ts';
import { createAccount, newAccount } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { register, startWebsite, type Website } from './foreign-app.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
let website: Website;
/** Codes of what Auth.js would not have. */
const refused: unknown[] = [];
const browser = useWatchedBrowser();
beforeAll(async () => {
  [server, website] = await Promise.all([startServer(), startWebsite()]);
  const addresses = { callback: `${website.origin}/auth/callback/latchkey`, signedOut: website.origin };
  const { client_id: clientId, client_secret: clientSecret } = await register(server, addresses, 'Cinema');
  const config: AuthConfig = {
    secret: randomBytes(32).toString('hex'),
    trustHost: true,
    basePath: '/auth',
    logger: { error: (error) => refused.push(error.name), warn: () => {}, debug: () => {} },
    providers: [
      {
        id: 'latchkey',
        name: 'Latchkey',
        type: 'oidc',
        issuer: server.origin,
        clientId,
        clientSecret,
        checks: ['pkce', 'state', 'nonce'],
        // Names and addresses are at userinfo, not in the ID token (OpenID Connect Core §5.4).
        idToken: false,
        // Else its sign-in page asks authjs.dev for one. In the page itself, for whoever clicks on may not wait for it.
        style: { logo: 'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E' },
      },
    ],
  };
  const listener = getRequestListener((request) => answer(request, config));
  website.serve((request, response) => void listener(request, response));
});
afterAll(async () => {
  await server?.close();
  await website?.[Symbol.asyncDispose]();
});

async function answer(request: Request, config: AuthConfig): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith('/auth/')) return Auth(request, config);
  return new Response(pathname === '/' ? '<!doctype html><title>Cinema</title>' : null, {
    status: pathname === '/' ? 200 : 204,
    headers: { 'Content-Type': 'text/html' },
  });
}

async function setOut(page: Page): Promise<void> {
  await page.goto(`${website.origin}/auth/signin?callbackUrl=/`);
  await button(page, 'Sign in with Latchkey').click();
}

const sessionOf = async (page: Page): Promise<unknown> =>
  (await page.request.get(`${website.origin}/auth/session`)).json();

test('a person signs in, and the session knows the name and the address', async () => {
  const account = await createAccount(server, newAccount('Hedy'));
  const page = await browser.newPage();
  await setOut(page);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Cinema use your account?');
  await button(page, 'Allow').click();
  await page.waitForURL(`${website.origin}/`);
  expect(await sessionOf(page)).toMatchObject({ user: { name: 'Hedy', email: account.email } });
  expect(refused).toEqual([]);
});

test('a person who denies, and an answer of another issuer (RFC 9207 §2.4), leave nobody signed in', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await setOut(page);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Cinema use your account?');
  const answered = page.waitForRequest((request) => request.url().startsWith(`${website.origin}/auth/callback/`));
  await button(page, 'Do not allow').click();
  const denial = new URL((await answered).url());
  await page.waitForURL(`${website.origin}/auth/signin?error=**`);
  expect([denial.searchParams.get('error'), refused.pop()]).toEqual(['access_denied', 'OAuthCallbackError']);

  await setOut(page);
  await arriveAt(page, 'Let Cinema use your account?');
  const back = page.waitForRequest((request) => request.url().startsWith(`${website.origin}/auth/callback/`));
  await page.route(`${website.origin}/auth/callback/**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: 'Held up' }),
  );
  await button(page, 'Allow').click();
  const mixedUp = new URL((await back).url());
  mixedUp.searchParams.set('iss', 'https://other.example');
  await page.request.get(mixedUp.href);
  expect(refused.pop()).toBe('CallbackRouteError');
  expect(await sessionOf(page)).toBeNull();
});

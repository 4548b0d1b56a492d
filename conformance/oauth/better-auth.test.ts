/** A website with Better Auth and its generic OAuth plugin, which finds all it needs by discovery. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { betterAuthWebsite } from '../../bench/websites/better-auth.ts';
import { arriveAt, button, signIn } from '../newcomer/person.ts';
import { createAccount, newAccount } from '../support/accounts.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { register, startWebsite, type Website } from './foreign-app.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
let website: Website;
const browser = useWatchedBrowser();
beforeAll(async () => {
  [server, website] = await Promise.all([startServer(), startWebsite()]);
  const { origin } = website;
  const addresses = { callback: `${origin}/api/auth/callback/latchkey`, signedOut: `${origin}/` };
  const { client_id: clientId, client_secret: clientSecret } = await register(server, addresses, 'Library');
  const answer = betterAuthWebsite({ origin, issuer: server.origin, clientId, clientSecret });
  website.serve((request, response) => {
    if (request.url?.startsWith('/api/auth/') === true) return answer(request, response);
    response
      .writeHead(200, { 'Content-Type': 'text/html' })
      .end('<!doctype html><title>Library</title><h1>Library</h1>');
  });
});
afterAll(async () => {
  await server?.close();
  await website?.[Symbol.asyncDispose]();
});

/** As its client library does: asks where to go, and goes there. */
async function setOut(page: Page): Promise<void> {
  await page.goto(`${website.origin}/`);
  await page.evaluate(async () => {
    const answer = await fetch('/api/auth/sign-in/social', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ provider: 'latchkey', callbackURL: '/in', errorCallbackURL: '/failed' }),
    });
    const { url } = (await answer.json()) as { url: string };
    location.assign(url);
  });
}

const sessionOf = async (page: Page): Promise<unknown> =>
  (await page.request.get(`${website.origin}/api/auth/get-session`)).json();

test('a person signs in with PKCE and a nonce, and the website knows who it is', async () => {
  const account = await createAccount(server, newAccount('Annie'));
  const page = await browser.newPage();
  await setOut(page);
  await arriveAt(page, 'Sign in');
  expect(await sessionOf(page)).toBeNull();
  await signIn(page, account);
  await arriveAt(page, 'Let Library use your account?');
  await button(page, 'Allow').click();
  await page.waitForURL(`${website.origin}/in`);
  expect(await sessionOf(page)).toMatchObject({
    user: { name: 'Annie', email: account.email, emailVerified: true },
  });
});

test('a person who denies comes back with the error of RFC 6749 §4.1.2.1', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await setOut(page);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, 'Let Library use your account?');
  await button(page, 'Do not allow').click();
  await page.waitForURL(`${website.origin}/failed?**`);
  expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');
  expect(await sessionOf(page)).toBeNull();
});

/** The mode `jwt-cookie` in Chromium, behind https, with a service on the same origin that verifies the cookie by itself. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAccount, type Account } from '../support/accounts.ts';
import { useBrowser } from '../support/browser.ts';
import { openApp, serveApp } from './page-with-client.ts';
import { SERVICE_PATH, startOriginWithService, type OriginWithService } from './service-beside.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let site: OriginWithService;
let ada: Account;
const browser = useBrowser();
beforeAll(async () => {
  site = await startOriginWithService();
  ada = await createAccount(site.server);
});
afterAll(() => site?.[Symbol.asyncDispose]());

async function newBrowser(): Promise<BrowserContext> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  await serveApp(context, site.origin);
  return context;
}

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await openApp(context, site.origin);
  await page.evaluate(() => {
    globalThis.made = lib.createClient({ mode: 'jwt-cookie' });
  });
  return page;
}

const signIn = (page: Page) =>
  page.evaluate((input) => made.signIn(input), { email: ada.email, password: ada.password });
const askService = (page: Page) =>
  page.evaluate(async (path) => {
    const response = await made.fetch(path);
    return [response.status, await response.text()] as const;
  }, SERVICE_PATH);
const countTokens = (context: BrowserContext) => {
  const seen: string[] = [];
  context.on('request', (request) => {
    if (request.url().endsWith('/api/session/token')) seen.push(request.url());
  });
  return seen;
};

test('the service knows who asks, by a cookie that no script reads; the credential goes elsewhere', async () => {
  const context = await newBrowser();
  const page = await openTab(context);
  await signIn(page);
  expect(await askService(page)).toEqual([200, expect.stringMatching(/^usr_/)]);
  expect(site.received.at(-1)).toMatch(
    /^__Host-Http-latchkey-session=ses_\w{32}; __Host-Http-latchkey-token=[\w-]+\.[\w-]+\.[\w-]+$/,
  );
  const cookies = await context.cookies([site.origin, `${site.origin}/api/session`]);
  expect(
    cookies
      .filter(({ name }) => !name.endsWith('-device'))
      .map(({ name, path, httpOnly, secure, sameSite }) => [name, path, httpOnly, secure, sameSite])
      .toSorted(([one], [other]) => String(one).localeCompare(String(other))),
  ).toEqual([
    ['__Host-Http-latchkey-session', '/', true, true, 'Strict'],
    ['__Host-Http-latchkey-token', '/', true, true, 'Strict'],
    ['__Http-latchkey-refresh', '/api/session', true, true, 'Strict'],
  ]);
  const readable = await page.evaluate(async () => [
    document.cookie,
    { ...localStorage },
    { ...sessionStorage },
    await indexedDB.databases(),
  ]);
  expect(readable).toEqual(['', {}, {}, []]);
  // What a script may do with the session does not give it a token.
  const asked = await page.evaluate(async () => (await fetch('/api/session/token', { method: 'POST' })).status);
  expect(asked).toBe(400);
});

test('one token serves all tabs; a page that begins asks once', async () => {
  const context = await newBrowser();
  const tabs = [await openTab(context)];
  await signIn(tabs[0]!);
  for (let i = 0; i < 4; i += 1) tabs.push(await openTab(context));
  const asked = countTokens(context);
  const answers = await Promise.all(tabs.flatMap((tab) => [askService(tab), askService(tab)]));
  expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]));
  expect(asked).toHaveLength(1);
});

test('a token that is gone is replaced, and what was sent is sent once more', async () => {
  const context = await newBrowser();
  const page = await openTab(context);
  await signIn(page);
  await context.clearCookies({ name: '__Host-Http-latchkey-token' });
  expect((await askService(page))[0]).toBe(200);
});

test('who signs out is refused at once, and a copied token within a moment', async () => {
  const context = await newBrowser();
  const [page, other] = [await openTab(context), await openTab(context)];
  await signIn(page);
  await askService(page);
  const token = (await context.cookies()).find(({ name }) => name === '__Host-Http-latchkey-token');
  await page.evaluate(() => made.signOut());
  await other.waitForFunction(() => made.state.status === 'signed-out');
  expect((await askService(page))[0]).toBe(401);
  expect(await context.cookies(`${site.origin}/api/session`)).toEqual([]);
  // Whoever has taken it out of the browser.
  await context.addCookies([token!]);
  await vi.waitFor(async () => expect((await askService(page))[0]).toBe(401), { timeout: 5000, interval: 50 });
});

test('what Chromium enforces of the names: no script sets them, and `__Http-` may have a path or a Domain', async () => {
  const context = await newBrowser();
  const page = await openTab(context);
  for (const name of ['__Http-latchkey-refresh', '__Host-Http-latchkey-token']) {
    await page.evaluate((text) => (document.cookie = text), `${name}=planted; Secure; Path=/`);
  }
  expect(await context.cookies(`${site.origin}/api/session`)).toEqual([]);
  await context.route(`${site.origin}/set`, (route) =>
    route.fulfill({
      headers: {
        'Set-Cookie': [
          '__Http-no=x; Secure; Path=/api/session',
          '__Http-yes=x; Secure; HttpOnly; Path=/api/session; Domain=localhost',
          '__Host-Http-no=x; Secure; HttpOnly; Path=/api/session',
        ].join('\n'),
      },
      body: '',
    }),
  );
  await page.evaluate(() => fetch('/set'));
  expect((await context.cookies(`${site.origin}/api/session`)).map(({ name }) => name)).toEqual(['__Http-yes']);
});

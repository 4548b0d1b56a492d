/** `@latchkey/browser` in real tabs, on the server's own origin. */
import type { BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type * as client from '@latchkey/browser';
import type * as dpop from '@latchkey/browser/dpop';
import { createAccount, type Account } from '../support/accounts.ts';
import { startPageApi, type PageApi } from './api-of-the-page.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useBrowser } from '../support/browser.ts';
import { openApp, serveApp } from './page-with-client.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What the pages of this file have in their global scope. */
declare global {
  var lib: typeof client & typeof dpop;
  var made: client.LatchkeyClient;
  var changes: string[];
}

let server: ServerProcess;
let api: PageApi;
const browser = useBrowser();
beforeAll(async () => {
  server = await startServer();
  api = await startPageApi(server.origin);
});
afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await server?.close();
});

async function newBrowser(): Promise<BrowserContext> {
  const context = await browser.newContext();
  await serveApp(context, server.origin);
  return context;
}

/** A tab that has made its client, and asked nobody yet. */
async function openTab(context: BrowserContext, options: client.ClientOptions = {}): Promise<Page> {
  const page = await openApp(context, server.origin);
  await page.evaluate((given) => {
    globalThis.made = lib.createClient(given);
    globalThis.changes = [];
    made.subscribe((state) => changes.push(state.status));
  }, options);
  return page;
}

const signIn = (page: Page, { email, password }: Account) =>
  page.evaluate((input) => made.signIn({ ...input, remember: true }), { email, password });
const refresh = (page: Page) => page.evaluate(async () => (await made.refresh()).status);
const statusOf = (page: Page) => page.evaluate(() => made.state.status);
const becomes = (page: Page, status: string) => page.waitForFunction((wanted) => made.state.status === wanted, status);

/** Counts what leaves the browser for one path. */
function count(context: BrowserContext, path: string): Request[] {
  const seen: Request[] = [];
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === path) seen.push(request);
  });
  return seen;
}

test('knows nobody, then who signed in, then nobody: in every tab', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const [one, other] = [await openTab(context), await openTab(context)];
  expect(await statusOf(one)).toBe('unknown');
  expect(await refresh(one)).toBe('signed-out');
  await becomes(other, 'signed-out');

  await signIn(one, account);
  await becomes(other, 'signed-in');
  expect(await other.evaluate(() => (made.state.status === 'signed-in' ? made.state.user.email : ''))).toBe(
    account.email,
  );
  await other.evaluate(() => made.signOut());
  await becomes(one, 'signed-out');
  expect(await one.evaluate(() => changes)).toEqual(['signed-out', 'signed-in', 'signed-out']);
});

test('a wrong password: the code of the server', async () => {
  const page = await openTab(await newBrowser());
  const code = await page.evaluate(async () => {
    try {
      return await made.signIn({ email: 'nobody@example.org', password: 'not this one' });
    } catch (error) {
      return error instanceof lib.LatchkeyError ? [error.code, error.status] : String(error);
    }
  });
  expect(code).toEqual(['invalid_credentials', 401]);
});

test('20 tabs that wake up at once ask once', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const tabs = [await openTab(context)];
  await signIn(tabs[0]!, account);
  for (let i = 1; i < 20; i += 1) tabs.push(await openTab(context));
  const asked = count(context, '/api/session');
  const statuses = await Promise.all(tabs.map((tab) => refresh(tab)));
  expect(new Set(statuses)).toEqual(new Set(['signed-in']));
  expect(asked).toHaveLength(1);
});

test('a tab that keeps the lock for ever holds up nobody for long', async () => {
  const context = await newBrowser();
  const [stuck, tab] = [await openTab(context), await openTab(context)];
  await stuck.evaluate(
    () =>
      new Promise<void>((held) => {
        void navigator.locks.request('latchkey', () => {
          held();
          return new Promise(() => {});
        });
      }),
  );
  const began = performance.now();
  expect(await refresh(tab)).toBe('signed-out');
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('offline signs nobody out; back online it asks by itself', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openTab(context);
  await signIn(page, account);
  await context.setOffline(true);
  const code = await page.evaluate(() =>
    made.refresh().then(
      () => 'answered',
      (error: unknown) => (error instanceof lib.LatchkeyError ? error.code : String(error)),
    ),
  );
  expect(code).toBe('offline');
  expect(await statusOf(page)).toBe('signed-in');
  const answered = page.waitForResponse((response) => response.url().endsWith('/api/session') && response.ok());
  await context.setOffline(false);
  await answered;
  expect(await statusOf(page)).toBe('signed-in');
});

const ask = (page: Page, url: string, init?: { readonly method: string; readonly body: string }) =>
  page.evaluate(
    async ([target, options]) => {
      const response = await made.fetch(target, options);
      return [response.status, await response.text()] as const;
    },
    [url, init] as const,
  );

/** All that a script of the page could read without asking anybody. */
const readable = (page: Page) =>
  page.evaluate(async () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      await indexedDB.databases(),
    ]),
  );

test('memory: an API on another origin gets a token, which is written down nowhere', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openTab(context, { mode: 'memory', apis: [{ origin: api.origin }] });
  await signIn(page, account);
  const asked = count(context, '/api/session/token');
  const bodies = ['one', 'two', 'three'];
  const answers = await Promise.all(bodies.map((body) => ask(page, `${api.origin}/x`, { method: 'POST', body })));
  expect(answers.map(([status, text]) => [status, text.split(' ')[1]])).toEqual(bodies.map((body) => [200, body]));
  expect(asked).toHaveLength(1);
  expect(await readable(page)).toBe(JSON.stringify([{}, {}, '', page.url(), []]));
});

test('memory: a token that was refused is replaced, and what was sent is sent once more', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openTab(context, { mode: 'memory', apis: [{ origin: api.origin }] });
  await signIn(page, account);
  api.presented.length = 0;
  api.refuse(1);
  const answer = await ask(page, api.origin, { method: 'POST', body: 'again' });
  expect(answer).toEqual([200, expect.stringMatching(/^usr_\S+ again$/)]);
  expect(new Set(api.presented).size).toBe(2);

  api.refuse(2);
  expect((await ask(page, api.origin))[0]).toBe(401);
  expect(await statusOf(page)).toBe('signed-in');
});

test('memory: tokens go to the origins that were named, and to nobody else', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openTab(context, { mode: 'memory', apis: [{ origin: 'https://api.example' }] });
  await signIn(page, account);
  api.presented.length = 0;
  const asked = count(context, '/api/session/token');
  await ask(page, api.origin);
  expect(api.presented).toEqual(['']);
  expect(asked).toHaveLength(0);
});

test('who signs out takes the token along', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openTab(context, { mode: 'memory', apis: [{ origin: api.origin }] });
  await signIn(page, account);
  await ask(page, api.origin);
  await page.evaluate(() => made.signOut());
  api.presented.length = 0;
  const code = await page.evaluate(
    (origin) =>
      made
        .fetch(origin)
        .then(String, (error: unknown) => (error instanceof lib.LatchkeyError ? error.code : String(error))),
    api.origin,
  );
  expect(code).toBe('no_session');
  expect(api.presented).toEqual([]);
});

test('session: the page’s own server, as who the tab is; a session that ended elsewhere is noticed', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openTab(context);
  await signIn(page, account);
  const before = await ask(page, '/api/sessions');
  expect(before[0]).toBe(200);
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const ended = await fetch(`${server.origin}/api/sign-out`, {
    method: 'POST',
    headers: { Cookie: cookie, Origin: server.origin },
  });
  expect(ended.status).toBe(204);
  expect((await ask(page, '/api/sessions'))[0]).toBe(401);
  await becomes(page, 'signed-out');
});

test('memory with DPoP: tokens are bound to a key of the page, though its clock is wrong', async () => {
  const context = await newBrowser();
  const account = await createAccount(server);
  const page = await openApp(context, server.origin);
  await page.evaluate(async (origin) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 7_200_000;
    const dpop = await lib.createProofMaker();
    globalThis.made = lib.createClient({ mode: 'memory', apis: [{ origin }], dpop });
  }, api.origin);
  await signIn(page, account);
  api.presented.length = 0;
  const answer = await ask(page, `${api.origin}/notes?of=today`, { method: 'POST', body: 'x' });
  expect(answer).toEqual([200, expect.stringMatching(/^usr_\S+ x$/)]);
  const [scheme, token] = api.presented[0]!.split(' ');
  expect(scheme).toBe('DPoP');
  // Whoever copies it has nothing.
  for (const Authorization of [`Bearer ${token}`, `DPoP ${token}`]) {
    expect((await fetch(api.origin, { headers: { Authorization } })).status).toBe(401);
  }
});

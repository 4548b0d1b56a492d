/** The code that documents show to pages and to who drives them, run in Chromium. documents.test.ts finds each block in it. */
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAccount, type Account } from '../support/accounts.ts';
import { useBrowser } from '../support/browser.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import type * as ofTheDocuments from './code/browser.ts';

vi.setConfig({ testTimeout: 60_000 });

declare global {
  var shown: typeof ofTheDocuments;
}

let server: ServerProcess;
let ada: Account;
let code: string;
const browser = useBrowser();
beforeAll(async () => {
  server = await startServer();
  ada = await createAccount(server);
  const input = fileURLToPath(new URL('code/browser.ts', import.meta.url));
  const build = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
  code = (await build.generate({ format: 'esm' })).output[0].code;
});
afterAll(() => server.close());

/** A page of an application on the server's origin, and what it asked of its own services. */
async function openPage() {
  const page = await browser.newPage();
  const asked: string[] = [];
  await page.context().grantPermissions(['local-network-access']);
  await page.route(`${server.origin}/application*`, (route) =>
    route.fulfill(
      route.request().url().endsWith('.js')
        ? { contentType: 'text/javascript', body: code }
        : {
            contentType: 'text/html',
            body: `<!doctype html><script type="module">import * as shown from '/application.js'; globalThis.shown = shown;</script>`,
          },
    ),
  );
  for (const address of [`${server.origin}/{orders,notes}`, 'https://api.example.com/notes']) {
    await page.route(address, (route) => {
      const { authorization = '', dpop = '' } = route.request().headers();
      asked.push(`${route.request().url()} ${authorization.split(' ', 1)[0]}${dpop === '' ? '' : ' with a proof'}`);
      const headers = { 'Access-Control-Allow-Origin': server.origin, 'Access-Control-Allow-Headers': '*' };
      return route.fulfill({ headers: { ...headers, 'Access-Control-Allow-Headers': 'authorization,dpop' } });
    });
  }
  await page.goto(`${server.origin}/application`);
  await page.waitForFunction(() => 'shown' in globalThis);
  return { page, asked };
}

test('signs in, asks as who is signed in, and is told', async () => {
  const { page, asked } = await openPage();
  const told = () =>
    page.evaluate(async () => {
      const statuses: string[] = [];
      await shown.subscribing((status) => statuses.push(status));
      return statuses;
    });
  expect(await told()).toEqual(['signed-out']);
  expect(await page.evaluate((person) => shown.session(person), ada)).toBe(200);
  expect(asked).toEqual([`${server.origin}/orders `]);
  expect(await told()).toEqual(['signed-in']);
});

test('asks an API elsewhere with a token that is bound to a key, and a service here with one in a cookie', async () => {
  const { page, asked } = await openPage();
  await page.evaluate((person) => shown.session(person), ada);
  await page.evaluate(() => shown.memory());
  expect(asked.at(-1)).toBe('https://api.example.com/notes DPoP with a proof');
  await page.evaluate(() => shown.jwtCookie());
  expect(asked.at(-1)).toBe(`${server.origin}/notes `);
});

test('keeps two accounts in one browser', async () => {
  const { page } = await openPage();
  await page.evaluate((person) => shown.session(person), ada);
  const { accounts, slot } = await page.evaluate((person) => shown.slots(person), await createAccount(server));
  expect(accounts.map((account) => account.slot)).toEqual([null, 0]);
  expect(slot).toBe(0);
});

/** As `latchkey audit --script` takes it. */
interface Script {
  readonly default: (page: Page, person: Pick<Account, 'email' | 'password'>) => Promise<void>;
  readonly changePassword: (page: Page, person: Pick<Account, 'password'>) => Promise<void>;
  readonly signOut: (page: Page) => Promise<void>;
}

const website = `<!doctype html><title>Sign in</title><form action="/dashboard" method="post"><label>E-mail <input type="email"></label>
<label>Password <input type="password"></label><button>Sign in</button></form>`;

test('signs in to a website that is audited, and out of it', async () => {
  const script = (await import(new URL('code/sign-in.mjs', import.meta.url).href)) as Script;
  const page: Page = await browser.newPage();
  await page.route('http://website.test/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: route.request().url().includes('dashboard')
        ? '<form action="/" method="post"><button>Sign out</button></form>'
        : website,
    }),
  );
  await page.goto('http://website.test/');
  await script.default(page, { email: ada.email, password: ada.password });
  expect(new URL(page.url()).pathname).toBe('/dashboard');
  await script.changePassword(page, { password: ada.password });
  await script.signOut(page);
  await page.waitForURL((address) => address.pathname === '/');
});

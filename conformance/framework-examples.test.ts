/** The examples that embed the server, each as its `npm start` runs it, used by a person in Chromium. */
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, button, link, openMailedLink, signIn as signInOnPage, signUp } from './newcomer/person.ts';
import { newAccount, post, tokenIn, type Account } from './support/accounts.ts';
import { useBrowser } from './support/browser.ts';
import { commandLine } from './support/command-line.ts';
import { compileCache } from './support/compile-cache.ts';
import { expectSound } from './support/expect-sound.ts';
import type { DevMail } from './support/server-process.ts';
import { findFreePort } from '../packages/server/test/support/free-port.ts';
import {
  startGuard,
  waitUntilReady,
  type Guard,
  type GuardedProcess,
} from '../packages/server/test/support/guarded-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const START_TIMEOUT_MS = 30_000;
const guards: Guard[] = [];
const processes: GuardedProcess[] = [];
const browser = useBrowser();
let origins: Readonly<Record<'express-react' | 'fastify' | 'hono', string>>;
beforeAll(async () => {
  const [react, fastify, hono] = await Promise.all([start('express-react'), start('fastify'), start('hono')]);
  origins = { 'express-react': react, fastify, hono };
});
afterAll(() => Promise.all(guards.map((guard) => guard.end())));

/** Starts an example with a database of its own. */
async function start(name: string): Promise<string> {
  const cwd = fileURLToPath(new URL(`../examples/${name}`, import.meta.url));
  const { scripts } = JSON.parse(readFileSync(`${cwd}/package.json`, 'utf8')) as { scripts: { start: string } };
  const [program, ...args] = scripts.start.split(' ');
  expect(program).toBe('node');
  const guard = await startGuard({ prefix: `latchkey-${name}-` });
  guards.push(guard);
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const env = {
    ...compileCache(commandLine),
    PATH: process.env['PATH'] ?? '',
    PORT: String(port),
    LATCHKEY_DATABASE_URL: `sqlite:${guard.directory}/latchkey.db`,
  };
  const started = await guard.run({ file: process.execPath, args, cwd, env, endSignal: 'SIGKILL' });
  processes.push(started);
  await waitUntilReady(started, async () => (await fetch(origin)).ok, START_TIMEOUT_MS);
  return origin;
}

/** Signs up by a form and confirms by JSON: bodies of both kinds reach the server through its host. */
async function createAccount(origin: string): Promise<Account> {
  const account = newAccount();
  const body = new URLSearchParams({ ...account });
  expect((await fetch(`${origin}/sign-up`, { method: 'POST', body })).status).toBe(200);
  const mails = (await (await fetch(`${origin}/dev/mail.json`)).json()) as readonly DevMail[];
  const token = tokenIn(mails.find(({ to }) => to === account.email)?.links ?? []);
  expect((await post(origin, '/api/email-verification/confirm', { token })).status).toBe(200);
  return account;
}

/** From the first page of the Hono example, through the pages of the server. */
async function signUpByClicking(page: Page, origin: string): Promise<Account> {
  const account = newAccount();
  await page.goto(origin);
  await link(page, 'sign up').click();
  await arriveAt(page, 'Create your account');
  await signUp(page, account);
  await arriveAt(page, 'Check your mail');
  await page.goto(`${origin}/dev/mail`);
  await openMailedLink(page, account);
  await button(page, 'Confirm my address').click();
  await arriveAt(page, 'Your address is confirmed');
  return account;
}

async function signIn(page: Page, { email, password }: Account): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await button(page, 'Sign in').click();
}

async function keep(page: Page, note: string): Promise<void> {
  await page.getByLabel('New note').fill(note);
  await button(page, 'Keep it').click();
  await page.getByRole('listitem').filter({ hasText: note }).waitFor();
}

/** A page that notes each button that it ever shows, from its first moment on. */
async function openRecording(
  context: BrowserContext,
  url: string,
): Promise<{ page: Page; shown(): Promise<string[]> }> {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const shown = new Set<string>();
    const look = (): void => {
      for (const found of document.querySelectorAll('button')) if (found.checkVisibility()) shown.add(found.innerText);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    Object.assign(globalThis, { shownButtons: shown });
  });
  await page.goto(url);
  return {
    page,
    shown: () => page.evaluate(() => [...(globalThis as unknown as { shownButtons: Set<string> }).shownButtons]),
  };
}

/** Errors of scripts, and what React says of its use. An answer of 401 is none. */
function watchErrors(context: BrowserContext): readonly string[] {
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text());
  });
  return errors;
}

const cookieHeader = async (context: BrowserContext): Promise<string> =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');

const statusOf = async (url: string, Cookie: string): Promise<number> =>
  (await fetch(url, { headers: { Cookie }, redirect: 'manual' })).status;

test.concurrent.for(['express-react', 'fastify'] as const)(
  '%s: the page knows who is signed in, in every tab, and the API serves nobody else',
  async (name) => {
    const origin = origins[name];
    const context = await browser.newContext();
    const errors = watchErrors(context);
    const account = await createAccount(origin);
    const stranger = await openRecording(context, origin);
    await button(stranger.page, 'Sign in').waitFor();
    await expectSound(stranger.page, `${name}-signed-out`);
    await signIn(stranger.page, { ...account, password: 'not this one' });
    await stranger.page.getByText('E-mail or password is wrong.').waitFor();
    expect(await stranger.shown()).toEqual(['Sign in']);

    const page = await context.newPage();
    await page.goto(origin);
    await signIn(page, account);
    await page.getByText(`Signed in as ${account.email}`).waitFor();
    // The other tab hears of it.
    await button(stranger.page, 'Sign out').waitFor();
    await keep(page, '<b>milk & eggs</b>');
    await expectSound(page, `${name}-signed-in`);

    const asked: Request[] = [];
    context.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/session') asked.push(request);
    });
    const second = await openRecording(context, origin);
    await second.page.getByText('<b>milk & eggs</b>').waitFor();
    expect(await second.shown()).toEqual(['Keep it', 'Sign out']);
    // Also where React's StrictMode mounts everything twice.
    expect(asked).toHaveLength(1);

    const cookie = await cookieHeader(context);
    const served = await fetch(`${origin}/notes`, { headers: { Cookie: cookie } });
    expect([served.status, served.headers.get('Cache-Control')]).toEqual([200, 'no-store']);
    // What a form of a sibling subdomain, which is the same site, could send at most.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { Cookie: cookie, 'Content-Type': type };
      const planted = await fetch(`${origin}/notes`, { method: 'POST', headers, body: '{"text":"planted"}' });
      expect(planted.status).toSatisfy((status: number) => status === 400 || status === 415);
    }
    await button(second.page, 'Sign out').click();
    await button(page, 'Sign in').waitFor();
    expect(await page.content()).not.toContain(account.email);
    expect(await statusOf(`${origin}/notes`, cookie)).toBe(401);
    expect(errors).toEqual([]);
  },
);

test.concurrent('hono: pages for who is signed in, and no form of another origin', async () => {
  const origin = origins.hono;
  const context = await browser.newContext();
  const page = await context.newPage();
  const account = await signUpByClicking(page, origin);
  await page.goto(origin);
  await expectSound(page, 'hono-home');
  await page.goto(`${origin}/notes`);
  await arriveAt(page, 'Sign in');
  await signInOnPage(page, account);
  await arriveAt(page, 'Your notes');
  await keep(page, '<b>milk & eggs</b>');
  await expectSound(page, 'hono-notes');

  await using elsewhere = await serveForm(`${origin}/notes`);
  const postFrom = async (from: string) => {
    await page.goto(`http://${from}:${elsewhere.port}`);
    const arrival = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.getByRole('button').click();
    const response = await arrival;
    return [response.status(), (await response.request().allHeaders())['cookie'] !== undefined];
  };
  // The cookie is SameSite=Strict: it is not sent from another site, but from another port, which is the same site.
  expect(await postFrom('attacker.test')).toEqual([403, false]);
  expect(await postFrom('localhost')).toEqual([403, true]);

  const second = await context.newPage();
  const served = await second.goto(`${origin}/notes`);
  expect(await served?.headerValue('Cache-Control')).toBe('no-store');
  expect(await second.getByRole('listitem').allInnerTexts()).toEqual(['<b>milk & eggs</b>']);
  const cookie = await cookieHeader(context);
  await button(second, 'Sign out').click();
  await arriveAt(second, 'Sign in');
  expect(await statusOf(`${origin}/notes`, cookie)).toBe(303);
  await page.goto(`${origin}/notes`);
  await arriveAt(page, 'Sign in');
});

/** A page with a form that is sent elsewhere. */
async function serveForm(action: string): Promise<AsyncDisposable & { readonly port: number }> {
  const form = `<form method="post" action="${action}"><input name="text" value="planted"><button>Win</button></form>`;
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(form);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.concurrent('express-react: Vite serves the page, and no file beside it', async () => {
  const origin = origins['express-react'];
  const folder = fileURLToPath(new URL('../examples/express-react/', import.meta.url));
  const paths = ['package.json', 'src/main.ts'].map((path) => folder + path);
  for (const path of [...paths, ...guards.map(({ directory }) => `${directory}/latchkey.db`)]) {
    for (const query of ['', '?raw', '?import&raw', '?import&url']) {
      expect([path, (await fetch(`${origin}/page/@fs${path}${query}`)).status]).toEqual([path, 403]);
    }
  }
  expect((await fetch(`${origin}/page/page.tsx`)).status).toBe(200);
  expect((await fetch(`${origin}/src/main.ts`)).status).toBe(404);
});

test('each stops by a signal, with pages still open: the database is closed, and nothing is cut off', async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(origins['express-react']);
  await button(page, 'Sign in').waitFor();
  for (const each of processes) each.signal('SIGTERM');
  const ends = await Promise.all(processes.map(({ exited }) => exited));
  expect(ends).toEqual(processes.map(() => ({ code: 0, signal: null })));
  // What SQLite keeps beside an open database.
  for (const { directory } of guards) expect(existsSync(`${directory}/latchkey.db-wal`)).toBe(false);
});

/** Several accounts in one browser, one per tab, in cookies that no page can read. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type * as client from '@latchkey/browser';
import { createAccount, type Account } from '../support/accounts.ts';
import { launchProfile, useBrowser } from '../support/browser.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { openApp, serveApp } from './page-with-client.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
let ada: Account;
let bob: Account;
let eve: Account;
const browser = useBrowser();
beforeAll(async () => {
  server = await startServer();
  [ada, bob, eve] = [await createAccount(server), await createAccount(server), await createAccount(server)];
});
afterAll(() => server?.close());

async function newBrowser(): Promise<BrowserContext> {
  const context = await browser.newContext();
  await serveApp(context, server.origin);
  return context;
}

const makeClient = (page: Page) =>
  page.evaluate(() => {
    globalThis.made = lib.createClient({ slots: true });
    globalThis.changes = [];
    made.subscribe((state) => changes.push(state.status === 'signed-in' ? state.user.email : state.status));
  });

async function openTab(context: BrowserContext): Promise<Page> {
  const page = await openApp(context, server.origin);
  await makeClient(page);
  return page;
}

/** A reload, or a tab that comes back. */
async function reloaded(page: Page): Promise<Page> {
  await page.reload();
  await page.waitForFunction(() => 'lib' in globalThis);
  await makeClient(page);
  return page;
}

const signIn = (page: Page, { email, password }: Account, options: client.SignInOptions = {}, remember = true) =>
  page.evaluate(([input, given]) => made.signIn(input, given), [{ email, password, remember }, options] as const);
const use = (page: Page, slot: number | null) => page.evaluate((chosen) => made.useAccount(chosen), slot);
/** Slot and address of whoever the tab is, as the server says. */
const whoIs = (page: Page) =>
  page.evaluate(async () => {
    const state = await made.refresh();
    return [made.slot, state.status === 'signed-in' ? state.user.email : state.status] as const;
  });
const accountsOf = (page: Page) =>
  page.evaluate(async () => (await made.accounts()).map(({ slot, user }) => [slot, user.email] as const));
/** All that a script could read. */
const kept = (page: Page) =>
  page.evaluate(() => [document.cookie, { ...localStorage }, { ...sessionStorage }] as const);

test('two tabs, two accounts, and nothing of either that a script could read but a number', async () => {
  const context = await newBrowser();
  const [one, two] = [await openTab(context), await openTab(context)];
  await signIn(one, ada);
  await two.waitForFunction(() => made.state.status === 'signed-in');
  await signIn(two, bob, { slot: 'new' });
  expect([await whoIs(one), await whoIs(two)]).toEqual([
    [null, ada.email],
    [0, bob.email],
  ]);
  expect(await kept(one)).toEqual(['', {}, {}]);
  expect(await kept(two)).toEqual(['', {}, { 'latchkey-slot': '0' }]);
  // Ada's tab has heard nothing of Bob.
  expect(await one.evaluate(() => changes)).toEqual([ada.email]);
  const asked = await two.evaluate(async () => (await made.fetch('/api/session')).json() as Promise<object>);
  expect(asked).toMatchObject({ user: { email: bob.email } });
  expect(await accountsOf(one)).toEqual([
    [null, ada.email],
    [0, bob.email],
  ]);
  const cookies = await context.cookies();
  expect(cookies.filter(({ path }) => path === '/').map(({ name, httpOnly }) => [name, httpOnly])).toEqual(
    expect.arrayContaining([
      ['latchkey', true],
      ['latchkey.0', true],
    ]),
  );
});

test('a reload and a duplicate keep the account; another tab switches without a reload', async () => {
  const context = await newBrowser();
  const one = await openTab(context);
  await signIn(one, ada);
  await signIn(one, bob, { slot: 'new' });
  expect(await whoIs(await reloaded(one))).toEqual([0, bob.email]);

  const opened = context.waitForEvent('page');
  await one.evaluate(() => void window.open(location.href));
  const duplicate = await opened;
  await duplicate.waitForFunction(() => 'lib' in globalThis);
  await makeClient(duplicate);
  expect(await whoIs(duplicate)).toEqual([0, bob.email]);

  const other = await openTab(context);
  expect(await whoIs(other)).toEqual([null, ada.email]);
  await use(other, 0);
  expect(await whoIs(other)).toEqual([0, bob.email]);
  expect(await other.evaluate(() => changes)).toEqual([ada.email, 'unknown', bob.email]);
  // From now on it hears of Bob, and of nobody else.
  await duplicate.evaluate(() => made.signOut());
  await other.waitForFunction(() => made.state.status === 'signed-out');
  await use(other, null);
  expect(await whoIs(other)).toEqual([null, ada.email]);
});

test('who signs out of one stays signed in to the other; the slot is free again', async () => {
  const context = await newBrowser();
  const [one, two] = [await openTab(context), await openTab(context)];
  await signIn(one, ada);
  await signIn(two, bob, { slot: 'new' });
  await two.evaluate(() => made.signOut());
  expect([await whoIs(one), await whoIs(two)]).toEqual([
    [null, ada.email],
    [0, 'signed-out'],
  ]);
  expect(await accountsOf(two)).toEqual([[null, ada.email]]);
  await signIn(one, bob, { slot: 'new' });
  expect(await whoIs(one)).toEqual([0, bob.email]);
  await two.waitForFunction((email) => made.state.status === 'signed-in' && made.state.user.email === email, bob.email);
});

test('what was asked for one account is no answer for the next', async () => {
  const context = await newBrowser();
  const page = await openTab(context);
  await signIn(page, ada);
  await signIn(page, bob, { slot: 'new' });
  let isHeld = true;
  await context.route('**/api/session', async (route) => {
    if (isHeld) await new Promise((resolve) => setTimeout(resolve, 500));
    isHeld = false;
    await route.continue();
  });
  const states = await page.evaluate(async () => {
    const late = made.refresh();
    await made.useAccount(null);
    await late;
    return [made.slot, made.state.status === 'signed-in' && made.state.user.email];
  });
  expect(states).toEqual([null, ada.email]);
});

/** As when its process is killed: nothing is written any more. */
async function crash(context: BrowserContext): Promise<void> {
  const closed = new Promise((resolve) => context.once('close', resolve));
  const [page] = context.pages();
  const session = await context.newCDPSession(page!);
  // The answer never comes.
  session.send('Browser.crash').catch(() => {});
  await closed;
}

/**
 * A headless Chromium restores no tabs, whatever it is told: it keeps no record of them, and the test says so as long as it
 * is so. What Chrome gives back to a tab, its sessionStorage, is put there by hand; all else is what the browser does. Chrome
 * that goes on where it left off also brings back cookies of sessions that are not remembered, which this one does not.
 */
test('after a crash of the browser the remembered accounts are there, and a tab that is restored is of its own or of nobody', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const first = await launchProfile(directory);
  await serveApp(first, server.origin);
  const tab = await openTab(first);
  await signIn(tab, ada);
  await signIn(tab, bob, { slot: 'new' });
  const ofBob = await tab.evaluate(() => ({ ...sessionStorage }));
  // Chromium writes cookies to its disk at the end, or every 30 s.
  await first.close();

  const before = await launchProfile(directory, ['--restore-last-session']);
  await serveApp(before, server.origin);
  const third = await openTab(before);
  await signIn(third, eve, { slot: 'new' }, false);
  expect(await whoIs(third)).toEqual([1, eve.email]);
  const ofEve = await third.evaluate(() => ({ ...sessionStorage }));
  await crash(before);

  const after = await launchProfile(directory, ['--restore-last-session']);
  try {
    expect(after.pages().map((page) => page.url())).toEqual(['about:blank']);
    await serveApp(after, server.origin);
    const fresh = await openTab(after);
    expect(await whoIs(fresh)).toEqual([null, ada.email]);
    expect(await accountsOf(fresh)).toEqual([
      [null, ada.email],
      [0, bob.email],
    ]);
    const restore = (entries: Record<string, string>) =>
      fresh.evaluate((given) => Object.assign(sessionStorage, given), entries);
    await restore(ofBob);
    expect(await whoIs(await reloaded(fresh))).toEqual([0, bob.email]);
    // Never somebody else, such as the first account: the page asks for a sign-in.
    await restore(ofEve);
    expect(await whoIs(await reloaded(fresh))).toEqual([1, 'signed-out']);
  } finally {
    await after.close();
  }
});

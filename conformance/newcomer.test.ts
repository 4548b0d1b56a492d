import type { BrowserContext, Cookie } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  arriveAt,
  button,
  enter,
  shownDevices,
  heading,
  link,
  openMailedLink,
  signIn,
  signUp,
} from './newcomer/person.ts';
import { createAccount, newAccount } from './support/accounts.ts';
import { expectNothingToSteal, expectSound, expectToFit } from './support/expect-sound.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';
import { useWatchedBrowser } from './support/watched-browser.ts';

const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
// Screenshots and axe take their time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

let server: ServerProcess;
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const sessionCookie = async (context: BrowserContext): Promise<Cookie> => {
  const cookies = await context.cookies(server.origin);
  expect(cookies.map(({ name }) => name)).toEqual(['latchkey']);
  return cookies[0]!;
};

test.concurrent('from the home page to the account, by clicking', async () => {
  const account = newAccount('Ada Example');
  const page = await browser.newPage();
  await page.goto(server.origin);
  await expectSound(page, 'home');

  await link(page, 'Create an account').click();
  await arriveAt(page, 'Create your account');
  await expectSound(page, 'sign-up');
  await signUp(page, account);

  await arriveAt(page, 'Check your mail');
  await expectSound(page, 'check-mail');
  await link(page, 'Open the dev outbox').click();

  await arriveAt(page, 'Dev outbox');
  await expectSound(page, 'outbox');
  await openMailedLink(page, account);

  await arriveAt(page, 'Confirm your address');
  await expectSound(page, 'verify-email');
  await button(page, 'Confirm my address').click();

  await arriveAt(page, 'Your address is confirmed');
  await expectSound(page, 'verify-email-done');
  expect(await page.context().cookies(server.origin)).toEqual([]);
  await link(page, 'Sign in').click();

  await arriveAt(page, 'Sign in');
  await expectSound(page, 'sign-in');
  await signIn(page, account);

  await arriveAt(page, account.name);
  expect(new URL(page.url()).pathname).toBe('/account');
  expect(await shownDevices(page)).toEqual([expect.stringMatching(/Chrome on Linux.*This device.*127\.0\.0\.1/s)]);
  await expectSound(page, 'account');

  await link(page, 'Latchkey').click();
  await link(page, 'Go to my account').waitFor();
  await expectSound(page, 'home-signed-in');
});

test.concurrent('the same path without JavaScript', async () => {
  const account = newAccount();
  const page = await browser.newPage({ javaScriptEnabled: false });
  const steps = [
    ['Create your account', () => link(page, 'Create an account').click()],
    ['Check your mail', () => signUp(page, account)],
    ['Dev outbox', () => link(page, 'Open the dev outbox').click()],
    ['Confirm your address', () => openMailedLink(page, account)],
    ['Your address is confirmed', () => button(page, 'Confirm my address').click()],
    ['Sign in', () => link(page, 'Sign in').click()],
    [account.name, () => signIn(page, account)],
    ['Sign in', () => button(page, 'Sign out here').click()],
  ] as const;
  await page.goto(server.origin);
  for (const [title, act] of steps) {
    await act();
    await arriveAt(page, title);
    await expectToFit(page);
    await expectNothingToSteal(page);
  }
  expect(await page.context().cookies(server.origin)).toEqual([]);
  await page.goto(`${server.origin}/account`);
  await arriveAt(page, 'Sign in');
});

test.concurrent('the cookie of a session that is not remembered ends with the browser', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, server.origin, account);
  const { value, ...flags } = await sessionCookie(page.context());
  expect(value).toMatch(/^lks_/);
  expect(flags).toEqual({
    name: 'latchkey',
    domain: 'localhost',
    path: '/',
    expires: -1,
    httpOnly: true,
    secure: false,
    sameSite: 'Strict',
  });
});

test.concurrent('the cookie of a remembered session lasts thirty days', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, server.origin, account, true);
  const { expires, ...flags } = await sessionCookie(page.context());
  expect(flags).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  const inThirtyDays = Date.now() / 1000 + 30 * 86_400;
  expect(Math.abs(expires - inThirtyDays)).toBeLessThan(60);
});

test.concurrent('one device signs the other one out, at its next click', async () => {
  // The README shows this page.
  const account = await createAccount(server, { ...newAccount('Ada Example'), email: 'ada@example.org' });
  const here = await browser.newPage();
  const there = await browser.newPage({ userAgent: phone });
  await enter(there, server.origin, account);
  await enter(here, server.origin, account, true);
  expect(await shownDevices(here)).toEqual([
    expect.stringMatching(/This device/),
    expect.stringMatching(/Safari on iOS/),
  ]);
  await expectSound(here, 'account-two-devices');

  await here.getByRole('button', { name: /^Sign out Safari on iOS/ }).click();
  await here.getByRole('status').waitFor();
  expect(await shownDevices(here)).toEqual([expect.stringMatching(/This device/)]);
  await expectSound(here, 'account-device-signed-out');

  await there.reload();
  await arriveAt(there, 'Sign in');
  await expectSound(there, 'sign-in-first');
  // It comes back to where it was going.
  await signIn(there, account);
  await arriveAt(there, account.name);
});

test.concurrent('signs out here, and what was signed out stays so', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, server.origin, account, true);
  const { value } = await sessionCookie(page.context());
  await button(page, 'Sign out here').click();
  await arriveAt(page, 'Sign in');
  await expectSound(page, 'signed-out');
  expect(await page.context().cookies(server.origin)).toEqual([]);

  await page.goBack();
  await arriveAt(page, 'Sign in');
  // Not even with the cookie of before.
  await page
    .context()
    .addCookies([{ name: 'latchkey', value, url: server.origin, httpOnly: true, sameSite: 'Strict' }]);
  await page.goto(`${server.origin}/account`);
  await arriveAt(page, 'Sign in');
});

test.concurrent('signs out the other devices, then everywhere', async () => {
  const account = await createAccount(server);
  const here = await browser.newPage();
  const there = await browser.newPage();
  await enter(here, server.origin, account);
  await enter(there, server.origin, account);
  await here.reload();
  await button(here, 'Sign out the other devices').click();
  await here.getByRole('status').waitFor();
  expect(await shownDevices(here)).toEqual([expect.stringMatching(/This device/)]);
  await there.reload();
  await arriveAt(there, 'Sign in');

  await signIn(there, account);
  await arriveAt(there, account.name);
  await button(there, 'Sign out everywhere').click();
  await arriveAt(there, 'Sign in');
  await here.reload();
  await arriveAt(here, 'Sign in');
  expect(await heading(here, 'Sign in').count()).toBe(1);
});

/** Every page that the newcomer's path does not pass, above all what is shown when something is wrong. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAccount, newAccount, post, signUp } from '../support/accounts.ts';
import { expectSound, expectToFit } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { arriveAt, button, enter, signIn, signUp as signUpOnPage } from './person.ts';

// Screenshots and axe take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

async function open(path: string): Promise<{ readonly page: Page; readonly status: number | undefined }> {
  const page = await browser.newPage();
  const response = await page.goto(server.origin + path);
  return { page, status: response?.status() };
}

/** The status of the page that this action leads to. */
async function statusAfter(page: Page, act: () => Promise<void>): Promise<number> {
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.request().isNavigationRequest()),
    page.waitForEvent('load'),
    act(),
  ]);
  return response.status();
}

// These two alone, while nobody else signs up.
test('the empty outbox', async () => {
  const { page, status } = await open('/dev/mail');
  expect(status).toBe(200);
  await expectSound(page, 'outbox-empty');
});

test('the outbox with mails, the newest first', async () => {
  for (const name of ['first', 'second']) await signUp(server.origin, newAccount(name));
  const newest = newAccount('third');
  await signUp(server.origin, newest);
  await server.mailTo(newest.email);
  const { page } = await open('/dev/mail');
  expect(await page.getByRole('article').first().innerText()).toContain(newest.email);
  await page.getByText('HTML source').first().click();
  await expectSound(page, 'outbox-full');
});

test.concurrent('a wrong password, and an address that nobody has, look the same', async () => {
  const account = await createAccount(server);
  const { page } = await open('/sign-in');
  expect(await statusAfter(page, () => signIn(page, { ...account, password: 'something else' }, true))).toBe(401);
  await expectSound(page, 'sign-in-wrong-password');
  const wrongPassword = await page.getByRole('alert').innerText();
  expect(await page.getByRole('alert').evaluate((alert) => alert === document.activeElement)).toBe(true);
  expect(await page.getByLabel('E-mail address').inputValue()).toBe(account.email);
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
  expect(await page.getByLabel('Keep me signed in').isChecked()).toBe(true);

  expect(await statusAfter(page, () => signIn(page, newAccount()))).toBe(401);
  expect(await page.getByRole('alert').innerText()).toBe(wrongPassword);
});

test.concurrent('an address that is not verified yet: the mail can be had again', async () => {
  const account = newAccount();
  expect((await signUp(server.origin, account)).status).toBe(202);
  const { links } = await server.mailTo(account.email);
  const { page } = await open('/sign-in');
  expect(await statusAfter(page, () => signIn(page, account))).toBe(403);
  await expectSound(page, 'sign-in-not-verified');
  await button(page, 'Send the mail again').click();
  await arriveAt(page, 'Check your mail');
  // In place of the older one.
  expect((await server.mailTo(account.email)).links).not.toEqual(links);
});

test.concurrent('a sign-up that is not accepted says why, and keeps what was typed', async () => {
  const { page } = await open('/sign-up');
  const account = newAccount();
  // Eight units of UTF-16, with which the browser is content, but four characters.
  expect(await statusAfter(page, () => signUpOnPage(page, { ...account, password: '😀😀😀😀' }))).toBe(400);
  await expectSound(page, 'sign-up-error');
  expect(await page.getByLabel('Name').inputValue()).toBe(account.name);
  await page.getByRole('alert').getByRole('link').click();
  expect(await page.getByLabel('Password', { exact: true }).evaluate((field) => field === document.activeElement)).toBe(
    true,
  );
});

test.concurrent('a link that is not valid, and the way to a new one', async () => {
  const account = newAccount();
  await signUp(server.origin, account);
  const { links } = await server.mailTo(account.email);
  const { page } = await open(`/verify-email?token=${'A'.repeat(43)}`);
  expect(await statusAfter(page, () => button(page, 'Confirm my address').click())).toBe(400);
  await expectSound(page, 'verify-email-failed');
  await page.getByLabel('E-mail address').fill('name@localhost');
  expect(await statusAfter(page, () => button(page, 'Send me a new link').click())).toBe(400);
  await expectSound(page, 'verify-email-failed-error');
  await page.getByLabel('E-mail address').fill(account.email);
  await button(page, 'Send me a new link').click();
  await arriveAt(page, 'Check your mail');
  // In place of the older one.
  expect((await server.mailTo(account.email)).links).not.toEqual(links);
});

test.concurrent('an address that was signed up for twice: whoever reads the mail chooses the password', async () => {
  const account = newAccount();
  await signUp(server.origin, { ...account, password: 'what somebody else chose' });
  await signUp(server.origin, account);
  const path = (await server.mailTo(account.email)).links[0]!.slice(server.origin.length);
  const { page } = await open(path);
  await button(page, 'Confirm my address').click();
  await arriveAt(page, 'Choose your password');
  await expectSound(page, 'verify-email-choose-password');
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await button(page, 'Set the password').click();
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  // Nobody knows whose name it would have been.
  await arriveAt(page, account.email);
});

test.concurrent('a link works once', async () => {
  const account = newAccount();
  await signUp(server.origin, account);
  const path = (await server.mailTo(account.email)).links[0]!.slice(server.origin.length);
  const { page } = await open(path);
  expect(await statusAfter(page, () => button(page, 'Confirm my address').click())).toBe(200);
  await page.goto(server.origin + path);
  expect(await statusAfter(page, () => button(page, 'Confirm my address').click())).toBe(400);
});

test.concurrent.each([
  ['not-found', '/no-such-page', 404],
  ['not-allowed', '/account/sessions/end-all', 405],
])('an error as a page: %s', async (name, path, expected) => {
  const { page, status } = await open(path);
  expect(status).toBe(expected);
  await expectSound(page, name);
  await page.getByRole('main').getByRole('link').click();
  await page.getByRole('link', { name: 'Create an account', exact: true }).waitFor();
});

test.concurrent('a form of another site is refused, on a page that says so', async () => {
  const site: Server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><title>Win</title><link rel="icon" href="data:,">
<form method="post" action="${server.origin}/sign-in"><button>Go</button></form>`);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  try {
    const { page } = await open('/');
    await page.goto(`http://attacker.test:${(site.address() as AddressInfo).port}/`);
    expect(await statusAfter(page, () => button(page, 'Go').click())).toBe(403);
    await expectSound(page, 'cross-site');
  } finally {
    site.close();
    site.closeAllConnections();
  }
});

test.concurrent('the API reference', async () => {
  const { page, status } = await open('/docs');
  expect(status).toBe(200);
  // With all that can be unfolded.
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  await expectToFit(page);
  await page.reload();
  // All endpoints are written alike, and axe takes half a minute for all: three of each section.
  await page.evaluate(() =>
    document.querySelectorAll('article.endpoint:nth-of-type(n + 4)').forEach((endpoint) => endpoint.remove()),
  );
  await expectSound(page, 'docs');
});

test.concurrent('names and addresses of the greatest length fit', async () => {
  const local = 'averyveryverylongaddresswithoutanyplacewherealinecouldbebroken';
  const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.example.org`;
  const account = { ...newAccount('W'.repeat(120)), email: `${local}@${domain}` };
  await createAccount(server, account);
  const { page } = await open('/sign-in');
  await enter(page, server.origin, account);
  await expectSound(page, 'account-long-name');
  for (const path of ['/', '/dev/mail']) {
    await page.goto(server.origin + path);
    await expectToFit(page);
  }
  await page.goto(`${server.origin}/sign-up`);
  await signUpOnPage(page, account);
  await arriveAt(page, 'Check your mail');
  await expectToFit(page);
});

test.concurrent('the link of the first administrator, from the console of the server, works once', async () => {
  const link = /http\S+\/first-administrator\?token=\S+/;
  await expect.poll(() => server.output()).toMatch(link);
  const url = new URL(link.exec(server.output())![0]);
  const path = url.pathname + url.search;
  const account = newAccount('Grace Example');
  const fillIn = async (page: Page, password: string) => {
    await page.getByLabel('E-mail address').fill(account.email);
    await page.getByLabel('Name').fill(account.name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await button(page, 'Make the administrator').click();
  };
  const { page } = await open(path);
  await expectSound(page, 'first-administrator');
  expect(await statusAfter(page, () => fillIn(page, '😀😀😀😀'))).toBe(400);
  await expectSound(page, 'first-administrator-error');
  await fillIn(page, account.password);
  await arriveAt(page, 'Sign in');
  await signIn(page, account);
  await arriveAt(page, account.name);
  await page.getByText('administrator', { exact: true }).waitFor();
  await expectSound(page, 'account-administrator');

  const again = await open(path);
  expect(await statusAfter(again.page, () => fillIn(again.page, account.password))).toBe(400);
  expect(await post(server.origin, '/api/sign-in', { email: account.email, password: account.password })).toMatchObject(
    { status: 200 },
  );
  const withoutToken = await open('/first-administrator');
  expect(withoutToken.status).toBe(400);
  await expectSound(withoutToken.page, 'first-administrator-failed');
});

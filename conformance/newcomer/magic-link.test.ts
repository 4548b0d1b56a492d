/** Signing in by mail: in the browser that asked, and in two, of which one reads the mail. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, test, vi } from 'vitest';
import { createAccount, newAccount, type Account } from '../support/accounts.ts';
import { expectSound } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { arriveAt, button, link } from './person.ts';

// Screenshots and axe take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = await startServer({ settings: { LATCHKEY_MAGIC_LINKS: 'on' } });
});
afterAll(() => server.close());

const CODE_PAGE = 'Type this code where you asked for the link';

/** From the sign-in page to where the browser waits. */
async function ask(page: Page, account: Account): Promise<void> {
  await page.goto(`${server.origin}/sign-in`);
  await link(page, 'Sign in by mail').click();
  await arriveAt(page, 'Sign in by mail');
  await page.getByLabel('E-mail address').fill(account.email);
  await button(page, 'Send me a link').click();
  await arriveAt(page, 'Check your mail');
}

/** Opens the link of the mail; as from a mail program, since the page before it is of another site. */
async function openLink(page: Page, account: Account): Promise<void> {
  const { links } = await server.mailTo(account.email, 2);
  await page.goto('about:blank');
  await page.goto(links[0]!);
  await arriveAt(page, 'Sign in by mail');
}

test.concurrent('in the browser that asked', async () => {
  const account = await createAccount(server, newAccount('Ada Example'));
  const page = await browser.newPage();
  await page.goto(`${server.origin}/sign-in`);
  await expectSound(page, 'sign-in-with-magic-links');
  await link(page, 'Sign in by mail').click();
  await arriveAt(page, 'Sign in by mail');
  await expectSound(page, 'magic-link');
  await page.getByLabel('E-mail address').fill('name@localhost');
  await button(page, 'Send me a link').click();
  await page.getByRole('alert').waitFor();
  await expectSound(page, 'magic-link-error');
  await page.getByLabel('E-mail address').fill(account.email);
  await button(page, 'Send me a link').click();
  await arriveAt(page, 'Check your mail');
  await expectSound(page, 'magic-link-sent');

  await openLink(page, account);
  await expectSound(page, 'magic-link-opened');
  await button(page, 'Go on').click();
  await arriveAt(page, account.name);
});

test.concurrent('by the code, where another browser reads the mail; without JavaScript', async () => {
  const account = await createAccount(server, newAccount('Grace Example'));
  const page = await browser.newPage({ javaScriptEnabled: false });
  const other = await browser.newPage();
  await ask(page, account);
  await openLink(other, account);
  await button(other, 'Go on').click();
  await arriveAt(other, CODE_PAGE);
  await expectSound(other, 'magic-link-code');
  const code = await other.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).innerText();
  await other.goto(`${server.origin}/account`);
  await arriveAt(other, 'Sign in');

  await page.getByLabel('Code', { exact: true }).fill('0000-0000');
  await button(page, 'Sign in with the code').click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Code', { exact: true }).fill(code.toLowerCase().replace('-', ' '));
  await button(page, 'Sign in with the code').click();
  await arriveAt(page, account.name);

  // Used up: the link signs in nobody any more, here either.
  await openLink(page, account);
  await button(page, 'Go on').click();
  await arriveAt(page, CODE_PAGE);
});

test.concurrent('a link that is none, and a wrong code', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.origin}/sign-in/mail/link?token=lko_x`);
  await button(page, 'Go on').click();
  await arriveAt(page, 'This link does not work any more');
  await expectSound(page, 'magic-link-failed');
  await link(page, 'Send me a new link').click();
  await arriveAt(page, 'Sign in by mail');
  await page.getByLabel('E-mail address').fill(newAccount().email);
  await button(page, 'Send me a link').click();
  await arriveAt(page, 'Check your mail');
  await page.getByLabel('Code', { exact: true }).fill('0000-0000');
  await button(page, 'Sign in with the code').click();
  await page.getByRole('alert').waitFor();
  await expectSound(page, 'magic-link-wrong-code');
});

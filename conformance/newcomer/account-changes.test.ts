/** Passwords, addresses and the end of an account, as a person changes them on the pages. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createAccount, newAccount, type Account } from '../support/accounts.ts';
import { expectSound } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { arriveAt, button, enter, link, signIn } from './person.ts';

// Screenshots and axe take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
const browser = useWatchedBrowser();

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** Somebody on the account page; without JavaScript, since all of this works without. */
async function someone(name?: string): Promise<{ readonly account: Account; readonly page: Page }> {
  const account = await createAccount(server, newAccount(name));
  const page = await browser.newPage({ javaScriptEnabled: false });
  await enter(page, server.origin, account);
  return { account, page };
}

/** Opens the link of the mail that came as number `count` to this address. */
async function openLink(page: Page, address: string, count = 1): Promise<void> {
  const { links } = await server.mailTo(address, count);
  await page.goto(links[0]!);
}

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });

test.concurrent('a forgotten password', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await page.goto(`${server.origin}/sign-in`);
  await expectSound(page, 'sign-in');
  await link(page, 'Forgot password?').click();
  await arriveAt(page, 'Forgot your password?');
  await expectSound(page, 'forgot-password');
  await field(page, 'E-mail address').fill('name@localhost');
  await button(page, 'Send me a link').click();
  await page.getByRole('alert').waitFor();
  await expectSound(page, 'forgot-password-error');

  await field(page, 'E-mail address').fill(account.email);
  await button(page, 'Send me a link').click();
  await arriveAt(page, 'Check your mail');

  await openLink(page, account.email, 2);
  await arriveAt(page, 'Choose a new password');
  await expectSound(page, 'reset-password');
  await field(page, 'New password').fill('😀😀😀😀');
  await button(page, 'Set the password').click();
  await page.getByRole('alert').waitFor();
  const password = 'a better one than before';
  await field(page, 'New password').fill(password);
  await button(page, 'Set the password').click();
  await arriveAt(page, 'Sign in');
  await signIn(page, { ...account, password });
  await arriveAt(page, account.name);

  await page.goto(`${server.origin}/reset-password?token=${'A'.repeat(47)}`);
  await field(page, 'New password').fill(password);
  await button(page, 'Set the password').click();
  await arriveAt(page, 'This link does not work any more');
  await expectSound(page, 'reset-password-failed');
});

test.concurrent('another password', async () => {
  const { account, page } = await someone();
  await link(page, 'Change the password').click();
  await arriveAt(page, 'Change your password');
  const fillIn = async (current: string, password: string) => {
    await field(page, 'Present password').fill(current);
    await field(page, 'New password').fill(password);
    await button(page, 'Change the password').click();
  };
  await fillIn('something else', 'a better one than before');
  await page.getByRole('alert').waitFor();
  await fillIn(account.password, 'a better one than before');
  await arriveAt(page, account.name);
  expect(await page.getByRole('status').innerText()).toContain('changed');
  await server.mailTo(account.email, 2);
});

test.concurrent('another address, and the way back', async () => {
  const { account, page } = await someone();
  const moved = newAccount().email;
  await link(page, 'Change the address').click();
  await arriveAt(page, 'Change your e-mail address');
  await field(page, 'New e-mail address').fill(moved);
  await field(page, 'Password').fill(account.password);
  await button(page, 'Send a link to the new address').click();
  await arriveAt(page, 'Check your mail');

  await openLink(page, moved);
  await arriveAt(page, 'Confirm your new address');
  await button(page, 'Confirm the new address').click();
  await arriveAt(page, 'Your address is changed');
  await link(page, 'Go to my account').click();
  // The switcher has it as well, closed.
  await page.getByText(moved).filter({ visible: true }).first().waitFor();

  await openLink(page, account.email, 2);
  await arriveAt(page, 'Take your account back');
  await button(page, 'Restore my address').click();
  await arriveAt(page, 'Your address is restored');
  await page.goto(`${server.origin}/account`);
  await arriveAt(page, 'Sign in');
  expect(await page.getByRole('status').count()).toBe(1);
});

test.concurrent('no account any more', async () => {
  const { account, page } = await someone();
  await link(page, 'Delete the account').click();
  await arriveAt(page, 'Delete your account');
  await field(page, 'Password').fill('something else');
  await button(page, 'Delete my account').click();
  await page.getByRole('alert').waitFor();
  await field(page, 'Password').fill(account.password);
  await button(page, 'Delete my account').click();
  await arriveAt(page, 'Sign in');
  await page.getByRole('status').waitFor();
  await signIn(page, account);
  await page.getByRole('alert').waitFor();
  expect(new URL(page.url()).pathname).toBe('/sign-in');
});

// The pages that the others pass without a look.
test.concurrent('how the pages look', async () => {
  const account = await createAccount(server, newAccount('Ada Example'));
  const page = await browser.newPage();
  await enter(page, server.origin, account);
  await expectSound(page, 'account-settings');
  for (const [name, path] of [
    ['account-email', '/account/email'],
    ['account-delete', '/account/delete'],
    ['undo-email', '/undo-email?token=lko_x'],
  ] as const) {
    await page.goto(server.origin + path);
    await expectSound(page, name);
  }
  await page.goto(`${server.origin}/account/password`);
  await field(page, 'Present password').fill('something else');
  await field(page, 'New password').fill('a better one than before');
  await button(page, 'Change the password').click();
  await page.getByRole('alert').waitFor();
  await expectSound(page, 'account-password-error');
});

/** Several accounts on the pages, which work without a script: the slot is in their addresses. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Page } from 'playwright-core';
import { createAccount, newAccount, type Account } from '../support/accounts.ts';
import { expectSound } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { arriveAt, button, enter, link, signIn } from './person.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
let ada: Account;
let grace: Account;
const browser = useWatchedBrowser();
beforeAll(async () => {
  server = await startServer();
  ada = await createAccount(server, newAccount('Ada Example'));
  grace = await createAccount(server, newAccount('Grace Example'));
});
afterAll(() => server?.close());

const slotOf = (page: Page) => new URL(page.url()).searchParams.get('slot');
const openMenu = (page: Page) => page.getByText('Accounts', { exact: true }).click();
const choice = (page: Page, { email }: Account) => page.getByRole('link', { name: email });

async function addGrace(page: Page): Promise<void> {
  await openMenu(page);
  await link(page, 'Use another account').click();
  await arriveAt(page, 'Sign in');
  await signIn(page, grace);
  await arriveAt(page, grace.name);
}

test('a second account beside the first, without a script', async () => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await enter(page, server.origin, ada);
  await addGrace(page);
  expect(slotOf(page)).toBe('0');
  // On and on in the slot.
  await link(page, 'Change the password').click();
  await arriveAt(page, 'Change your password');
  await link(page, 'Back to my account').click();
  await arriveAt(page, grace.name);
  expect(slotOf(page)).toBe('0');

  await openMenu(page);
  await choice(page, ada).click();
  await arriveAt(page, ada.name);
  expect(slotOf(page)).toBe('');
  await openMenu(page);
  await button(page, `Sign out ${grace.email}`).click();
  await arriveAt(page, 'Sign in');
  // Ada is still there.
  await choice(page, ada).click();
  await arriveAt(page, ada.name);
});

test('with the keyboard, and for everybody to see', async () => {
  const page = await browser.newPage();
  await enter(page, server.origin, ada);
  await addGrace(page);
  await page.getByText('Accounts', { exact: true }).focus();
  await page.keyboard.press('Enter');
  await choice(page, grace).waitFor();
  await expectSound(page, 'account-switcher');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await arriveAt(page, ada.name);

  await page.goto(`${server.origin}/sign-in`);
  await choice(page, grace).waitFor();
  await expectSound(page, 'sign-in-beside-others');
});

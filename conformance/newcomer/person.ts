/** What a person does on the pages: by what can be read on the screen, with the mouse and the keyboard. */
import type { Page } from 'playwright-core';
import type { Account } from '../support/accounts.ts';

export const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true });
export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
export const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true });

/** Waits until the page with this main heading is there. */
export async function arriveAt(page: Page, title: string): Promise<void> {
  await heading(page, title).waitFor();
}

/** On the sign-up page. */
export async function signUp(page: Page, { email, name, password }: Account): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button(page, 'Create account').click();
}

/** On the sign-in page. */
export async function signIn(
  page: Page,
  account: Pick<Account, 'email' | 'password'>,
  remember = false,
): Promise<void> {
  await page.getByLabel('E-mail address').fill(account.email);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByLabel('Keep me signed in').setChecked(remember);
  await button(page, 'Sign in').click();
}

/** On the page of the dev outbox: opens the link of the mail to this address. */
export async function openMailedLink(page: Page, { email }: Account): Promise<void> {
  await page.getByRole('article').filter({ hasText: email }).getByRole('link', { name: 'Open /verify-email' }).click();
}

/** Opens the sign-in page and signs in; ends on the account page. */
export async function enter(page: Page, origin: string, account: Account, remember = false): Promise<void> {
  await page.goto(`${origin}/sign-in`);
  await signIn(page, account, remember);
  await arriveAt(page, account.name);
}

/** The devices on the account page, each as the text that is shown. */
export async function shownDevices(page: Page): Promise<string[]> {
  return page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { level: 3 }) })
    .allInnerTexts();
}

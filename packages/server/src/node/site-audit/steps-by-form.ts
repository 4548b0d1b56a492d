import type { Locator, Page } from 'playwright-core';
import { CommandError } from '../command-error.ts';
import type { Login, Steps } from './steps.ts';

const FIELD_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

/** What browsers go by when they fill in a form (HTML, autofill), and then what is usual; the surest first. */
const NAME_FIELDS = [
  'input[autocomplete~="username" i]',
  'input[autocomplete~="email" i]',
  'input[type="email" i]',
  'input[name="email" i], input[name="username" i], input[name="user" i], input[name="login" i], input[name="identifier" i]',
  'form:has(input[type="password" i]) input:is([type="text" i], :not([type]))',
];
const PASSWORD_FIELDS = ['input[autocomplete~="current-password" i]', 'input[type="password" i]'];
const BUTTON = 'button[type="submit" i], input[type="submit" i], button:not([type]), input[type="image" i]';

/** Fills in the form that the page shows, on one page or on two. */
export function stepsByForm({ email = '', password = '' }: Login, signOutSelector: string | undefined): Steps {
  return {
    signIn: async (page) => {
      const name = await firstVisible(page, NAME_FIELDS, FIELD_TIMEOUT_MS);
      if (name === undefined) throw noField('a field for the e-mail address');
      await name.fill(email);
      if ((await firstVisible(page, PASSWORD_FIELDS, 0)) === undefined) await submit(name);
      const secret = await firstVisible(page, PASSWORD_FIELDS, FIELD_TIMEOUT_MS);
      if (secret === undefined) throw noField('a field for the password');
      await secret.fill(password);
      await submit(secret);
    },
    signOut: signOutSelector === undefined ? undefined : (page) => clickSignOut(page, signOutSelector),
  };
}

export async function clickSignOut(page: Page, selector: string): Promise<boolean> {
  try {
    await page.locator(selector).first().click({ timeout: FIELD_TIMEOUT_MS });
  } catch {
    throw new CommandError(
      `Nothing to click was found for --sign-out ${selector}`,
      'Give a CSS selector of what signs out on the page that the sign-in leads to, or a script with signOut.',
    );
  }
  return true;
}

/** The form's own button, or Enter where it has none. */
async function submit(field: Locator): Promise<void> {
  const button = field.locator('xpath=ancestor::form[1]').locator(BUTTON).first();
  if ((await button.count()) > 0 && (await button.isVisible())) await button.click();
  else await field.press('Enter');
}

async function firstVisible(page: Page, selectors: readonly string[], timeoutMs: number): Promise<Locator | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    for (const selector of selectors) {
      const field = page.locator(selector).filter({ visible: true }).first();
      if ((await field.count()) > 0) return field;
    }
    if (performance.now() >= end) return undefined;
    await page.waitForTimeout(POLL_MS);
  }
}

function noField(what: string): CommandError {
  return new CommandError(
    `The page has not ${what} that could be found.`,
    'Give the address of the page with the form, or sign in by a script: --script FILE.',
  );
}

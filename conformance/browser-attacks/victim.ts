/** What a user does in the demo application. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Storage } from './demo/storages.ts';
import type { World } from './world.ts';

const ACTION_TIMEOUT_MS = 20_000;

/** One cell of the matrix: whose storage, in which world, and a name of its own. */
export interface Cell {
  readonly world: World;
  readonly browser: Browser;
  readonly storage: Storage;
  readonly id: string;
  /** A browser in which alice is signed in, for attacks that leave it as it was; without it each gets its own. */
  readonly shared?: SignedInBrowser;
}

export interface SignedInBrowser {
  readonly context: BrowserContext;
  readonly tab: Page;
}

export async function withContext<Result>(
  { browser }: Pick<Cell, 'browser'>,
  action: (context: BrowserContext) => Promise<Result>,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Result> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  try {
    return await action(context);
  } finally {
    await context.close();
  }
}

type Place = Pick<Cell, 'world' | 'storage'>;

/** Opens the application, and waits until it knows who is signed in. */
export async function openApp(context: BrowserContext, { world, storage }: Place, search = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(world.app(storage) + search);
  await ready(page);
  return page;
}

/** Waits until the application has asked who is signed in. */
export async function ready(page: Page): Promise<void> {
  await page.locator('#who[data-asked]').waitFor({ state: 'attached' });
}

export const shownUser = async (page: Page): Promise<string> => (await page.locator('#who').textContent()) ?? '';

/** With the browser that the cell shares with others, or with one of its own. */
export async function withSignedIn<Result>(
  cell: Cell,
  action: (context: BrowserContext, tab: Page) => Promise<Result>,
): Promise<Result> {
  if (cell.shared) return action(cell.shared.context, cell.shared.tab);
  return withContext(cell, async (context) => action(context, await signedIn(context, cell)));
}

/** Types and presses the button; does not wait for what comes of it. */
export async function submitSignIn(page: Page, { world, storage }: Place, remember = false): Promise<void> {
  const { user, password } = world.login(storage, 'alice');
  await page.locator('#sign-in [name=user]').fill(user);
  await page.locator('#sign-in [name=password]').fill(password);
  await page.locator('#sign-in [name=remember]').setChecked(remember);
  await page.locator('#sign-in button').click();
}

/** A tab where alice is signed in; she signs in where she is not yet. */
export async function signedIn(context: BrowserContext, place: Place, search = '', remember = false): Promise<Page> {
  const page = await openApp(context, place, search);
  if ((await shownUser(page)) === 'alice') return page;
  await submitSignIn(page, place, remember);
  await page.locator('#who', { hasText: 'alice' }).waitFor();
  return page;
}

export async function transfer(page: Page, to: string): Promise<void> {
  await page.locator('#transfer [name=to]').fill(to);
  await page.locator('#transfer button').click();
  await page.locator('#transferred', { hasText: to }).waitFor();
}

/** Ends when the server has answered. */
export async function signOut(page: Page): Promise<void> {
  const answered = page.waitForResponse((response) => {
    const { pathname } = new URL(response.url());
    return pathname.endsWith('/sign-out') || (pathname === '/api/session' && response.request().method() === 'DELETE');
  });
  await page.locator('#sign-out button').click();
  await answered;
  await page.locator('#who', { hasText: 'nobody' }).waitFor();
}

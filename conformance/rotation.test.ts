/** The rotating session cookie in real browsers. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { arriveAt, enter, shownDevices, signIn } from './newcomer/person.ts';
import { createAccount, type Account } from './support/accounts.ts';
import { useBrowser } from './support/browser.ts';
import { expectSound } from './support/expect-sound.ts';
import { startFrontProxy, type FrontProxy } from './support/front-proxy.ts';
import { seededRandom } from './support/seeded-random.ts';
import { startServer, type ServerProcess } from './support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const soak = process.env['LATCHKEY_SOAK'] === '1';
const rounds = soak ? 200 : 30;
const overlapMs = 1000;
const rotateMs = 2000;
/** Enough for the clocks of the test and of the server to agree on what is over. */
const marginMs = 100;
const dropShare = 0.3;
const longestPauseMs = 600;

const random = seededRandom();
let proxy: FrontProxy;
let server: ServerProcess;
const browser = useBrowser();
const lossyHeader = 'x-lossy';
const deafHeader = 'x-deaf';
let lost = 0;

/** Drops a share of the answers to those who ask for it, or all answers to what was sent. */
function shouldDrop({ headers, method }: IncomingMessage): boolean {
  if (headers[deafHeader] !== undefined) return method === 'POST';
  if (headers[lossyHeader] === undefined || random.next() >= dropShare) return false;
  lost += 1;
  return true;
}

beforeAll(async () => {
  proxy = await startFrontProxy({ shouldDrop });
  const settings = {
    LATCHKEY_ISSUER: proxy.origin,
    LATCHKEY_SESSION_ROTATE_SECONDS: String(rotateMs / 1000),
    LATCHKEY_SESSION_OVERLAP_SECONDS: String(overlapMs / 1000),
  };
  server = await startServer({ settings });
  proxy.forwardTo(server.port);
});
afterAll(async () => {
  await server?.close();
  await proxy?.[Symbol.asyncDispose]();
});

async function cookieIn(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === 'latchkey')?.value;
}

/** Asks for an access token as a page does, again at once when no answer comes. */
async function refresh(page: Page, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return page.evaluate(async (more) => {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return (await fetch('/api/session/token', { method: 'POST', headers: more })).status;
      } catch (error) {
        if (!(error instanceof TypeError) || attempts === 100) throw error;
      }
    }
  }, headers);
}

test.concurrent(
  `two tabs refresh at once, ${rounds} times, while answers get lost`,
  { timeout: rounds * 4000 },
  async () => {
    const account = await createAccount(server);
    const context = await browser.newContext();
    const [one, other] = [await context.newPage(), await context.newPage()];
    await enter(one, proxy.origin, account, true);
    await other.goto(`${proxy.origin}/account`);
    const seen = new Set<string | undefined>();
    for (let round = 1; round <= rounds; round += 1) {
      const statuses = await Promise.all([one, other].map((tab) => refresh(tab, { [lossyHeader]: '1' })));
      expect(statuses, `round ${round} of ${rounds}, seed ${random.seed}`).toEqual([200, 200]);
      seen.add(await cookieIn(context));
      await sleep(random.next() * longestPauseMs);
    }
    console.log(`${rounds} rounds of two tabs: ${seen.size} cookies, ${lost} answers lost, never signed out.`);
    // Else there was nothing to stand: every round takes at least its pause, on average half of the longest.
    expect(seen.size).toBeGreaterThan(rounds / 15);
    expect(lost).toBeGreaterThan(0);
    await one.reload();
    await arriveAt(one, account.name);
  },
);

/** A browser that is signed in, and a thief's with a copy of its cookies. */
async function victimAndThief(): Promise<{ account: Account; victim: Page; thief: Page }> {
  const account = await createAccount(server);
  const victim = await browser.newPage();
  await enter(victim, proxy.origin, account, true);
  const stolen = await browser.newContext();
  await stolen.addCookies(await victim.context().cookies());
  return { account, victim, thief: await stolen.newPage() };
}

async function expectBothSignedOut(account: Account, pages: readonly Page[]): Promise<void> {
  for (const page of pages) {
    await page.goto(`${proxy.origin}/account`);
    await arriveAt(page, 'Sign in');
  }
  const mail = await server.mailTo(account.email, 2);
  expect(mail.links).toEqual([`${proxy.origin}/account`]);
}

test.concurrent('a stolen cookie is found out at its first use, where the victim was there since', async () => {
  const { account, victim, thief } = await victimAndThief();
  await sleep(rotateMs + marginMs);
  expect(await refresh(victim)).toBe(200);
  await sleep(overlapMs + marginMs);
  expect(await refresh(victim)).toBe(200);

  await thief.goto(`${proxy.origin}/account`);
  await arriveAt(thief, 'Sign in');
  await expectBothSignedOut(account, [victim, thief]);
});

test.concurrent('a stolen cookie is found out at the second use, where the victim was not', async () => {
  const { account, victim, thief } = await victimAndThief();
  await sleep(rotateMs + marginMs);
  expect(await refresh(victim)).toBe(200);
  await sleep(overlapMs + marginMs);
  // As far as the server can tell, this is the victim, whose last answer was lost.
  await thief.goto(`${proxy.origin}/account`);
  await arriveAt(thief, account.name);

  expect(await refresh(victim)).toBe(401);
  await expectBothSignedOut(account, [victim, thief]);
  await signIn(victim, account);
  const told = await victim.getByRole('region', { name: 'Used from two places' }).innerText();
  expect(told).toContain('Chrome on Linux');
  await expectSound(victim, 'account-theft');
});

test.concurrent('a browser that comes back from a crash with the cookie of before is still signed in', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, proxy.origin, account, true);
  const before = await page.context().cookies();
  await sleep(rotateMs + marginMs);
  expect(await refresh(page)).toBe(200);
  expect(await cookieIn(page.context())).not.toBe(before[0]?.value);

  await page.context().addCookies(before);
  await sleep(overlapMs + marginMs);
  await page.goto(`${proxy.origin}/account`);
  await arriveAt(page, account.name);
  expect(await server.mails()).not.toContainEqual(expect.objectContaining({ to: account.email, subject: /ended/ }));
});

test.concurrent('a browser that signs in again is still signed in where the answer is lost', async () => {
  const account = await createAccount(server);
  const page = await browser.newPage();
  await enter(page, proxy.origin, account, true);
  const before = await cookieIn(page.context());

  await page.goto(`${proxy.origin}/sign-in`);
  await page.setExtraHTTPHeaders({ [deafHeader]: '1' });
  const failed = page.waitForEvent('requestfailed');
  await signIn(page, account, true);
  await failed;
  await page.setExtraHTTPHeaders({});
  expect(await cookieIn(page.context())).toBe(before);
  await sleep(overlapMs + marginMs);
  await page.goto(`${proxy.origin}/account`);
  await arriveAt(page, account.name);
  expect(await shownDevices(page)).toHaveLength(1);

  // The next answer arrives. Whoever has a copy of the cookie of before has it for W more, of the browser's use.
  const copied = await browser.newContext();
  await copied.addCookies(await page.context().cookies());
  await enter(page, proxy.origin, account, true);
  await sleep(overlapMs + marginMs);
  expect(await refresh(page)).toBe(200);
  const other = await copied.newPage();
  await other.goto(`${proxy.origin}/account`);
  await arriveAt(other, 'Sign in');
  await page.reload();
  await arriveAt(page, account.name);
  expect(await shownDevices(page)).toHaveLength(1);
});

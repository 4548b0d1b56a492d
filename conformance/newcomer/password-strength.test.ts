/** The estimate beside a new password, in a real browser. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { expectSound } from '../support/expect-sound.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';

vi.setConfig({ testTimeout: 60_000 });

let server: ServerProcess;
const browser = useWatchedBrowser();
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('says how hard a new password is to guess, knows the name and the address, and is gone with the text', async () => {
  const page = await browser.newPage();
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
  await page.goto(`${server.origin}/sign-up`);
  const isFetched = () => fetched.includes('/assets/strength-words.js');
  expect(isFetched()).toBe(false);

  const password = page.getByLabel('Password', { exact: true });
  const status = page.locator('.strength').getByRole('status');
  await password.fill('password123');
  await expect.poll(() => status.textContent()).toMatch(/^Very easy to guess\. /);
  expect(isFetched()).toBe(true);
  await expectSound(page, 'sign-up-weak-password');

  await password.fill('gorilla lamp seventeen quickly');
  await expect.poll(() => status.textContent()).toBe('Very hard to guess.');
  await expectSound(page, 'sign-up-strong-password');

  await page.getByLabel('E-mail address').fill('wenceslas.quibbler@example.com');
  await password.fill('wenceslasquibbler');
  await expect.poll(() => status.textContent()).toMatch(/^(?:Very e|E)asy to guess\. /);
  await password.fill('');
  await expect.poll(() => status.isVisible()).toBe(false);
});

test('there is none beside a password that is only asked for', async () => {
  const page = await browser.newPage();
  await page.goto(`${server.origin}/sign-in`);
  expect(await page.locator('[data-strength]').count()).toBe(0);
});

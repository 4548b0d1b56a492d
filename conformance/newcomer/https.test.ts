import { expect, test } from 'vitest';
import { createAccount } from '../support/accounts.ts';
import { expectNothingToSteal } from '../support/expect-sound.ts';
import { startServer } from '../support/server-process.ts';
import { startFrontProxy } from '../support/front-proxy.ts';
import { useWatchedBrowser } from '../support/watched-browser.ts';
import { arriveAt, button, enter, shownDevices } from './person.ts';

const browser = useWatchedBrowser();

test('behind https, the cookie is one that only this host can set, and only over https', async () => {
  await using proxy = await startFrontProxy({ tls: true });
  const { origin } = proxy;
  const settings = { LATCHKEY_ISSUER: origin, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' };
  await using server = await startServer({ settings });
  proxy.forwardTo(server.port);
  const account = await createAccount(server);
  expect((await server.mailTo(account.email)).links.map((link) => new URL(link).origin)).toEqual([origin]);

  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await enter(page, origin, account, true);
  const [cookie, ...more] = await page.context().cookies(origin);
  expect(more).toEqual([]);
  expect(cookie).toMatchObject({
    name: '__Host-Http-latchkey',
    domain: 'localhost',
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Strict',
  });
  expect(await page.evaluate(() => isSecureContext)).toBe(true);
  await expectNothingToSteal(page);
  expect(await shownDevices(page)).toEqual([expect.stringMatching(/This device.*203\.0\.113\.7/s)]);

  const response = await page.reload();
  expect(await response?.headerValue('strict-transport-security')).toMatch(/^max-age=\d{8}/);
  await arriveAt(page, account.name);
  // Chromium itself refuses what a script, or a page without https, would plant under the name.
  await page.evaluate(() => (document.cookie = '__Host-Http-latchkey=planted; Secure; Path=/'));
  expect(await page.context().cookies(origin)).toHaveLength(1);

  await button(page, 'Sign out here').click();
  await arriveAt(page, 'Sign in');
  expect(await page.context().cookies(origin)).toEqual([]);
  await page.evaluate(() => (document.cookie = '__Host-Http-latchkey=planted; Secure; Path=/'));
  expect(await page.context().cookies(origin)).toEqual([]);
});

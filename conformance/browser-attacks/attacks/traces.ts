/** Where a credential may show up without anybody asking for it: echoes, Referer, history, logs, caches, Back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { quickOf } from '../demo/storages.ts';
import { obtained, type Observation } from '../observation.ts';
import { openApp, ready, shownUser, signedIn, signOut, withContext, withSignedIn, type Cell } from '../victim.ts';
import { redeem } from './redeem.ts';

/** Cross-site tracing: a server that echoes a request would show a script the cookie that it cannot read. */
export async function trace(cell: Cell): Promise<Observation> {
  const { world, storage } = cell;
  return withSignedIn(cell, async (_context, page) => {
    const echoed = await page.evaluate(async (url) => {
      try {
        return await (await fetch(url, { method: 'TRACE' })).text();
      } catch (error) {
        return error instanceof TypeError ? '' : String(error);
      }
    }, world.app(storage));
    const own = storage.kind === 'latchkey' ? new URL('/api/session', world.app(storage)).href : world.app(storage);
    const { status } = await world.outside(own, { method: 'TRACE' });
    const seen = echoed === '' ? 'Chromium does not send TRACE' : 'the page got an answer';
    const { obtained: outcome } = await redeem(cell, echoed === '' ? [] : [JSON.stringify({ cookie: echoed })]);
    return obtained(outcome, `${seen}; the server answers another program's with ${status}`);
  });
}

/** The user follows a link; the application lets whole addresses out (`Referrer-Policy: unsafe-url`). */
export async function referer(cell: Cell): Promise<Observation> {
  const { world } = cell;
  return withContext(cell, async (context) => {
    const page = await signedIn(context, cell);
    const before = world.attacker.referers.length;
    await page.locator('#elsewhere').click();
    await page.waitForURL('**/landing');
    const origin = new URL(world.app(cell.storage)).origin;
    const sent = world.attacker.referers.slice(before).filter((text) => text.startsWith(origin));
    const { obtained: outcome } = await redeem(
      cell,
      sent.map((text) => JSON.stringify(text)),
    );
    return obtained(outcome, outcome === 'nothing' ? 'Referer has no credential' : 'Referer has the token');
  });
}

/** After the sign-out: addresses of the tab's history, and of the server's access log. */
export async function historyAndLogs(cell: Cell): Promise<Observation> {
  const { world, storage } = cell;
  const before = world.log.length;
  return withContext(cell, async (context) => {
    const page = await signedIn(context, cell);
    const tab = await context.newCDPSession(page);
    await signOut(page);
    const { entries } = await tab.send('Page.getNavigationHistory');
    const host = new URL(world.app(storage)).hostname;
    const logged = world.log
      .slice(before)
      .filter((request) => request.host === host)
      .map(({ url }) => url);
    const loot = [...entries.map(({ url }) => url), ...logged].map((text) => JSON.stringify(text));
    const { obtained: outcome } = await redeem(cell, loot);
    return obtained(outcome, outcome === 'nothing' ? 'no address has a credential' : 'the token still works');
  });
}

/** Somebody presses Back on a shared machine, after the user has signed out on another page of the application. */
export async function backAfterSignOut(cell: Cell): Promise<Observation> {
  const { world, storage, id } = cell;
  return withContext(cell, async (context) => {
    const page = await signedIn(context, cell);
    if (storage.carrier === 'cookie') {
      // Made by the server, who now knows alice. What others have in their page would be gone.
      await page.goto(world.app(storage));
      await ready(page);
    }
    await page.evaluate(() => document.body.setAttribute('data-woken', 'yes'));
    await page.goto(`${world.app(storage)}?board=settings`);
    await ready(page);
    // Page memory is empty on another page: there is nothing left to sign out of.
    if ((await shownUser(page)) === 'alice') await signOut(page);
    await page.goBack();
    await ready(page);
    const isWoken = (await page.locator('body[data-woken]').count()) > 0;
    const how = isWoken ? 'woken from the back-forward cache' : 'loaded again';
    const shown = (await page.locator('body').innerText()).includes('alice');
    await page.locator('#transfer [name=to]').fill(id);
    await page.locator('#transfer button').click();
    await page.locator('#transferred', { hasText: id }).or(page.locator('#who')).first().waitFor({ state: 'attached' });
    await sleep(100);
    if (world.transfers.some(({ to, user }) => to === id && user === 'alice')) {
      return obtained('use in place', `the page, ${how}, works as if nobody had signed out`);
    }
    if (shown) return obtained('private page', `the page, ${how}, shows the balance; requests are refused`);
    return obtained('nothing', `the page, ${how}, knows nobody`);
  });
}

/** A page "for everybody" on whose answer the cookie is prolonged, behind a cache that keeps answers with their cookies. */
export async function sharedCache(given: Cell): Promise<Observation> {
  const cell = { ...given, storage: quickOf(given.storage) };
  const { world, storage, id } = cell;
  const url = `${world.app(storage)}welcome?${id}`;
  const hadCookie = await withContext(cell, async (context) => {
    const page = await signedIn(context, cell);
    // By now Latchkey has a new cookie for whoever comes.
    if (storage.id === 'latchkey-session') await sleep(1100);
    const answer = await page.goto(url);
    return (await answer?.headerValue('set-cookie')) !== null;
  });
  return withContext(cell, async (context) => {
    const page = await context.newPage();
    const answer = await page.goto(url);
    const isStored = (await answer?.headerValue('age')) !== null;
    await page.close();
    const who = await shownUser(await openApp(context, cell));
    const seen = `the first answer ${hadCookie ? 'set a' : 'set no'} cookie and was ${isStored ? '' : 'not '}stored`;
    return who === 'alice' ? obtained('credential', `${seen}; the next visitor is alice`) : obtained('nothing', seen);
  });
}

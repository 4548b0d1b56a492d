/** Requests that other pages have the user's browser make: of another site, and of a sibling subdomain. */
import type { BrowserContext, Page } from 'playwright-core';
import { obtained, type Observation } from '../observation.ts';
import { shownUser, transfer, withSignedIn, type Cell } from '../victim.ts';

type Way = 'form' | 'image' | 'fetch' | 'link';

/** Within two minutes of the sign-in: Chromium then sends a cookie without SameSite even with a form (Lax+POST). */
export const formSoonAfterSignIn = (cell: Cell): Promise<Observation> => fromElsewhere(cell, 'form');
export const image = (cell: Cell): Promise<Observation> => fromElsewhere(cell, 'image');
export const fetchWithCredentials = (cell: Cell): Promise<Observation> => fromElsewhere(cell, 'fetch');
export const topLevelLink = (cell: Cell): Promise<Observation> => fromElsewhere(cell, 'link');
export const siblingForm = (cell: Cell): Promise<Observation> =>
  fromElsewhere(cell, 'form', cell.world.sibling(cell.storage));

async function fromElsewhere(cell: Cell, way: Way, from = cell.world.attackerOrigin): Promise<Observation> {
  return withSignedIn(cell, (context, tab) => attackFrom(cell, context, tab, way, from));
}

/** With a browser in which alice is signed in, in `tab`. */
export async function attackFrom(
  cell: Cell,
  context: BrowserContext,
  tab: Page,
  way: Way,
  from = cell.world.attackerOrigin,
): Promise<Observation> {
  const { world, storage, id } = cell;
  const target = world.transferUrl(storage);
  const status = await send(context, { way, from, target, id });
  const own = storage.kind === 'latchkey' ? await ownRoute(cell, context, tab, way, from) : '';
  if (own === 'accepted') return obtained('one request', "Latchkey's own sign-out was accepted");
  const made = world.transfers.find(({ to }) => to === id);
  if (made?.user === 'alice') return obtained('one request', `the application made the transfer (${status})${own}`);
  return obtained('nothing', `the request came as nobody's (${status})${own}`);
}

interface Sending {
  readonly way: Way;
  readonly from: string;
  readonly target: string;
  readonly id: string;
}

/** Opens the attacker's page, and waits until its request was answered. */
async function send(context: BrowserContext, { way, from, target, id }: Sending): Promise<string> {
  const page = await context.newPage();
  const isNavigation = way === 'form' || way === 'link';
  const isTarget = (url: string) => url.split('?', 1)[0] === target;
  let status = 'not shown to the page';
  page.on('response', (response) => {
    if (isTarget(response.url())) status = String(response.status());
  });
  const answered = isNavigation ? page.waitForResponse((response) => isTarget(response.url())) : undefined;
  await page.goto(`${from}/${way}?cell=${id}&target=${encodeURIComponent(target)}`, { waitUntil: 'commit' });
  if (way === 'link') await page.locator('a').click();
  if (answered) await answered;
  else await page.waitForFunction(() => document.title === 'done');
  // So that nothing of it is still on its way.
  await page.waitForLoadState();
  await page.close();
  return status;
}

/** What the server itself makes of such a request: sign-out is what anybody can send without knowing anything. */
async function ownRoute(
  { world, storage, id }: Cell,
  context: BrowserContext,
  tab: Page,
  way: Way,
  from: string,
): Promise<string> {
  const target = new URL('/api/sign-out', world.app(storage)).href;
  const status = await send(context, { way, from, target, id: `${id}.own` });
  await tab.reload();
  await tab.locator('#who[data-asked]').waitFor({ state: 'attached' });
  return (await shownUser(tab)) === 'alice' ? `; Latchkey's own sign-out: ${status}, still signed in` : 'accepted';
}

/** A sibling sets a cookie of the same name for the whole site, with the attacker's own session in it. */
export async function cookieTossing(cell: Cell): Promise<Observation> {
  const { world, storage, id } = cell;
  const { name, value } = await attackersOwn(cell);
  return withSignedIn(cell, async (context, tab) => {
    const attributes = [`Domain=${storage.site}; Path=/`, `Domain=${storage.site}; Path=${storage.base}`];
    const names = [name, 'session', name.replace('__Host-Http-', ''), name.replace('__Host-Http-', '__HOST-HTTP-')];
    const texts = names.flatMap((each) => attributes.map((attribute) => `${each}=${value}; ${attribute}; Secure`));
    const query = new URLSearchParams([...new Set(texts)].map((text) => ['set', text]));
    const page = await context.newPage();
    await page.goto(`${world.sibling(storage)}/toss?${query}`);
    const kept = (await context.cookies(world.app(storage))).filter(({ domain }) => domain.startsWith('.'));
    await page.close();
    await transfer(tab, id);
    const user = world.transfers.find(({ to }) => to === id)?.user;
    const seen = `${kept.length} cookies planted, the next transfer was ${user}'s`;
    return user === 'mallory' ? obtained('swapped account', seen) : obtained('nothing', seen);
  });
}

/** A session of the attacker's, got with a password of the attacker's. */
async function attackersOwn({ world, storage }: Cell): Promise<{ name: string; value: string }> {
  const { user, password } = world.login(storage, 'mallory');
  const isLatchkey = storage.kind === 'latchkey';
  const url = isLatchkey ? new URL('/api/sign-in', world.app(storage)).href : `${world.app(storage)}sign-in`;
  const body = JSON.stringify(isLatchkey ? { email: user, password } : { user, password });
  const answer = await world.outside(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const [cookie] = answer.headers['set-cookie'] ?? [];
  if (cookie === undefined) return { name: 'session', value: (JSON.parse(answer.text) as { token: string }).token };
  const [name = '', value = ''] = (cookie.split(';', 1)[0] ?? '').split('=', 2);
  return { name, value };
}

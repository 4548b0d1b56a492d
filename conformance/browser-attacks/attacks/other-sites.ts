/** Requests that other pages have the user's browser make: of another site, and of a sibling subdomain. */
import type { BrowserContext, Page } from 'playwright-core';
import { obtained, type Observation } from '../observation.ts';
import { shownUser, transfer, withSignedIn, type Cell } from '../victim.ts';
import type { Answer } from '../web.ts';

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

/** A sibling sets the same cookies for the whole site, with the attacker's own session in them. */
export async function cookieTossing(cell: Cell): Promise<Observation> {
  const { world, storage, id } = cell;
  const own = await attackersOwn(cell);
  return withSignedIn(cell, async (context, tab) => {
    const paths = ['/', storage.base, ...(storage.kind === 'latchkey' ? [SESSION_API] : [])];
    const texts = own.flatMap(({ name, value }) =>
      namesLike(name).flatMap((each) =>
        paths.map((path) => `${each}=${value}; Domain=${storage.site}; Path=${path}; ${attributesFor(each)}`),
      ),
    );
    const query = new URLSearchParams([...new Set(texts)].map((text) => ['set', text]));
    const page = await context.newPage();
    await page.goto(`${world.sibling(storage)}/toss?${query}`);
    const places = [world.app(storage), new URL(SESSION_API, world.app(storage)).href];
    const kept = (await context.cookies(places)).filter(({ domain }) => domain.startsWith('.'));
    await page.close();
    await transfer(tab, id);
    const user = world.transfers.find(({ to }) => to === id)?.user;
    const latchkeys = storage.kind === 'latchkey' ? await sessionOf(tab) : '';
    const isSwapped = user === 'mallory' || latchkeys.includes('mallory');
    const answered = latchkeys && `; Latchkey's own answer afterwards: ${latchkeys}`;
    const seen = `${kept.length} cookies planted, the next transfer was ${user ?? 'nobody'}'s${answered}`;
    return isSwapped ? obtained('swapped account', seen) : obtained('nothing', seen);
  });
}

const SESSION_API = '/api/session';

/** The name, and others that a careless server takes for it. */
function namesLike(name: string): readonly string[] {
  const [, prefix = '', rest = name] = /^(__(?:Host-)?Http-)(.*)$/.exec(name) ?? [];
  return [...new Set([name, 'session', rest, prefix.toUpperCase() + rest])];
}

/** Chromium keeps a name with `__Http-` only if no script reads it. */
const attributesFor = (name: string): string => (/^__http-/i.test(name) ? 'Secure; HttpOnly' : 'Secure');

/** Whom the server knows in this browser. */
async function sessionOf(tab: Page): Promise<string> {
  return tab.evaluate(async (path) => {
    const answer = await fetch(path);
    const { user } = (await answer.json()) as { readonly user?: { readonly name: string } };
    return user ? `${answer.status}, ${user.name}` : `${answer.status}, nobody`;
  }, SESSION_API);
}

interface OwnCookie {
  readonly name: string;
  readonly value: string;
}

/** What stands for a session of the attacker's, got with a password of the attacker's. */
async function attackersOwn({ world, storage }: Cell): Promise<readonly OwnCookie[]> {
  const { user, password } = world.login(storage, 'mallory');
  const isLatchkey = storage.kind === 'latchkey';
  const hasTokenCookie = storage.id === 'latchkey-jwt-cookie';
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.outside(new URL(path, world.app(storage)).href, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const mode = hasTokenCookie ? { mode: 'jwt-cookie' } : {};
  const answer = isLatchkey
    ? await post('/api/sign-in', { email: user, password, ...mode })
    : await post(`${storage.base}sign-in`, { user, password });
  const cookies = cookiesOf(answer);
  if (cookies.length === 0) return [{ name: 'session', value: (JSON.parse(answer.text) as { token: string }).token }];
  if (!hasTokenCookie) return cookies;
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return [...cookies, ...cookiesOf(await post(`${SESSION_API}/token`, { deliver: 'cookie' }, { Cookie: cookie }))];
}

/** Those that an answer sets, but for the one by which a device is known. */
function cookiesOf({ headers }: Pick<Answer, 'headers'>): readonly OwnCookie[] {
  return (headers['set-cookie'] ?? [])
    .map((text) => text.split(';', 1)[0] ?? '')
    .map((pair) => ({ name: pair.slice(0, pair.indexOf('=')), value: pair.slice(pair.indexOf('=') + 1) }))
    .filter(({ name, value }) => value !== '' && !name.endsWith('-device'));
}

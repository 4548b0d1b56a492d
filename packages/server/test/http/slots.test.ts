import { MAX_SLOTS, PAGES, ROUTES, SLOT_HEADER } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  PASSWORD,
  problemOf,
  startClockedServer,
  TestClock,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startClockedServer(new TestClock());
  for (const name of ['ada', 'bob', 'eve']) await server.signUpAndVerify(`${name}@example.com`);
});
afterAll(() => server.close());

interface Accounts {
  readonly accounts: readonly { readonly slot: number | null; readonly user: Readonly<Record<string, unknown>> }[];
}

const HTML = { Accept: 'text/html', 'Sec-Fetch-Site': 'same-origin' };
const accountsOf = async (browser: TestBrowser, cookie?: string) =>
  (await (await browser.request(ROUTES.sessionAccounts, { cookie })).json()) as Accounts;
const slotsOf = async (browser: TestBrowser, cookie?: string) =>
  (await accountsOf(browser, cookie)).accounts.map(({ slot, user }) => [slot, user['email']]);
const open = (browser: TestBrowser, path: string) => browser.request(path, { headers: HTML });
const submit = (browser: TestBrowser, path: string, form: readonly (readonly [string, string])[] = []) =>
  browser.request(path, { form, headers: HTML });
const signInForm = (name: string) =>
  [
    ['email', `${name}@example.com`],
    ['password', PASSWORD],
  ] as const;

/** Ada without a slot, Bob in slot 2. */
async function withTwo(): Promise<TestBrowser> {
  const browser = server.browser();
  await browser.signIn('ada@example.com');
  await browser.signIn('bob@example.com', PASSWORD, { slot: 2 });
  return browser;
}

describe('the accounts of a browser', () => {
  test('are those whose cookies live, the one without a slot first, and nobody else’s', async () => {
    const browser = await withTwo();
    const response = await browser.request(ROUTES.sessionAccounts);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toEqual({
      accounts: [
        { slot: null, user: { id: expect.stringMatching(/^usr_/) as string, email: 'ada@example.com', name: null } },
        { slot: 2, user: { id: expect.stringMatching(/^usr_/) as string, email: 'bob@example.com', name: null } },
      ],
    });
    expect(await slotsOf(server.browser())).toEqual([]);
  });

  test('leave out what was signed out, was forged, or comes twice', async () => {
    const browser = await withTwo();
    const [ada, bob] = ['latchkey', 'latchkey.2'].map((name) => browser.jar.get(name)!.value);
    await browser.request(ROUTES.signOut, { method: 'POST', headers: { [SLOT_HEADER]: '2' } });
    expect(await slotsOf(browser)).toEqual([[null, 'ada@example.com']]);
    expect(await slotsOf(browser, `latchkey=${ada}; latchkey.2=${bob}`)).toEqual([[null, 'ada@example.com']]);
    expect(await slotsOf(browser, `latchkey=${ada}; latchkey=${ada}`)).toEqual([]);
    expect(await slotsOf(browser, `latchkey.3=${ada}x; latchkey.${MAX_SLOTS}=${ada}; latchkey.x=${ada}`)).toEqual([]);
    // The same one in many: that is what was asked.
    expect(await slotsOf(browser, `latchkey.3=${ada}; latchkey.4=${ada}`)).toHaveLength(2);
  });

  test('are not told to another site', async () => {
    const browser = await withTwo();
    const response = await browser.request(ROUTES.sessionAccounts, { headers: { Origin: 'https://evil.example' } });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });
});

describe('a page of a slot', () => {
  test('is of its account, and is never kept', async () => {
    const browser = await withTwo();
    for (const [query, mine, other] of [
      ['', 'ada', 'bob'],
      ['?slot=', 'ada', 'bob'],
      ['?slot=2', 'bob', 'ada'],
    ] as const) {
      const response = await open(browser, PAGES.account + query);
      expect(response.status).toBe(200);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      const page = await response.text();
      expect(page).toContain(`<h1 class="wrap-anywhere">${mine}@example.com</h1>`);
      expect(page).not.toContain(`<h1 class="wrap-anywhere">${other}@example.com</h1>`);
    }
  });

  test('leads on in the slot: sign-in, password, sign-out', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const sent = await open(browser, `${PAGES.account}?slot=5`);
    expect(sent.status).toBe(303);
    expect(sent.headers.get('Location')).toBe(`${PAGES.signIn}?notice=sign-in-first&next=%2Faccount&slot=5`);
    const signedIn = await submit(browser, `${PAGES.signIn}?slot=5`, [...signInForm('eve'), ['next', PAGES.account]]);
    expect(signedIn.headers.get('Location')).toBe(`${PAGES.account}?slot=5`);
    expect((await browser.session(5))?.user.email).toBe('eve@example.com');
    expect((await browser.session())?.user.email).toBe('ada@example.com');

    const change = [
      ['current', 'not this one'],
      ['password', 'another correct horse'],
    ] as const;
    expect((await submit(browser, `${PAGES.accountPassword}?slot=5`, change)).status).toBe(403);
    const signedOut = await submit(browser, `${PAGES.signOut}?slot=5`);
    expect(signedOut.headers.get('Location')).toBe(`${PAGES.signIn}?notice=signed-out&slot=5`);
    expect(await browser.session(5)).toBeUndefined();
    expect((await browser.session())?.user.email).toBe('ada@example.com');
  });

  test('ends its own account’s sessions alone', async () => {
    const browser = await withTwo();
    const ended = await submit(browser, `${PAGES.account}/sessions/end-all?slot=2`);
    expect(ended.headers.get('Location')).toBe(`${PAGES.signIn}?notice=signed-out-everywhere&slot=2`);
    expect(browser.jar.get('latchkey.2')).toBeUndefined();
    expect((await browser.session())?.user.email).toBe('ada@example.com');
  });

  test.each(['10', '-1', 'a', '1.0', '%31%30', '2&slot=2', '&slot=', '٢', '1%20'])('slot=%s is none', async (value) => {
    for (const path of [PAGES.account, PAGES.signIn, PAGES.home, '/oauth/authorize?continue=x']) {
      const response = await server.request(`${path}${path.includes('?') ? '&' : '?'}slot=${value}`);
      expect(await problemOf(response)).toBe('400 invalid_request');
    }
  });

  test('says the same as the header, if that is there', async () => {
    const browser = await withTwo();
    const account = `${PAGES.account}?slot=2`;
    const ask = (slot: string) => browser.request(account, { headers: { [SLOT_HEADER]: slot } });
    expect((await ask('2')).status).toBe(200);
    expect(await problemOf(await ask('3'))).toBe('400 invalid_request');
  });

  test('the API does not look at the address', async () => {
    const browser = await withTwo();
    const response = await browser.request(`${ROUTES.session}?slot=2`);
    expect(((await response.json()) as { user: { email: string } }).user.email).toBe('ada@example.com');
    expect((await browser.request(`${ROUTES.session}?slot=x`)).status).toBe(200);
  });

  test('a client’s own parameter of that name is none of ours (RFC 6749 §3.1)', async () => {
    const detail = async (query: string) =>
      ((await (await server.request(`${ROUTES.authorize}?${query}`)).json()) as { detail: string }).detail;
    expect(await detail('client_id=x&slot=nonsense')).toBe(await detail('client_id=x'));
  });

  test('an error keeps to the slot', async () => {
    const response = await server.request(`${PAGES.signIn}?slot=4`, {
      method: 'PUT',
      headers: { Accept: 'text/html' },
    });
    expect(response.status).toBe(405);
    expect(await response.text()).toContain('href="/?slot=4"');
  });
});

describe('the switcher', () => {
  test('has every account, a way to each, and a free slot', async () => {
    const page = await (await open(await withTwo(), `${PAGES.account}?slot=2`)).text();
    for (const part of [
      'href="/account?slot="',
      'href="/account?slot=2" aria-current="page"',
      'action="/sign-out?slot="',
      'action="/sign-out?slot=2"',
      'href="/sign-in?slot=0"',
    ]) {
      expect(page).toContain(part);
    }
  });

  test('has no free slot where all are taken', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const ada = browser.jar.get('latchkey')!.value;
    for (let slot = 0; slot < MAX_SLOTS; slot += 1) browser.jar.set({ name: `latchkey.${slot}`, value: ada });
    expect(await (await open(browser, PAGES.account)).text()).not.toContain('Use another account');
  });

  test('is on the sign-in page, too, where somebody is signed in, and goes on to where they were sent', async () => {
    const page = async (path: string) => (await open(await withTwo(), path)).text();
    const plain = await page(PAGES.signIn);
    expect(plain).toContain('href="/account?slot=2"');
    expect(plain).toContain('href="/sign-in?slot=0"');
    expect(await page(`${PAGES.signIn}?slot=3&next=%2Faccount%2Fpassword`)).toContain(
      'href="/account/password?slot=2"',
    );
    // There it would be whoever it was before.
    expect(await page(`${PAGES.signIn}?slot=3&next=%2Fapp`)).not.toContain('bob@example.com');
    expect(await (await open(server.browser(), PAGES.signIn)).text()).not.toContain('Signed in on this device');
  });
});

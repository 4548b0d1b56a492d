/** `prompt=select_account` (OpenID Connect Core §3.1.2.1) in a browser with several accounts. */
import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  answerOf,
  askForTokens,
  authorizePath,
  destinationOf,
  hiddenFieldOf,
  REDIRECT_URI,
  VERIFIER,
} from '../support/code-flow.ts';
import { PASSWORD, problemOf, startTestServer, type TestBrowser, type TestServer } from '../support/test-server.ts';

const CHOOSE = `${ROUTES.authorize}/account`;

let server: TestServer;
let client: TestClient;
let asking: TestClient;
beforeAll(async () => {
  server = await startTestServer();
  for (const name of ['ada', 'bob']) await server.signUpAndVerify(`${name}@example.com`);
  client = await addCodeClient(server);
  asking = await addCodeClient(server, { isFirstParty: false, name: 'Diary' });
});
afterAll(() => server.close());

const subjectOf = async (browser: TestBrowser, slot?: number) => (await browser.session(slot))?.user.id;

async function withTwo(): Promise<TestBrowser> {
  const browser = server.browser();
  await browser.signIn('ada@example.com');
  await browser.signIn('bob@example.com', PASSWORD, { slot: 2 });
  return browser;
}

/** As far as the page on which the user chooses. */
async function chooser(browser: TestBrowser, path: string): Promise<Response> {
  const to = await destinationOf(await browser.request(path));
  expect(to).toContain(PAGES.signIn);
  const page = await browser.request(to!);
  return page.status === 303 ? browser.request((await destinationOf(page))!) : page;
}

async function subjectOfCode(code: string | undefined, by = client): Promise<unknown> {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER };
  const { id_token: token } = (await (await askForTokens(server, by, fields)).json()) as { id_token: string };
  return (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: unknown }).sub;
}

test('the account that is chosen goes through to the code, without signing in anew', async () => {
  const browser = await withTwo();
  const page = await chooser(browser, authorizePath(client, { prompt: 'select_account' }));
  expect(await page.clone().text()).toContain(`action="${CHOOSE}?slot=2"`);
  const form = [['continuation', await hiddenFieldOf(page, 'continuation')]] as const;
  for (const [query, slot] of [
    ['?slot=2', 2],
    ['?slot=', undefined],
  ] as const) {
    const { to, code } = await answerOf(await browser.request(CHOOSE + query, { form }));
    expect(to).toBe(REDIRECT_URI);
    expect(await subjectOfCode(code)).toBe(await subjectOf(browser, slot));
  }
});

test('whoever signs in as somebody else stays signed in as whom they were', async () => {
  const browser = await withTwo();
  await server.signUpAndVerify('eve@example.com');
  const page = await chooser(browser, authorizePath(client, { prompt: 'select_account' }));
  const form = [
    ['email', 'eve@example.com'],
    ['password', PASSWORD],
    ['next', await hiddenFieldOf(page.clone(), 'next')],
  ] as const;
  const action = /<form method="post" action="(\/sign-in[^"]*)"/.exec(await page.text())?.[1];
  expect(action).toBe(`${PAGES.signIn}?slot=0`);
  const before = [await subjectOf(browser), await subjectOf(browser, 2)];
  const onward = await destinationOf(await browser.request(action!, { form }));
  const { code } = await answerOf(await browser.request(onward!));
  expect(await subjectOfCode(code)).toBe(await subjectOf(browser, 0));
  expect([await subjectOf(browser), await subjectOf(browser, 2)]).toEqual(before);
});

test('the chosen account is the one that is asked, and answers', async () => {
  const browser = await withTwo();
  const page = await chooser(browser, authorizePath(asking, { prompt: 'select_account' }));
  const form = [['continuation', await hiddenFieldOf(page, 'continuation')]] as const;
  const consent = await browser.request(`${CHOOSE}?slot=2`, { form });
  const text = await consent.clone().text();
  expect(text).toContain('bob@example.com');
  expect(text).toContain(`action="${ROUTES.authorize}/consent?slot=2"`);
  const decision = [
    ['continuation', await hiddenFieldOf(consent, 'continuation')],
    ['decision', 'allow'],
  ] as const;
  // Asked of Bob: nobody else answers.
  expect(await problemOf(await browser.request(`${ROUTES.authorize}/consent`, { form: decision }))).toBe(
    '400 invalid_request',
  );
  const { code } = await answerOf(await browser.request(`${ROUTES.authorize}/consent?slot=2`, { form: decision }));
  expect(await subjectOfCode(code, asking)).toBe(await subjectOf(browser, 2));
});

test('whoever has signed out meanwhile signs in', async () => {
  const browser = await withTwo();
  const page = await chooser(browser, authorizePath(client, { prompt: 'select_account' }));
  const form = [['continuation', await hiddenFieldOf(page, 'continuation')]] as const;
  const to = await destinationOf(await browser.request(`${CHOOSE}?slot=7`, { form }));
  expect(to).toMatch(/^\/sign-in\?notice=sign-in-first&next=.*&slot=7$/);
});

test('choosing is no sign-in where the client wants one', async () => {
  const browser = await withTwo();
  const page = await chooser(browser, authorizePath(client, { prompt: 'login select_account' }));
  expect(await page.text()).not.toContain(CHOOSE);
  const old = await chooser(browser, authorizePath(client, { prompt: 'select_account', max_age: '0' }));
  const form = [['continuation', await hiddenFieldOf(old, 'continuation')]] as const;
  expect(await destinationOf(await browser.request(`${CHOOSE}?slot=2`, { form }))).toContain(PAGES.signIn);
});

test('another site chooses nothing, and nothing but a continuation of ours is taken', async () => {
  const browser = await withTwo();
  const page = await chooser(browser, authorizePath(client, { prompt: 'select_account' }));
  const form = [['continuation', await hiddenFieldOf(page, 'continuation')]] as const;
  const headers = { 'Sec-Fetch-Site': 'cross-site' };
  expect(await problemOf(await browser.request(CHOOSE, { form, headers }))).toBe('403 cross_site_request');
  for (const other of [[], [['continuation', 'x']]] as const) {
    expect(await problemOf(await browser.request(CHOOSE, { form: other }))).toBe('400 invalid_request');
  }
});

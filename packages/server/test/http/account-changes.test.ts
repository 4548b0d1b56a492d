import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oauthErrorOf } from '../support/clients.ts';
import { addCodeClient, authorizePath, codeFor, exchange } from '../support/code-flow.ts';
import {
  PASSWORD,
  problemOf,
  startTestServer,
  tokenIn,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

const NEW_PASSWORD = 'another good password';
const CLEARED = 'latchkey=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict';

let server: TestServer;
let people = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** Somebody with two devices. */
async function someone() {
  people += 1;
  const email = `person-${people}@example.com`;
  const browser = await server.signedIn(email);
  const other = server.browser();
  await other.signIn(email);
  return { email, browser, other };
}

const post = (path: string, json: unknown, browser?: TestBrowser) => (browser ?? server).request(path, { json });
const isIn = async (browser: TestBrowser) => (await browser.session()) !== undefined;
const mailed = async (address: string) => tokenIn(await server.mailTo(address));

/** Status, headers and body: all that a caller can see of an answer. */
async function visible(response: Response) {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

describe('changing the password', () => {
  test('ends the other devices, keeps this one with another cookie, and tells by mail', async () => {
    const { email, browser, other } = await someone();
    expect(await isIn(other)).toBe(true);
    const before = browser.jar.get('latchkey')!.value;
    const { session: old } = (await browser.session())!;
    const response = await post(ROUTES.password, { current: PASSWORD, password: NEW_PASSWORD }, browser);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^latchkey=lks_/)]);
    expect(await response.json()).toEqual({ ended: 1 });
    const { session } = (await browser.session())!;
    expect(session.id).not.toBe(old.id);
    const copy = () => server.request(ROUTES.session, { cookie: `latchkey=${before}` });
    expect(await problemOf(await copy())).toBe('401 no_session');
    expect(await isIn(other)).toBe(false);
    expect((await server.auditEvents(2)).map(({ type }) => type).toSorted()).toEqual([
      'session.ended',
      'user.password_changed',
    ]);
    const mail = await server.mailTo(email);
    expect(mail.links).toEqual([`${server.issuer}/forgot-password`]);
    expect((await server.browser().signIn(email, NEW_PASSWORD)).status).toBe(200);
  });

  test('keeps this one where the answer was lost: its cookie works on', async () => {
    const { browser } = await someone();
    const cookie = `latchkey=${browser.jar.get('latchkey')!.value}`;
    const json = { current: PASSWORD, password: NEW_PASSWORD };
    expect((await server.request(ROUTES.password, { json, cookie })).status).toBe(200);
    expect(await isIn(browser)).toBe(true);
    expect(await problemOf(await post(ROUTES.password, json, browser))).toBe('403 wrong_password');
  });

  test('gives no code that is good to whoever has a copy of the cookie of before', async () => {
    const { email, browser } = await someone();
    const client = await addCodeClient(server);
    const copy = server.browser();
    copy.jar.set(browser.jar.get('latchkey')!);
    const code = await codeFor(copy, client);
    const json = { current: PASSWORD, password: NEW_PASSWORD };
    expect((await post(ROUTES.password, json, browser)).status).toBe(200);
    expect(await oauthErrorOf(await exchange(server, client, code))).toBe('400 invalid_grant');
    const asked = await copy.request(authorizePath(client));
    expect(asked.headers.get('Location')).toMatch(/^\/sign-in\?/);
    const quiet = await copy.request(authorizePath(client, { prompt: 'none' }));
    expect(new URL(quiet.headers.get('Location')!).searchParams.get('error')).toBe('login_required');
    // Whoever knows the new password goes on, in that browser too; and so does the new session.
    await copy.signIn(email, NEW_PASSWORD);
    for (const each of [copy, browser]) {
      expect((await exchange(server, client, await codeFor(each, client))).status).toBe(200);
    }
  });

  test('on the page, sets the cookie of the slot in its address', async () => {
    const { email } = await someone();
    const browser = server.browser();
    await browser.request(ROUTES.signIn, { json: { email, password: PASSWORD, slot: 3 } });
    const before = browser.jar.get('latchkey.3')!.value;
    const form = [
      ['current', PASSWORD],
      ['password', NEW_PASSWORD],
    ] as const;
    const page = await browser.request(`${PAGES.accountPassword}?slot=3`, { form });
    expect(page.status).toBe(303);
    expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^latchkey\.3=lks_/)]);
    expect(browser.jar.get('latchkey.3')!.value).not.toBe(before);
    expect((await browser.request(ROUTES.session, { headers: { 'Latchkey-Slot': '3' } })).status).toBe(200);
    const copy = { cookie: `latchkey.3=${before}`, headers: { 'Latchkey-Slot': '3' } };
    expect(await problemOf(await server.request(ROUTES.session, copy))).toBe('401 no_session');
  });

  test('is for nobody without a session, and nothing is told about passwords to them', async () => {
    const json = { current: PASSWORD, password: 'short' };
    expect(await problemOf(await post(ROUTES.password, json))).toBe('401 no_session');
  });

  test('with a wrong password leaves all as it is', async () => {
    const { browser, other } = await someone();
    const json = { current: 'not this one', password: NEW_PASSWORD };
    expect(await problemOf(await post(ROUTES.password, json, browser))).toBe('403 wrong_password');
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'user.password_changed', outcome: 'failure' }]);
    expect([await isIn(browser), await isIn(other)]).toEqual([true, true]);
  });

  test('is slowed down for whoever guesses in a browser that somebody left open', async () => {
    const { browser } = await someone();
    const json = { current: 'not this one', password: NEW_PASSWORD };
    const answers = new Set<string>();
    for (let guess = 0; guess < 10; guess += 1) {
      answers.add(await problemOf(await post(ROUTES.password, json, browser)));
    }
    expect([...answers]).toEqual(['403 wrong_password']);
    expect(await problemOf(await post(ROUTES.password, json, browser))).toBe('429 too_many_requests');
  });

  test('names the member that the policy refuses', async () => {
    const { browser } = await someone();
    const response = await post(ROUTES.password, { current: PASSWORD, password: 'short' }, browser);
    const { errors } = (await response.clone().json()) as { errors: { pointer: string }[] };
    expect(await problemOf(response)).toBe('400 password_not_allowed');
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/password']);
  });
});

describe('resetting the password', () => {
  test('answers alike for a known, an unknown and a waiting address; only the mail tells', async () => {
    const { email } = await someone();
    await post(ROUTES.signUp, { email: 'waits-for-it@example.com', password: PASSWORD });
    const answers = await Promise.all(
      [email, 'nobody@example.com', 'waits-for-it@example.com'].map(async (address) =>
        visible(await post(ROUTES.passwordReset, { email: address })),
      ),
    );
    expect(answers[0]).toMatchObject({ status: 202, body: '{"status":"accepted"}' });
    expect(new Headers(answers[0]!.headers).get('Cache-Control')).toBe('no-store');
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect((await server.mailTo(email)).links[0]).toMatch(/\/reset-password\?token=lko_/);
    expect((await server.mailTo('waits-for-it@example.com')).links[0]).toMatch(/\/verify-email\?token=lko_/);
    await expect(server.mailTo('nobody@example.com')).rejects.toThrow();
  });

  test('works by the mailed link, once, and ends every session', async () => {
    const { email, browser, other } = await someone();
    await post(ROUTES.passwordReset, { email });
    const json = { token: await mailed(email), password: NEW_PASSWORD };
    const response = await post(ROUTES.confirmPasswordReset, json);
    expect(await visible(response)).toMatchObject({ status: 200, body: '{"status":"confirmed"}' });
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual([]);
    expect([await isIn(browser), await isIn(other)]).toEqual([false, false]);
    expect(await problemOf(await post(ROUTES.confirmPasswordReset, json))).toBe('400 invalid_token');
    expect(await server.auditEvents(2)).toMatchObject([
      { type: 'user.password_reset', outcome: 'failure' },
      { type: 'user.password_reset', outcome: 'success' },
    ]);
    expect((await server.mailTo(email)).links).toEqual([`${server.issuer}/forgot-password`]);
  });

  test('a Host header does not choose where the link leads', async () => {
    const { email } = await someone();
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    await server.request(ROUTES.passwordReset, { json: { email }, headers });
    const mail = await server.mailTo(email);
    expect(new URL(mail.links[0]!).origin).toBe(server.issuer);
    expect(mail.text + mail.html).not.toContain('evil.example');
  });

  test('the token is in no log and, as it is, in no table', async () => {
    const { email } = await someone();
    await post(ROUTES.passwordReset, { email });
    const token = await mailed(email);
    await server.request(`/reset-password?token=${token}`);
    await post(ROUTES.confirmPasswordReset, { token, password: NEW_PASSWORD });
    expect(server.log.text()).not.toContain(token.slice(4));
  });
});

describe('changing the e-mail address', () => {
  test('waits for the new address, tells the old one, and can be undone from there', async () => {
    const { email, browser, other } = await someone();
    const moved = `moved-${email}`;
    const asked = await post(ROUTES.email, { password: PASSWORD, email: moved }, browser);
    expect(await visible(asked)).toMatchObject({ status: 202, body: '{"status":"accepted"}' });
    expect((await browser.session())!.user.email).toBe(email);

    const mail = await server.mailTo(moved);
    expect(mail.links[0]).toMatch(/\/confirm-email\?token=lko_/);
    const confirmed = await post(ROUTES.confirmEmailChange, { token: tokenIn(mail) }, browser);
    expect(await visible(confirmed)).toMatchObject({ status: 200, body: '{"status":"confirmed"}' });
    expect((await browser.session())!.user.email).toBe(moved);
    expect(await isIn(other)).toBe(false);

    const told = await server.mailTo(email);
    expect(told.links[0]).toMatch(/\/undo-email\?token=lko_/);
    const undone = await post(ROUTES.undoEmailChange, { token: tokenIn(told) });
    expect(await visible(undone)).toMatchObject({ status: 200, body: '{"status":"undone"}' });
    expect(await isIn(browser)).toBe(false);
    expect(await problemOf(await server.browser().signIn(email))).toBe('401 invalid_credentials');
    expect(await server.auditEvents(4)).toMatchObject([
      { type: 'user.sign_in_failed' },
      { type: 'user.email_change_undone', outcome: 'success' },
      { type: 'user.email_changed', outcome: 'success' },
      { type: 'user.email_change_requested', outcome: 'success' },
    ]);
  });

  test('answers alike whether or not somebody has the address', async () => {
    const [{ browser }, { email: taken }] = [await someone(), await someone()];
    const free = await visible(await post(ROUTES.email, { password: PASSWORD, email: 'free@example.com' }, browser));
    expect(await visible(await post(ROUTES.email, { password: PASSWORD, email: taken }, browser))).toEqual(free);
  });

  test.each([
    ['no session', undefined, {}, '401 no_session'],
    ['a wrong password', 'signed in', { password: 'not this one' }, '403 wrong_password'],
    ['no address', 'signed in', { email: 'nowhere' }, '400 invalid_request'],
  ])('is refused with %s', async (_name, who, change, problem) => {
    const browser = who === undefined ? undefined : (await someone()).browser;
    const json = { password: PASSWORD, email: 'elsewhere@example.com', ...change };
    expect(await problemOf(await post(ROUTES.email, json, browser))).toBe(problem);
  });

  test.each([ROUTES.confirmEmailChange, ROUTES.undoEmailChange])('%s refuses what is no token', async (path) => {
    expect(await problemOf(await post(path, { token: `lko_${'A'.repeat(43)}` }))).toBe('400 invalid_token');
  });
});

describe('deleting the account', () => {
  const remove = (browser: TestBrowser | undefined, password: string) =>
    (browser ?? server).request(ROUTES.account, { method: 'DELETE', json: { password } });

  test('leaves nobody to sign in, and clears the cookie', async () => {
    const { email, browser, other } = await someone();
    const response = await remove(browser, PASSWORD);
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual([CLEARED]);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect([await isIn(browser), await isIn(other)]).toEqual([false, false]);
    expect(await problemOf(await server.browser().signIn(email))).toBe('401 invalid_credentials');
    expect((await server.mailTo(email)).links).toEqual([]);
    // The address is free again.
    await server.signUpAndVerify(email);
  });

  test('is refused with a wrong password, and for nobody', async () => {
    const { browser } = await someone();
    expect(await problemOf(await remove(browser, 'not this one'))).toBe('403 wrong_password');
    expect(await problemOf(await remove(undefined, PASSWORD))).toBe('401 no_session');
    expect(await isIn(browser)).toBe(true);
  });
});

test('a banned user has no session, should one be left in the database', async () => {
  const { email, browser, other } = await someone();
  const { user } = (await browser.session())!;
  const { store } = server.operations;
  await store.transaction((tx) =>
    tx
      .updateTable('users')
      .set({ banned_at: 1 })
      .where('id', '=', user.id as `usr_${string}`)
      .execute(),
  );
  // Not in memory yet.
  expect(await problemOf(await other.request(ROUTES.session))).toBe('401 no_session');
  // In memory: but tokens are made on rows that are read anew.
  expect(await problemOf(await browser.request(ROUTES.sessionToken, { method: 'POST' }))).toBe('401 no_session');
  expect(await problemOf(await server.browser().signIn(email))).toBe('403 account_banned');
  expect(await problemOf(await server.browser().signIn(email, 'not this one'))).toBe('401 invalid_credentials');
});

/** The mode `jwt-cookie`: the credential for the session API alone, and access tokens in a cookie of the origin. */
import { decodeJwt } from 'jose';
import { PAGES, ROUTES, SLOT_HEADER } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeEachDatabase } from '../support/databases.ts';
import { makeProofKey, proofFor } from '../support/proofs.ts';
import {
  PASSWORD,
  problemOf,
  startClockedServer,
  TestClock,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

const JWT_COOKIE = { mode: 'jwt-cookie' } as const;

let server: TestServer;
let https: TestServer;
beforeAll(async () => {
  server = await startClockedServer(new TestClock());
  https = await startClockedServer(new TestClock(), { settings: { LATCHKEY_ISSUER: 'https://id.example.com' } });
  for (const each of [server, https]) await each.signUpAndVerify('ada@example.com');
  await server.signUpAndVerify('bob@example.com');
});
afterAll(async () => {
  await server.close();
  await https.close();
});

const signInBody = (name: string, more: object = {}) => ({ email: `${name}@example.com`, password: PASSWORD, ...more });
async function signedIn(on: TestServer, name = 'ada', more: object = {}): Promise<TestBrowser> {
  const browser = on.browser();
  expect((await browser.request(ROUTES.signIn, { json: signInBody(name, { ...JWT_COOKIE, ...more }) })).status).toBe(
    200,
  );
  return browser;
}
const askToken = (browser: TestBrowser, json: object = { deliver: 'cookie' }, headers: Record<string, string> = {}) =>
  browser.request(ROUTES.sessionToken, { json, headers });
/** Which session its credential is of: what goes along with it. */
const ownerOf = (browser: TestBrowser, slot = '') =>
  `latchkey-session${slot}=${browser.jar.get(`latchkey-session${slot}`)!.value}`;
const refreshOf = (browser: TestBrowser, slot = '') => browser.jar.get(`latchkey-refresh${slot}`, ROUTES.session);
const signOut = (browser: TestBrowser, headers: Record<string, string> = {}) =>
  browser.request(ROUTES.session, { method: 'DELETE', headers });

describe('the cookies', () => {
  test('of a sign-in: the credential, below the session API and nowhere else', async () => {
    const answer = await https.request(ROUTES.signIn, { json: signInBody('ada', JWT_COOKIE) });
    const [credential, ...others] = answer.headers
      .getSetCookie()
      .filter((cookie) => !cookie.startsWith('__Secure-latchkey-device='));
    expect(credential).toMatch(
      /^__Http-latchkey-refresh=lks_[\w-]{81}; Path=\/api\/session; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(others).toEqual([
      expect.stringMatching(/^__Host-Http-latchkey-session=ses_\w{32}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    const slotted = await https.request(ROUTES.signIn, { json: signInBody('ada', { ...JWT_COOKIE, slot: 3 }) });
    expect(slotted.headers.getSetCookie()[0]).toMatch(/^__Http-latchkey-refresh\.3=/);
  });

  test.each([
    ['as long as it lives', true, 'Max-Age=600; '],
    ['no longer than the browser is open, as its session', false, ''],
  ])('of a token: for the whole origin, told to nobody, and %s', async (_how, remember, maxAge) => {
    const answer = await askToken(await signedIn(https, 'ada', { remember }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const text = await answer.text();
    expect(JSON.parse(text)).toEqual({ token_type: 'Bearer', expires_in: 600 });
    const [cookie, ...others] = answer.headers.getSetCookie();
    expect(others).toEqual([]);
    const attributes = `${maxAge}Path=/; HttpOnly; Secure; SameSite=Strict`;
    const parts = new RegExp(`^__Host-Http-latchkey-token=([\\w.-]+); ${attributes}$`).exec(cookie!);
    expect(decodeJwt(parts![1]!)).toMatchObject({ iss: 'https://id.example.com', aud: 'https://id.example.com' });
    expect(text).not.toContain(parts![1]);
  });

  test('the credential is sent to no other path, and is good for none', async () => {
    const browser = await signedIn(server);
    for (const path of [ROUTES.sessions, PAGES.account, '/api/sessionx', '/api']) {
      expect(browser.jar.header(new URL(path, server.issuer))).toMatch(/^latchkey-session=ses_\w{32}$/);
    }
    const cookie = `latchkey-refresh=${refreshOf(browser)!.value}; ${ownerOf(browser)}`;
    expect(await problemOf(await browser.request(ROUTES.sessions, { cookie }))).toBe('401 no_session');
    // Nor is it the other cookie's, by name alone.
    expect((await browser.request(ROUTES.session, { cookie })).status).toBe(200);
  });
});

describe('the session API', () => {
  test('answers, lists and signs out by it', async () => {
    const browser = await signedIn(server, 'bob', { slot: 4 });
    const headers = { [SLOT_HEADER]: '4' };
    expect((await browser.session(4))?.user.email).toBe('bob@example.com');
    expect(await browser.session()).toBeUndefined();
    expect(await (await browser.request(ROUTES.sessionAccounts)).json()).toMatchObject({ accounts: [{ slot: 4 }] });
    expect((await askToken(browser, { deliver: 'cookie' }, headers)).status).toBe(200);
    expect(browser.jar.get('latchkey-token.4')).toBeDefined();

    const stolen = `latchkey-refresh.4=${refreshOf(browser, '.4')!.value}; ${ownerOf(browser, '.4')}`;
    const ended = await signOut(browser, headers);
    expect(ended.status).toBe(204);
    expect(ended.headers.get('Cache-Control')).toBe('no-store');
    expect([refreshOf(browser, '.4'), browser.jar.get('latchkey-token.4')]).toEqual([undefined, undefined]);
    const replayed = await browser.request(ROUTES.session, { cookie: stolen, headers });
    expect(await problemOf(replayed)).toBe('401 no_session');
    expect((await signOut(browser, headers)).status).toBe(204);
  });

  test.each([{}, { deliver: 'body' }])('gives no script a token of it: %j', async (json) => {
    const answer = await askToken(await signedIn(server), json);
    expect(await problemOf(answer)).toBe('400 invalid_request');
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test('binds no token in a cookie to a key', async () => {
    const headers = {
      DPoP: await proofFor(server, await makeProofKey(), { htu: server.issuer + ROUTES.sessionToken }),
    };
    expect(await problemOf(await askToken(await signedIn(server), { deliver: 'cookie' }, headers))).toBe(
      '400 invalid_request',
    );
  });

  test('signs nobody out, and gives no token, for another site', async () => {
    const browser = await signedIn(server);
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'Sec-Fetch-Site': site };
      expect(await problemOf(await signOut(browser, headers))).toBe('403 cross_site_request');
      expect(await problemOf(await askToken(browser, { deliver: 'cookie' }, headers))).toBe('403 cross_site_request');
    }
    expect(await browser.session()).toBeDefined();
  });

  test('puts the token of a plain session into a cookie as well; sign-out takes it along', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    expect((await askToken(browser)).status).toBe(200);
    expect(browser.jar.names).toEqual(['latchkey', 'latchkey-token']);
    await browser.request(ROUTES.signOut, { method: 'POST' });
    expect(browser.jar.names).toEqual([]);
  });
});

describe('what is refused', () => {
  test('is taken away with its token', async () => {
    const browser = await signedIn(server);
    await askToken(browser);
    const { session } = (await browser.session())!;
    const plain = server.browser();
    await plain.signIn('ada@example.com');
    await plain.request(`${ROUTES.sessions}/${session.id}`, { method: 'DELETE' });
    const answer = await browser.request(ROUTES.session);
    expect(await problemOf(answer)).toBe('401 no_session');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect([refreshOf(browser), browser.jar.get('latchkey-token')]).toEqual([undefined, undefined]);
  });

  test('is whatever comes twice, and nothing is taken away then: one of the two was planted', async () => {
    const browser = await signedIn(server);
    const mine = refreshOf(browser)!.value;
    const planted = refreshOf(await signedIn(server, 'bob'))!.value;
    for (const [one, two] of [
      [mine, planted],
      [planted, mine],
      [mine, mine],
    ]) {
      const cookie = `latchkey-refresh=${one}; latchkey-refresh=${two}; ${ownerOf(browser)}`;
      const answer = await browser.request(ROUTES.session, { cookie });
      expect(await problemOf(answer)).toBe('401 no_session');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });
});

test('a credential that a sibling plants signs in nobody: which session it may be of, it cannot say', async () => {
  const planted = `latchkey-refresh=${refreshOf(await signedIn(server, 'bob'))!.value}`;
  const owner = ownerOf(await signedIn(server));
  for (const cookie of [planted, `${planted}; ${owner}`, `${planted}; latchkey-session=`]) {
    const browser = server.browser();
    expect(await problemOf(await browser.request(ROUTES.session, { cookie }))).toBe('401 no_session');
    expect(await (await browser.request(ROUTES.sessionAccounts, { cookie })).json()).toEqual({ accounts: [] });
  }
});

describe('both cookies in one slot', () => {
  test('the one that nobody can plant goes first', async () => {
    const plain = server.browser();
    await plain.signIn('ada@example.com');
    const planted = refreshOf(await signedIn(server, 'bob'))!.value;
    const cookie = `latchkey-refresh=${planted}; latchkey=${plain.jar.get('latchkey')!.value}`;
    const answer = (await (await plain.request(ROUTES.session, { cookie })).json()) as { user: { email: string } };
    expect(answer.user.email).toBe('ada@example.com');
  });

  test('a sign-in for one ends and takes away the other; signing out ends both', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const old = browser.jar.get('latchkey')!.value;
    await browser.request(ROUTES.signIn, { json: signInBody('bob', JWT_COOKIE) });
    expect(browser.jar.get('latchkey')).toBeUndefined();
    expect((await browser.session())?.user.email).toBe('bob@example.com');
    expect(await problemOf(await browser.request(ROUTES.session, { cookie: `latchkey=${old}` }))).toBe(
      '401 no_session',
    );

    await askToken(browser);
    await browser.signIn('ada@example.com');
    expect(browser.jar.get('latchkey-token')).toBeUndefined();
    const [wide, narrow] = [browser.jar.get('latchkey')!.value, `${refreshOf(browser)!.value}; ${ownerOf(browser)}`];
    await signOut(browser);
    for (const cookie of [`latchkey=${wide}`, `latchkey-refresh=${narrow}`]) {
      expect(await problemOf(await browser.request(ROUTES.session, { cookie }))).toBe('401 no_session');
    }
  });
});

describeEachDatabase('the credential of the session API', (database) => {
  test('rotates by the rules of every credential, on whatever answer, and a late one ends it for both', async () => {
    const clock = new TestClock();
    await using clocked = await startClockedServer(clock, { databaseUrl: database.url });
    await clocked.signUpAndVerify('ada@example.com');
    const browser = await signedIn(clocked);
    const first = refreshOf(browser)!.value;
    clock.advance(600_000);
    const rotated = await askToken(browser);
    // The next credential beside the token.
    expect(rotated.headers.getSetCookie().map((cookie) => cookie.split('=', 1)[0])).toEqual([
      'latchkey-token',
      'latchkey-refresh',
    ]);
    expect(refreshOf(browser)).toMatchObject({ path: ROUTES.session, httpOnly: true });
    const second = refreshOf(browser)!.value;
    expect(second).not.toBe(first);
    clock.advance(120_000);
    expect(await browser.session()).toBeDefined();
    // Whoever copied the first one.
    const theft = await browser.request(ROUTES.session, { cookie: `latchkey-refresh=${first}; ${ownerOf(browser)}` });
    expect(await problemOf(theft)).toBe('401 no_session');
    expect(
      await problemOf(
        await browser.request(ROUTES.session, { cookie: `latchkey-refresh=${second}; ${ownerOf(browser)}` }),
      ),
    ).toBe('401 no_session');
    expect(await clocked.auditEvents()).toContainEqual(expect.objectContaining({ type: 'session.theft_found' }));
  });
});

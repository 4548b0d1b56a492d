import { PAGES, ROUTES, SLOT_HEADER } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  PASSWORD,
  problemOf,
  startTestServer,
  tokenIn,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

const ON = { LATCHKEY_MAGIC_LINKS: 'on' };
const COOKIE = 'latchkey-link';

let server: TestServer;
let people = 0;
beforeAll(async () => {
  server = await startTestServer({ settings: ON });
});
afterAll(() => server.close());

/** Somebody with an account, in a browser that has asked for a link. */
async function someone(choices: object = {}) {
  people += 1;
  const email = `person-${people}@example.com`;
  await server.signUpAndVerify(email);
  const browser = server.browser();
  const asked = await browser.request(ROUTES.magicLink, { json: { email, ...choices } });
  const mail = await server.mailTo(email);
  return { email, browser, asked, mail, token: tokenIn(mail) };
}
const confirm = (browser: TestBrowser, token: string, headers = {}) =>
  browser.request(ROUTES.confirmMagicLink, { json: { token }, headers });
const open = (browser: TestBrowser, token: string) =>
  browser.request(PAGES.openMagicLink, { form: [['token', token]] });
/** The code that a page shows. */
async function codeOn(page: Response): Promise<string | undefined> {
  return /[0-9A-Z]{4}-[0-9A-Z]{4}/.exec((await page.text()).replace(/<style.*|<link.*|<script.*/g, ''))?.[0];
}

describe('asking', () => {
  test('answers alike for known, waiting and unknown addresses; only the mail tells', async () => {
    await server.signUpAndVerify('known@example.com');
    await server.request(ROUTES.signUp, { json: { email: 'waiting@example.com', password: PASSWORD } });
    const answers = await Promise.all(
      ['known@example.com', 'waiting@example.com', 'nobody@example.com'].map(async (email) => {
        const api = await server.request(ROUTES.magicLink, { json: { email, remember: true } });
        const page = await server.request(PAGES.magicLink, { form: [['email', email]] });
        const shape = async (answer: Response) => ({
          status: answer.status,
          headers: [...answer.headers].map(([name, value]) => [name, value.replace(/=[\w-]{43}\./, '=SECRET.')]),
          body: (await answer.text()).replaceAll(email, 'ADDRESS'),
        });
        return [await shape(api), await shape(page)];
      }),
    );
    expect(answers[0]![0]).toMatchObject({ status: 202, body: '{"status":"accepted"}' });
    expect(answers[0]![1]!.status).toBe(200);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect((await server.mailTo('known@example.com')).subject).toBe('Your link to sign in');
    expect((await server.mailTo('waiting@example.com')).subject).not.toBe('Your link to sign in');
  });

  test('gives the browser a secret of 10 minutes that no script and no other site gets', async () => {
    const { asked, browser, mail } = await someone();
    expect(asked.headers.get('Cache-Control')).toBe('no-store');
    expect(asked.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^latchkey-link=[\w-]{43}\.0\.; Max-Age=600; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    const [secret] = browser.jar.get(COOKIE)!.value.split('.');
    expect(mail.text + mail.html).not.toContain(secret);
    expect(mail.links[0]).toMatch(/^http:\/\/localhost:4400\/sign-in\/mail\/link\?token=lko_[\w-]{43}$/);
  });

  test('gives an https browser a cookie that no other host can set', async () => {
    await using secure = await startTestServer({ settings: { ...ON, LATCHKEY_ISSUER: 'https://id.example.com' } });
    const answer = await secure.request(ROUTES.magicLink, { json: { email: 'nobody@example.com' } });
    expect(answer.headers.get('Set-Cookie')).toMatch(/^__Host-Http-latchkey-link=.*; Path=\/; HttpOnly; Secure; /);
  });

  test.each(['nobody', 'a@b@c.example', 'a@localhost'])('not for %s', async (email) => {
    const answer = await server.request(ROUTES.magicLink, { json: { email } });
    expect(await problemOf(answer)).toBe('400 invalid_request');
    expect(answer.headers.getSetCookie()).toEqual([]);
    const page = await server.request(PAGES.magicLink, { form: [['email', email]] });
    expect(page.status).toBe(400);
    expect(page.headers.getSetCookie()).toEqual([]);
  });

  test('is limited by address, for addresses that nobody has as well', async () => {
    for (const email of ['nobody-at-all@example.com', (await someone()).email]) {
      const ask = () => server.request(ROUTES.magicLink, { json: { email } });
      const statuses: number[] = [];
      for (let count = 0; count < 7; count += 1) statuses.push((await ask()).status);
      expect(statuses.at(-1)).toBe(429);
      expect((await ask()).headers.get('Retry-After')).toMatch(/^\d+$/);
    }
  });
});

describe('the link', () => {
  test('signs in where it was asked for, as a sign-in does, and once', async () => {
    const { browser, token, email } = await someone({ remember: true });
    const answer = await confirm(browser, token);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ user: { email }, session: { current: true, remember: true } });
    const cookies = answer.headers.getSetCookie();
    expect(cookies.find((cookie) => cookie.startsWith('latchkey='))).toMatch(/Max-Age=25\d{5};/);
    expect(cookies.filter((cookie) => cookie.startsWith('latchkey-device='))).toHaveLength(3);
    expect(cookies.find((cookie) => cookie.startsWith(`${COOKIE}=`))).toMatch(/Max-Age=0/);
    const { user, session } = (await browser.session())!;
    const events = await server.auditEvents();
    expect(events.find(({ target }) => target === session.id)).toMatchObject({
      type: 'user.signed_in',
      outcome: 'success',
      actor: user.id,
    });
    expect(events.find(({ target }) => target === user.id)).toMatchObject({
      type: 'user.magic_link_requested',
      outcome: 'success',
    });
    expect(await problemOf(await confirm(browser, token))).toBe('400 invalid_token');
    const metrics = await (await server.request(ROUTES.metrics)).text();
    expect(metrics).toMatch(/latchkey_sign_ins_total\{outcome="signed_in"\} \d/);
  });

  test('makes an access token that says how: `otp` (RFC 8176)', async () => {
    const { browser, token } = await someone();
    await confirm(browser, token);
    const answer = await browser.request(ROUTES.sessionToken, { json: {} });
    const { access_token: accessToken } = (await answer.json()) as { access_token: string };
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ amr: ['otp'] });
  });

  test('signs in to the slot that was asked for, and takes the place of the session there alone', async () => {
    const other = await someone();
    await confirm(other.browser, other.token);
    const first = (await other.browser.session())!;
    await other.browser.request(ROUTES.magicLink, { json: { email: other.email, slot: 3 } });
    const link = tokenIn(await server.mailTo(other.email));
    // Whatever the tab says that opens it.
    expect((await confirm(other.browser, link, { [SLOT_HEADER]: '5' })).status).toBe(200);
    expect((await other.browser.session())!.session.id).toBe(first.session.id);
    expect(await other.browser.session(3)).toMatchObject({ user: { email: other.email } });
    expect(await other.browser.session(5)).toBeUndefined();
    await other.browser.request(ROUTES.magicLink, { json: { email: other.email } });
    expect((await confirm(other.browser, tokenIn(await server.mailTo(other.email)))).status).toBe(200);
    const { id } = (await other.browser.session())!.session;
    const { replaces } = await server.operations.store.queries
      .selectFrom('sessions')
      .select('replaces')
      .where('id', '=', id as `ses_${string}`)
      .executeTakeFirstOrThrow();
    expect(replaces).toBe(first.session.id);
    await other.browser.request(ROUTES.signOut, { method: 'POST' });
    const { details } = await server.operations.store.queries
      .selectFrom('audit_events')
      .select('details')
      .where('type', '=', 'session.ended')
      .where('target', '=', first.session.id)
      .executeTakeFirstOrThrow();
    expect(JSON.parse(details!)).toEqual({ reason: 'signed_out' });
    expect(await other.browser.session(3)).toBeDefined();
  });

  test.each([undefined, 4])('in the mode jwt-cookie, makes its cookies, by API and by page: slot %s', async (slot) => {
    const choices = { mode: 'jwt-cookie', ...(slot !== undefined && { slot }) };
    const name = `latchkey-refresh${slot === undefined ? '' : `.${slot}`}`;
    const byApi = await someone(choices);
    expect(byApi.browser.jar.get(COOKIE)!.value).toMatch(/^[\w-]{43}\.0\d?j\.$/);
    expect((await confirm(byApi.browser, byApi.token)).status).toBe(200);
    const byPage = await someone(choices);
    const clicked = await open(byPage.browser, byPage.token);
    expect([clicked.status, clicked.headers.get('Location')]).toEqual([
      303,
      slot === undefined ? '/' : `/?slot=${slot}`,
    ]);
    for (const { browser, email } of [byApi, byPage]) {
      expect(browser.jar.get(name, ROUTES.session)!.value).toMatch(/^lks_/);
      expect(browser.jar.get(slot === undefined ? 'latchkey' : `latchkey.${slot}`)).toBeUndefined();
      expect(await browser.session(slot)).toMatchObject({ user: { email } });
      const headers = slot === undefined ? {} : { [SLOT_HEADER]: String(slot) };
      const token = await browser.request(ROUTES.sessionToken, { json: { deliver: 'cookie' }, headers });
      expect(token.status).toBe(200);
    }
  });

  test('not in a mode that there is not', async () => {
    const json = { email: 'nobody@example.com', mode: 'memory' };
    expect(await problemOf(await server.request(ROUTES.magicLink, { json }))).toBe('400 invalid_request');
  });

  test('opened, does nothing; clicked in another browser, shows a code for the one that asked', async () => {
    const { browser, token, email } = await someone();
    const other = server.browser();
    for (const each of [browser, other]) {
      const before = await server.tableCounts();
      const page = await each.request(`${PAGES.openMagicLink}?token=${token}`);
      expect(page.status).toBe(200);
      expect(page.headers.getSetCookie()).toEqual([]);
      expect(page.headers.get('Referrer-Policy')).toBe('same-origin');
      expect(await codeOn(page)).toBeUndefined();
      expect(await server.tableCounts()).toEqual(before);
    }
    expect(await problemOf(await confirm(other, token))).toBe('400 invalid_token');
    const clicked = await open(other, token);
    expect(clicked.status).toBe(200);
    expect(clicked.headers.getSetCookie()).toEqual([]);
    const code = (await codeOn(clicked))!;
    // The code is nothing for whoever did not ask, and says nothing of the token.
    expect(await problemOf(await confirm(other, code))).toBe('400 invalid_token');
    expect((await other.request(PAGES.magicLinkCode, { form: [['code', code]] })).status).toBe(400);
    expect(await other.session()).toBeUndefined();

    const wrong = await browser.request(PAGES.magicLinkCode, { form: [['code', '0000-0000']] });
    expect(wrong.status).toBe(400);
    const typed = await browser.request(PAGES.magicLinkCode, { form: [['code', ` ${code.toLowerCase()} `]] });
    expect([typed.status, typed.headers.get('Location')]).toEqual([303, PAGES.account]);
    expect(await browser.session()).toMatchObject({ user: { email } });
  });

  test('of somebody else does not sign in whoever is made to open it, though they wait for their own', async () => {
    const [attacker, victim] = [await someone(), await someone()];
    expect(await codeOn(await open(victim.browser, attacker.token))).toBeDefined();
    expect(await victim.browser.session()).toBeUndefined();
    expect((await open(victim.browser, victim.token)).status).toBe(303);
    expect(await victim.browser.session()).toMatchObject({ user: { email: victim.email } });
  });

  test.each([
    ['a path', '/oauth/authorize?client_id=x&state=a%20b', '/oauth/authorize?client_id=x&state=a%20b'],
    ['the longest that is kept', `/${'a'.repeat(2899)}`, `/${'a'.repeat(2899)}`],
    ['the account, where it is longer', `/${'a'.repeat(2900)}`, PAGES.account],
    ['the account, where it is not ours', '//evil.example/', PAGES.account],
  ])('leads on to %s', async (_name, next, expected) => {
    const { email } = await someone();
    const browser = server.browser();
    const fields = [
      ['email', email],
      ['next', next],
    ] as const;
    await browser.request(PAGES.magicLink, { form: fields });
    // RFC 6265bis §5.6, with the longest prefix and slot.
    expect('__Host-Http-latchkey-link'.length + browser.jar.get(COOKIE)!.value.length + 1).toBeLessThanOrEqual(4096);
    const answer = await open(browser, tokenIn(await server.mailTo(email)));
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, expected]);
  });

  test.each([
    ['twice', (value: string) => `${COOKIE}=${value}; ${COOKIE}=${value}`],
    ['cut', (value: string) => `${COOKIE}=${value.slice(1)}`],
    ['with a slot that there is not', (value: string) => `${COOKIE}=${value.replace('.0.', '.010.')}`],
  ])('is refused with a cookie that comes %s', async (_name, cookieOf) => {
    const { browser, token } = await someone();
    const cookie = cookieOf(browser.jar.get(COOKIE)!.value);
    const answer = await server.request(ROUTES.confirmMagicLink, { json: { token }, cookie });
    expect(await problemOf(answer)).toBe('400 invalid_token');
    expect((await confirm(browser, token)).status).toBe(200);
  });

  test('and its code are in no log, and neither is the secret', async () => {
    const { browser, token } = await someone();
    await browser.request(`${PAGES.openMagicLink}?token=${token}`);
    const code = (await codeOn(await open(server.browser(), token)))!;
    const [secret = ''] = browser.jar.get(COOKIE)!.value.split('.');
    await browser.request(PAGES.magicLinkCode, { form: [['code', code]] });
    expect(await browser.session()).toBeDefined();
    for (const text of [token, code, code.replace('-', ''), secret]) {
      expect(server.log.text()).not.toContain(text);
      expect(JSON.stringify(await server.auditEvents())).not.toContain(text);
    }
  });
});

test('five wrong codes, and the browser has to ask again', async () => {
  const { browser, token } = await someone();
  for (let count = 0; count < 5; count += 1) {
    expect(await problemOf(await confirm(browser, '0000-0000'))).toBe('400 invalid_token');
  }
  const refused = await confirm(browser, token);
  expect(await problemOf(refused)).toBe('429 too_many_requests');
  expect(refused.headers.get('Retry-After')).toMatch(/^\d+$/);
});

test('the page to wait on is there for those who wait', async () => {
  const { browser } = await someone();
  expect((await browser.request(PAGES.magicLinkCode)).status).toBe(200);
  const answer = await server.request(PAGES.magicLinkCode);
  expect([answer.status, answer.headers.get('Location')]).toEqual([303, PAGES.magicLink]);
});

test('off, which it is by default: nothing is there, and nothing is shown', async () => {
  await using off = await startTestServer();
  for (const path of [ROUTES.magicLink, ROUTES.confirmMagicLink]) {
    const answer = await off.request(path, { json: { email: 'ada@example.com' } });
    expect(await problemOf(answer)).toBe('404 not_found');
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
  for (const path of [PAGES.magicLink, PAGES.magicLinkCode, PAGES.openMagicLink]) {
    expect((await off.request(path)).status).toBe(404);
    expect((await off.request(path, { form: [['email', 'ada@example.com']] })).status).toBe(404);
  }
  expect(await (await off.request(PAGES.signIn)).text()).not.toContain(PAGES.magicLink);
  expect(await (await server.request(PAGES.signIn)).text()).toContain(PAGES.magicLink);
  const { paths } = (await (await off.request(ROUTES.openapi)).json()) as { paths: object };
  expect(paths).not.toHaveProperty([ROUTES.magicLink]);
});

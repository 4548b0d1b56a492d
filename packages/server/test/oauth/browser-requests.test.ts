/** What browsers bring from clients by a form, and what clients say of the user: hints, and what a sign-in was worth. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PAGES, ROUTES } from '@latchkey/protocol';
import type { TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  answerOf,
  authorizePath,
  claimsIn,
  codeFor,
  destinationOf,
  exchange,
  REDIRECT_URI,
  tokensOf,
} from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import {
  problemOf,
  startClockedServer,
  TestClock,
  tokenIn,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

describeEachDatabase('requests of browsers', (database) => {
  const clock = new TestClock();
  const SIGNED_OUT = 'https://app.example/signed-out';
  const CROSS = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.example' };

  let server: TestServer;
  let browser: TestBrowser;
  let client: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url, settings: { LATCHKEY_MAGIC_LINKS: 'on' } });
    browser = await server.signedIn('ada@example.com');
    client = await addCodeClient(server, { postLogoutRedirectUris: [SIGNED_OUT] });
  });
  afterAll(() => server.close());

  /** The query of a path, as a form. */
  const fieldsOf = (path: string) => [...new URLSearchParams(path.split('?')[1])];
  const idToken = async (from = browser, of = client) =>
    (await tokensOf(exchange(server, of, await codeFor(from, of)))).id_token!;

  describe('OpenID Core §3.1.2.1: a request by POST', () => {
    test('from another site: goes on by a page, and then finds the cookie', async () => {
      const before = await server.tableCounts();
      const response = await browser.request(ROUTES.authorize, {
        form: fieldsOf(authorizePath(client)),
        headers: CROSS,
      });
      expect([response.status, response.headers.getSetCookie()]).toEqual([200, []]);
      // Also where a cookie came along, nothing is done by it.
      expect(await server.tableCounts()).toEqual(before);
      const hop = (await destinationOf(response))!;
      expect(hop).toMatch(/^\/oauth\/authorize\?continue=[\w-]+$/);
      expect(await answerOf(await browser.request(hop))).toMatchObject({ to: REDIRECT_URI, state: 'a state' });
    });

    test('the query does not count', async () => {
      const form = fieldsOf(authorizePath(client, { client_id: undefined }));
      const response = await browser.request(authorizePath(client), { form });
      expect(await problemOf(response)).toBe('400 invalid_request');
    });

    test.each<[string, [string, string][], string]>([
      ['nothing', [], '400 invalid_request'],
      [
        'a parameter twice',
        [
          ['state', 'a'],
          ['state', 'b'],
        ],
        '400 invalid_request',
      ],
      ['a continuation of ours', [['continue', 'x']], '400 invalid_request'],
    ])('refused: %s', async (_name, form, expected) => {
      expect(await problemOf(await browser.request(ROUTES.authorize, { form, headers: CROSS }))).toBe(expected);
    });

    test('refused: another content type; and errors go to the client as ever', async () => {
      for (const path of [ROUTES.authorize, ROUTES.logout]) {
        expect(await problemOf(await browser.request(path, { json: {}, headers: CROSS }))).toBe(
          '415 unsupported_media_type',
        );
      }
      const form = fieldsOf(authorizePath(client, { scope: 'admin' }));
      expect(await answerOf(await browser.request(ROUTES.authorize, { form, headers: CROSS }))).toMatchObject({
        error: 'invalid_scope',
      });
    });

    test('other methods and the consent are refused from another site as ever', async () => {
      for (const [method, path] of [
        ['PUT', ROUTES.authorize],
        ['POST', `${ROUTES.authorize}/consent`],
        ['POST', `${ROUTES.authorize}/`],
        ['DELETE', ROUTES.logout],
      ] as const) {
        expect(await problemOf(await browser.request(path, { method, headers: CROSS }))).toBe('403 cross_site_request');
      }
    });
  });

  describe('RP-Initiated Logout §2: by POST', () => {
    test('with an ID token: signed out, and on to the client', async () => {
      const other = server.browser();
      await other.signIn('ada@example.com');
      const form = [
        ['id_token_hint', await idToken(other)],
        ['post_logout_redirect_uri', SIGNED_OUT],
        ['state', 'bye'],
      ] as const;
      const response = await server.request(ROUTES.logout, { form, headers: CROSS });
      expect([response.status, response.headers.get('Location')]).toEqual([303, `${SIGNED_OUT}?state=bye`]);
      expect(await other.session()).toBeUndefined();
    });

    test('without one nothing ends, though a cookie comes along: the user is asked', async () => {
      const before = await server.tableCounts();
      const form = [['client_id', client.id]] as const;
      const response = await browser.request(ROUTES.logout, { form, headers: CROSS });
      expect([response.status, response.headers.getSetCookie()]).toEqual([200, []]);
      expect(await browser.session()).toBeDefined();
      expect(await server.tableCounts()).toEqual(before);
    });
  });

  describe('OpenID Core §3.1.2.1: id_token_hint', () => {
    const ask = (hint: string, changed = {}, from = browser) =>
      from.request(authorizePath(client, { id_token_hint: hint, ...changed }));

    test('of whoever is signed in goes straight on, also long after it has expired', async () => {
      const hint = await idToken();
      expect(await answerOf(await ask(hint, { prompt: 'none' }))).toHaveProperty('code');
      clock.advance(3_600_000);
      expect(await answerOf(await ask(hint, { prompt: 'none' }))).toHaveProperty('code');
    });

    test('of somebody else: login_required where nobody may be asked, and the sign-in page otherwise', async () => {
      const hint = await idToken(await server.signedIn('eve@example.com'));
      expect(await answerOf(await ask(hint, { prompt: 'none' }))).toMatchObject({ error: 'login_required' });
      const asked = await ask(hint);
      expect(asked.headers.get('Location')).toMatch(/^\/sign-in\?/);
      // Whoever then signs in as the wrong one again is told to the client, and not asked for ever.
      const hop = new URL(asked.headers.get('Location')!, server.issuer).searchParams.get('next')!;
      const other = server.browser();
      clock.advance(1);
      await other.signIn('ada@example.com');
      expect(await answerOf(await other.request(hop))).toMatchObject({ error: 'login_required' });
      await other.signIn('eve@example.com');
      expect(await answerOf(await other.request(hop))).toHaveProperty('code');
    });

    test.each<[string, () => Promise<string>]>([
      ['nonsense', async () => 'x.y.z'],
      [
        'an access token',
        async () => (await tokensOf(exchange(server, client, await codeFor(browser, client)))).access_token,
      ],
      ['one that another client got', async () => idToken(browser, await addCodeClient(server))],
      ['a changed one', async () => `${(await idToken()).slice(0, -4)}AAAA`],
    ])('refused: %s', async (_name, make) => {
      expect(await answerOf(await ask(await make()))).toMatchObject({ to: REDIRECT_URI, error: 'invalid_request' });
    });
  });

  describe('OpenID Core §3.1.2.1: login_hint', () => {
    const signInPageFor = async (hint: string) => {
      const fresh = server.browser();
      const hop = (await destinationOf(await fresh.request(authorizePath(client, { login_hint: hint }))))!;
      const { headers } = await fresh.request(hop);
      const page = await fresh.request(headers.get('Location')!);
      return { address: headers.get('Location')!, page: await page.text() };
    };

    test('fills in the address, which is in no address of ours', async () => {
      const { address, page } = await signInPageFor('grace@example.com');
      expect(page).toContain('value="grace@example.com"');
      expect(decodeURIComponent(address)).not.toContain('grace');
    });

    test('is escaped, and left out where it is no address at all', async () => {
      expect((await signInPageFor('"><script>x</script>')).page).not.toContain('<script>x');
      expect((await signInPageFor('x'.repeat(300))).page).not.toContain('xxx');
      for (const next of ['/oauth/authorize?continue=x', '/oauth/authorize', '//evil.example', 'http://[', '']) {
        expect((await server.request(`${PAGES.signIn}?next=${encodeURIComponent(next)}`)).status).toBe(200);
      }
    });
  });

  describe('OpenID Core §2, RFC 9068 §2.2.1: acr', () => {
    const acrs = async (from: TestBrowser, changed = {}) => {
      const tokens = await tokensOf(exchange(server, client, await codeFor(from, client, changed)));
      return [claimsIn(tokens.id_token!)['acr'], claimsIn(tokens.access_token)['acr']];
    };

    test('says what the sign-in was, whatever was wished for', async () => {
      const password = 'urn:latchkey:acr:password';
      expect(await acrs(browser)).toEqual([password, password]);
      expect(await acrs(browser, { acr_values: 'urn:latchkey:acr:mailed-link phr' })).toEqual([password, password]);
      const mailed = server.browser();
      await mailed.request(ROUTES.magicLink, { json: { email: 'ada@example.com' } });
      const token = tokenIn(await server.mailTo('ada@example.com'));
      await mailed.request(ROUTES.confirmMagicLink, { json: { token } });
      expect(await acrs(mailed)).toEqual(['urn:latchkey:acr:mailed-link', 'urn:latchkey:acr:mailed-link']);
    });

    test('Discovery §3: the configuration says what there is, and what is not', async () => {
      const document: unknown = await (await server.request(ROUTES.openidConfiguration)).json();
      expect(document).toMatchObject({
        acr_values_supported: ['urn:latchkey:acr:password', 'urn:latchkey:acr:mailed-link'],
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        pushed_authorization_request_endpoint: `${server.issuer}/oauth/par`,
        require_pushed_authorization_requests: false,
        claims_parameter_supported: false,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
      });
    });
  });
});

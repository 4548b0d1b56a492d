/** What the authorization endpoint refuses, and where it sends nobody. Named by the sections that ask for it. */
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addCodeClient,
  answerOf,
  authorizePath,
  CHALLENGE,
  destinationOf,
  hiddenFieldOf,
  REDIRECT_URI,
} from '../support/code-flow.ts';
import { addTestClient, type TestClient } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import {
  PASSWORD,
  problemOf,
  startClockedServer,
  TestClock,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

const CONSENT = `${ROUTES.authorize}/consent`;
const A = 'https://a.example';
const B = 'https://b.example';

describeEachDatabase('an authorization request', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let browser: TestBrowser;
  let client: TestClient;
  let native: TestClient;
  let thirdParty: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    browser = await server.signedIn('ada@example.com');
    clock.advance(1000);
    client = await addCodeClient(server, { scope: 'orders:read admin', audiences: [A, B] });
    native = await addCodeClient(server, {
      isPublic: true,
      redirectUris: ['http://127.0.0.1:8000/cb', 'http://[::1]/cb?a=b', 'http://localhost:8000/cb'],
    });
    thirdParty = await addCodeClient(server, { isFirstParty: false, name: '<b>Other</b>', scope: 'orders:read' });
  });
  afterAll(() => server.close());

  const ask = (changed = {}, by = client, from = browser) => from.request(authorizePath(by, changed));
  const codes = async () => (await server.tableCounts())['authorization_codes'];

  test('RFC 6749 §4.1.2, RFC 9207 §2: a code, the state and the issuer', async () => {
    const response = await ask();
    expect(response.status).toBe(303);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await answerOf(response)).toEqual({
      to: REDIRECT_URI,
      code: expect.stringMatching(/^lka_[\w-]{43}$/) as string,
      state: 'a state',
      iss: server.issuer,
    });
  });

  describe('RFC 6749 §4.1.2.1: nobody is sent to an address that is not known', () => {
    test.each<[name: string, redirectUri: string | undefined]>([
      ['none', undefined],
      ['another path', 'https://app.example/other'],
      ['a longer path', `${REDIRECT_URI}/x`],
      ['a slash more', `${REDIRECT_URI}/`],
      ['a query', `${REDIRECT_URI}?x`],
      ['a fragment', `${REDIRECT_URI}#x`],
      ['an empty fragment', `${REDIRECT_URI}#`],
      ['another scheme', 'http://app.example/callback'],
      ['a port', 'https://app.example:443/callback'],
      ['upper case', 'https://APP.example/callback'],
      ['a final dot', 'https://app.example./callback'],
      ['a suffix', 'https://app.example.evil.example/callback'],
      ['a user', 'https://app.example@evil.example/callback'],
      ['a password', 'https://x:app.example@evil.example/callback'],
      ['a backslash', 'https://app.example\\@evil.example/callback'],
      ['dots', 'https://app.example/x/../callback'],
      ['encoded dots', 'https://app.example/%2e%2e/callback'],
      ['encoding', 'https://app.example/%63allback'],
      ['encoding twice', 'https%3A%2F%2Fapp.example%2Fcallback'],
      ['a space before', ` ${REDIRECT_URI}`],
      ['a tab inside', 'https://app.example/call\tback'],
      ['a line', `${REDIRECT_URI}\r\nX: y`],
      ['no scheme', '//app.example/callback'],
      ['a path', '/callback'],
      ['a script', 'javascript:alert(1)'],
      ['data', 'data:text/html,x'],
      ['this server', '/account'],
      ['two, in one', `${REDIRECT_URI},https://evil.example`],
      ['two, by a space', `${REDIRECT_URI} https://evil.example`],
      ['another letter', 'https://app.exаmple/callback'],
    ])('%s', async (_name, redirectUri) => {
      const before = await codes();
      for (const changed of [{}, { response_type: 'token' }, { prompt: 'none' }]) {
        const response = await ask({ redirect_uri: redirectUri, ...changed });
        expect(response.headers.get('Location')).toBeNull();
        expect(await problemOf(response)).toBe('400 invalid_request');
      }
      expect(await codes()).toBe(before);
    });

    test.each([
      ['client_id', `cli_${'0'.repeat(32)}`],
      ['client_id', ''],
      ['client_id', "' or 1=1"],
      ['client_id', undefined],
    ])('and for no client that is not known: %s %j', async (name, value) => {
      expect(await problemOf(await ask({ [name]: value }))).toBe('400 invalid_request');
    });

    test('§3.1: and not where a parameter comes twice, whichever is the right one', async () => {
      for (const more of [
        'redirect_uri=https://evil.example',
        `client_id=${client.id}`,
        'state=b',
        'x=%zz',
        'state=%00',
      ]) {
        const response = await browser.request(`${authorizePath(client)}&${more}`);
        expect(await problemOf(response)).toBe('400 invalid_request');
      }
    });

    test('people see a page', async () => {
      const response = await browser.request(authorizePath(client, { redirect_uri: A }), {
        headers: { Accept: 'text/html' },
      });
      expect([response.status, response.headers.get('Content-Type')]).toEqual([400, 'text/html; charset=UTF-8']);
    });
  });

  describe('RFC 8252 §7.3: a program on the machine of its user', () => {
    test.each([
      'http://127.0.0.1:8000/cb',
      'http://127.0.0.1:51234/cb',
      'http://127.0.0.1/cb',
      'http://[::1]:9/cb?a=b',
      'http://localhost:8000/cb',
    ])('%s is its own', async (uri) => {
      const response = await ask({ redirect_uri: uri }, native);
      expect(response.status).toBe(200);
      expect(await hiddenFieldOf(response, 'continuation')).toMatch(/^[\w-]+$/);
    });

    test.each([
      'http://127.0.0.1:8000/other',
      'http://127.0.0.1:0/cb',
      'http://127.0.0.1:65536/cb',
      'http://127.0.0.1:8000@evil.example/cb',
      'http://127.0.0.1:8000evil.example/cb',
      'http://127.0.0.1:/cb',
      'http://127.0.0.2:8000/cb',
      'http://2130706433:8000/cb',
      'http://[::1]:9/cb',
      'http://[::ffff:127.0.0.1]/cb',
      'http://localhost:8001/cb',
      'https://127.0.0.1:8000/cb',
    ])('%s is not', async (uri) => {
      expect(await problemOf(await ask({ redirect_uri: uri }, native))).toBe('400 invalid_request');
    });

    test('nor is another port that of a client with a secret', async () => {
      const server1 = await addCodeClient(server, { redirectUris: ['http://127.0.0.1:8000/cb'] });
      expect(await problemOf(await ask({ redirect_uri: 'http://127.0.0.1:8001/cb' }, server1))).toBe(
        '400 invalid_request',
      );
    });
  });

  describe('refused at the client', () => {
    test.each<[section: string, changed: Record<string, string | undefined>, error: string]>([
      ['RFC 6749 §3.1.1', { response_type: undefined }, 'invalid_request'],
      ['RFC 6749 §3.1.1', { response_type: 'token' }, 'unsupported_response_type'],
      ['OAuth 2.1 §10.1', { response_type: 'code id_token' }, 'unsupported_response_type'],
      ['RFC 7636 §4.4.1', { code_challenge: undefined }, 'invalid_request'],
      ['RFC 7636 §4.3, downgrade by default', { code_challenge_method: undefined }, 'invalid_request'],
      ['RFC 7636 §7.2, downgrade', { code_challenge_method: 'plain' }, 'invalid_request'],
      ['RFC 7636 §4.2', { code_challenge_method: 's256' }, 'invalid_request'],
      ['RFC 7636 §4.2', { code_challenge: CHALLENGE.slice(1) }, 'invalid_request'],
      ['RFC 7636 §4.2', { code_challenge: `${CHALLENGE}=` }, 'invalid_request'],
      ['RFC 6749 §3.3', { scope: 'orders:write' }, 'invalid_scope'],
      ['RFC 6749 §3.3', { scope: 'openid  orders:read' }, 'invalid_scope'],
      ['power over this server', { scope: 'admin' }, 'invalid_scope'],
      ['RFC 8707 §2', { resource: 'https://evil.example' }, 'invalid_target'],
      ['RFC 8707 §2', { resource: `${A}/` }, 'invalid_target'],
      ['RFC 9700 §2.3', { scope: 'orders:read' }, 'invalid_target'],
      ['OpenID Core §3.1.2.1', { prompt: 'none login' }, 'invalid_request'],
      ['OpenID Core §3.1.2.1', { prompt: 'create' }, 'invalid_request'],
      ['OpenID Core §3.1.2.1', { max_age: '-1' }, 'invalid_request'],
      ['OpenID Core §3.1.2.1', { max_age: '1e3' }, 'invalid_request'],
      ['OpenID Core §6.1', { request: 'e30.e30.' }, 'request_not_supported'],
      ['OpenID Core §6.2', { request_uri: 'https://app.example/r' }, 'request_uri_not_supported'],
      ['OAuth 2.0 Multiple Response Types §2.1', { response_mode: 'fragment' }, 'invalid_request'],
      ['a state that is too long to keep', { state: 'x'.repeat(4000) }, 'invalid_request'],
    ])('%s: %j', async (_section, changed, error) => {
      const before = await codes();
      const state = changed['state'] ?? 'a state';
      expect(await answerOf(await ask(changed))).toEqual({ to: REDIRECT_URI, error, state, iss: server.issuer });
      expect(await codes()).toBe(before);
    });

    test('RFC 6749 §4.1.2.1: a client without the grant', async () => {
      const service = await addTestClient(server.operations, {
        grants: ['client_credentials'],
        redirectUris: [REDIRECT_URI],
      });
      expect(await answerOf(await ask({}, service))).toMatchObject({ error: 'unauthorized_client' });
    });

    test('the query of a registered URI stays as it is', async () => {
      const other = await addCodeClient(server, { redirectUris: [`${REDIRECT_URI}?code=1&x=a%2Fb`] });
      const to = await destinationOf(
        await ask({ redirect_uri: `${REDIRECT_URI}?code=1&x=a%2Fb`, scope: 'email2', state: 'a&b=c#d' }, other),
      );
      const iss = encodeURIComponent(server.issuer);
      expect(to).toBe(`${REDIRECT_URI}?code=1&x=a%2Fb&error=invalid_scope&state=a%26b%3Dc%23d&iss=${iss}`);
    });
  });

  describe('a browser that comes from another site', () => {
    const cross = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' };

    test('is led on by a page of ours, and then finds its cookie: nothing of the request is in the address', async () => {
      const first = await server.request(authorizePath(client, { nonce: 'n-0', state: 'secret-state' }), {
        headers: cross,
      });
      expect(first.status).toBe(200);
      const hop = (await destinationOf(first))!;
      expect(hop).toMatch(/^\/oauth\/authorize\?continue=[\w-]+$/);
      expect(Buffer.from(hop.split('=')[1]!, 'base64url').toString('latin1')).not.toMatch(
        /secret-state|n-0|app\.example/,
      );
      const answer = await browser.request(hop, { headers: { Accept: 'text/html' } });
      // A page again, since the navigation may go back to a form of ours.
      expect(answer.status).toBe(200);
      expect(await answerOf(answer)).toMatchObject({ to: REDIRECT_URI, state: 'secret-state' });
    });

    test('signs in first, and goes on then', async () => {
      const fresh = server.browser();
      const hop = (await destinationOf(await fresh.request(authorizePath(client))))!;
      const toSignIn = await fresh.request(hop);
      expect(toSignIn.status).toBe(303);
      const next = new URL(toSignIn.headers.get('Location')!, server.issuer).searchParams.get('next')!;
      expect(next).toBe(hop);
      const form = [
        ['email', 'ada@example.com'],
        ['password', PASSWORD],
        ['next', next],
      ] as const;
      const signedIn = await fresh.request('/sign-in', { form });
      expect([signedIn.status, signedIn.headers.get('Location')]).toEqual([303, hop]);
      expect(await answerOf(await fresh.request(hop))).toMatchObject({ to: REDIRECT_URI, state: 'a state' });
    });

    test.each([
      ['nonsense', 'x'],
      ['nothing', ''],
      ['another text of the same length', 'A'.repeat(200)],
    ])('brings %s: that is no request', async (_name, text) => {
      expect(await problemOf(await browser.request(`${ROUTES.authorize}?continue=${text}`))).toBe(
        '400 invalid_request',
      );
    });

    test('half an hour later has to begin anew', async () => {
      const hop = (await destinationOf(await server.request(authorizePath(client))))!;
      clock.advance(30 * 60_000);
      expect(await problemOf(await browser.request(hop))).toBe('400 invalid_request');
    });
  });

  describe('OpenID Core §3.1.2.1', () => {
    test('prompt=none never shows a page of ours', async () => {
      const hop = (await destinationOf(await server.request(authorizePath(client, { prompt: 'none' }))))!;
      expect(await answerOf(await server.request(hop))).toMatchObject({ error: 'login_required', to: REDIRECT_URI });
      expect(await answerOf(await ask({ prompt: 'none' }))).toMatchObject({ state: 'a state' });
      expect(await answerOf(await ask({ prompt: 'none' }, thirdParty))).toMatchObject({ error: 'consent_required' });
      expect(await answerOf(await ask({ prompt: 'none', max_age: '0' }))).toMatchObject({ error: 'login_required' });
    });

    test('prompt=none in a frame of another site is answered at once: no page of ours could go on from there', async () => {
      const inFrame = { headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'iframe' } };
      const silent = await server.request(authorizePath(client, { prompt: 'none' }), inFrame);
      expect(silent.status).toBe(303);
      expect(await answerOf(silent)).toMatchObject({ error: 'login_required', to: REDIRECT_URI, iss: server.issuer });
      // Whoever does not ask silently gets the page, which the browser does not show.
      expect((await server.request(authorizePath(client), inFrame)).status).toBe(200);
      // Within a site the cookie is there.
      const answer = await answerOf(await browser.request(authorizePath(client, { prompt: 'none' }), inFrame));
      expect(answer).toMatchObject({ to: REDIRECT_URI, code: expect.any(String) as string });
    });

    test.each([{ prompt: 'login' }, { max_age: '0' }, { prompt: 'select_account' }])(
      '%j: the user signs in again, once',
      async (changed) => {
        const asked = await ask(changed);
        expect(asked.headers.get('Location')).toMatch(/^\/sign-in\?/);
        const hop = new URL(asked.headers.get('Location')!, server.issuer).searchParams.get('next')!;
        expect((await browser.request(hop)).headers.get('Location')).toMatch(/^\/sign-in\?/);
        clock.advance(1000);
        await browser.signIn('ada@example.com');
        expect(await answerOf(await browser.request(hop))).toMatchObject({ to: REDIRECT_URI, state: 'a state' });
        clock.advance(1000);
      },
    );

    test('max_age: not where the user has signed in lately enough', async () => {
      expect(await answerOf(await ask({ max_age: '60' }))).toMatchObject({ to: REDIRECT_URI });
      clock.advance(60_000);
      expect((await ask({ max_age: '60' })).headers.get('Location')).toMatch(/^\/sign-in\?/);
    });
  });

  describe("the consent of somebody else's client", () => {
    const decide = (from: TestBrowser, continuation: string, decision = 'allow', headers = {}) =>
      from.request(CONSENT, {
        form: [
          ['continuation', continuation],
          ['decision', decision],
        ],
        headers,
      });
    const askFor = async (scope: string, changed = {}) => ask({ scope, ...changed }, thirdParty);

    test('is asked for, escaped; refused it is not remembered', async () => {
      const page = await askFor('openid orders:read');
      expect(page.status).toBe(200);
      expect(await page.clone().text()).toContain('&lt;b&gt;Other&lt;/b&gt;');
      const denied = await decide(browser, await hiddenFieldOf(page, 'continuation'), 'deny');
      expect(await answerOf(denied)).toEqual({
        to: REDIRECT_URI,
        error: 'access_denied',
        state: 'a state',
        iss: server.issuer,
      });
      expect((await askFor('openid')).status).toBe(200);
    });

    test('is not given by another session, nor by another site, nor by half', async () => {
      const continuation = await hiddenFieldOf(await askFor('openid'), 'continuation');
      const before = await codes();
      const other = await server.signedIn('eve@example.com');
      expect(await problemOf(await decide(other, continuation))).toBe('400 invalid_request');
      expect(await problemOf(await decide(server.browser(), continuation))).toBe('401 no_session');
      for (const site of ['cross-site', 'same-site']) {
        expect(await problemOf(await decide(browser, continuation, 'allow', { 'Sec-Fetch-Site': site }))).toBe(
          '403 cross_site_request',
        );
      }
      for (const decision of ['', 'ALLOW', 'constructor']) {
        expect(await problemOf(await decide(browser, continuation, decision))).toBe('400 invalid_request');
      }
      const hop = (await destinationOf(await server.request(authorizePath(thirdParty))))!.split('=')[1]!;
      expect(await problemOf(await decide(browser, hop))).toBe('400 invalid_request');
      expect(await problemOf(await browser.request(`${ROUTES.authorize}?continue=${continuation}`))).toBe(
        '400 invalid_request',
      );
      expect(await codes()).toBe(before);
    });

    test('is remembered for its scopes, and for the user alone', async () => {
      const given = await decide(browser, await hiddenFieldOf(await askFor('openid email'), 'continuation'));
      expect(await answerOf(given)).toMatchObject({ to: REDIRECT_URI, code: expect.any(String) as string });
      expect((await askFor('email')).status).toBe(303);
      expect((await askFor('email orders:read')).status).toBe(200);
      expect((await askFor('email', { prompt: 'consent' })).status).toBe(200);
      const other = await server.signedIn('bob@example.com');
      expect((await other.request(authorizePath(thirdParty, { scope: 'email' }))).status).toBe(200);
    });

    test('is in the audit log', async () => {
      clock.advance(1);
      await askFor('email');
      const [event] = await server.auditEvents(1);
      expect(event).toMatchObject({ type: 'authorization.granted', target: thirdParty.id });
    });
  });
});

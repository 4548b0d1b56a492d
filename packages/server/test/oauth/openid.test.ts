/** OpenID Connect: discovery, userinfo and logout. Named by the sections that ask for it. */
import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { addCodeClient, claimsIn, codeFor, exchange, tokensOf } from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const A = 'https://a.example';
const AFTERWARDS = 'https://app.example/signed-out?x=1';

describeEachDatabase('OpenID Connect', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let browser: TestBrowser;
  let client: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    browser = await server.signedIn('ada@example.com');
    client = await addCodeClient(server, {
      scope: 'orders:read',
      audiences: [A],
      postLogoutRedirectUris: [AFTERWARDS],
    });
  });
  afterAll(() => server.close());

  const grant = async (scope = 'openid', from = browser) =>
    tokensOf(exchange(server, client, await codeFor(from, client, { scope })));
  const userinfo = (token: string | undefined, options = {}) =>
    server.request(ROUTES.userinfo, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      ...options,
    });

  test('Discovery §3: what is offered, at both addresses', async () => {
    const [oauth, openid] = await Promise.all(
      [ROUTES.authorizationServerMetadata, ROUTES.openidConfiguration].map(async (path) => {
        const response = await server.request(path);
        expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
        return (await response.json()) as unknown;
      }),
    );
    expect(openid).toEqual(oauth);
    expect(openid).toMatchObject({
      issuer: server.issuer,
      userinfo_endpoint: server.issuer + ROUTES.userinfo,
      end_session_endpoint: server.issuer + ROUTES.logout,
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      scopes_supported: expect.arrayContaining(['openid', 'profile', 'email']) as string[],
      request_uri_parameter_supported: false,
    });
  });

  describe('OpenID Core §5.3: userinfo', () => {
    test.each(['GET', 'POST'])('by %s: what the scopes let know', async (method) => {
      const { user } = (await browser.session())!;
      const ask = async (scope: string): Promise<unknown> =>
        (await userinfo((await grant(scope)).access_token, { method })).json();
      expect(await ask('openid')).toEqual({ sub: user.id });
      expect(await ask('openid profile email orders:read')).toEqual({
        sub: user.id,
        email: 'ada@example.com',
        email_verified: true,
      });
    });

    test('§5.3.2: the subject of the ID token', async () => {
      const tokens = await grant();
      const { sub } = (await (await userinfo(tokens.access_token)).json()) as { sub: string };
      expect(claimsIn(tokens.id_token!)['sub']).toBe(sub);
    });

    test('a page of another origin may ask, and read why not', async () => {
      const { access_token: token } = await grant();
      const headers = {
        Authorization: `Bearer ${token}`,
        Origin: 'https://app.example',
        'Sec-Fetch-Site': 'cross-site',
      };
      for (const method of ['GET', 'POST']) {
        const response = await server.request(ROUTES.userinfo, { method, headers });
        expect(response.status).toBe(200);
        expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
      }
      const preflight = await server.request(ROUTES.userinfo, {
        method: 'OPTIONS',
        headers: { Origin: 'https://x.example' },
      });
      expect([preflight.status, preflight.headers.get('Access-Control-Allow-Headers')]).toEqual([
        204,
        'Authorization, Content-Type, DPoP',
      ]);
      const refused = await userinfo('x');
      expect(refused.headers.get('Access-Control-Allow-Origin')).toBe('*');
      expect(await oauthErrorOf(refused)).toBe('401 invalid_token');
    });

    test('RFC 6750 §3.1: refused without a token of this kind that stands', async () => {
      const tokens = await grant();
      const cookie = browser.jar.header(new URL(server.issuer));
      const [head, payload, signature] = tokens.access_token.split('.') as [string, string, string];
      const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
      const refused = [
        undefined,
        tokens.id_token,
        tokens.refresh_token,
        `${head}.${payload}.`,
        `${none}.${payload}.${signature}`,
      ];
      for (const token of refused) {
        expect(await oauthErrorOf(await userinfo(token))).toBe('401 invalid_token');
      }
      expect(await oauthErrorOf(await userinfo(undefined, { cookie }))).toBe('401 invalid_token');
      // A browser session's own, which is for this server, but not for a client that asks who somebody is.
      const own = (await (await browser.request(ROUTES.sessionToken, { method: 'POST' })).json()) as {
        access_token: string;
      };
      expect(await oauthErrorOf(await userinfo(own.access_token))).toBe('403 insufficient_scope');
      const service = await addTestClient(server.operations, { grants: ['client_credentials'] });
      const fields = { grant_type: 'client_credentials' };
      const forItself = await tokensOf(server.request(ROUTES.token, clientForm(service, fields)));
      expect(await oauthErrorOf(await userinfo(forItself.access_token))).toBe('403 insufficient_scope');
    });

    test('RFC 8707 §2: a token for a resource server alone is none for this one', async () => {
      const { access_token: token } = await grant('orders:read');
      expect(claimsIn(token)['aud']).toBe(A);
      expect(await oauthErrorOf(await userinfo(token))).toBe('401 invalid_token');
    });

    test('and neither is one that was revoked, or has expired', async () => {
      const [revoked, expired] = [await grant(), await grant()];
      await server.request(ROUTES.revoke, clientForm(client, { token: revoked.refresh_token! }));
      expect(await oauthErrorOf(await userinfo(revoked.access_token))).toBe('401 invalid_token');
      clock.advance(600_000);
      expect(await oauthErrorOf(await userinfo(expired.access_token))).toBe('401 invalid_token');
    });
  });

  describe('RP-Initiated Logout §2', () => {
    const logout = (parameters: Record<string, string>) =>
      server.request(`${ROUTES.logout}?${new URLSearchParams(parameters)}`);
    let people = 0;
    const someone = async () => {
      people += 1;
      const person = await server.signedIn(`person-${people}@example.com`);
      return { person, hint: (await grant('openid', person)).id_token! };
    };

    test('the session of the ID token ends, and the browser goes on to where the client wants', async () => {
      const { person, hint } = await someone();
      const response = await logout({
        id_token_hint: hint,
        client_id: client.id,
        post_logout_redirect_uri: AFTERWARDS,
        state: 'a&b',
      });
      expect([response.status, response.headers.get('Location')]).toEqual([303, `${AFTERWARDS}&state=a%26b`]);
      expect(await person.session()).toBeUndefined();
      // Once more changes nothing.
      expect(
        (await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTERWARDS })).headers.get('Location'),
      ).toBe(AFTERWARDS);
    });

    test('asks where the browser has begun another session since: to say "signed out" would be untrue', async () => {
      const { person, hint } = await someone();
      const before = (await person.session())?.session.id;
      await person.signIn(`person-${people}@example.com`);
      // The new cookie has arrived.
      clock.advance(60_000);
      expect((await person.session())?.session.id).not.toBe(before);
      const response = await logout({ id_token_hint: hint, post_logout_redirect_uri: AFTERWARDS });
      expect([response.status, response.headers.get('Location')]).toEqual([200, null]);
      expect(await person.session()).toBeDefined();
    });

    test('also by an ID token that has expired', async () => {
      const { person, hint } = await someone();
      clock.advance(3_600_000);
      expect((await logout({ id_token_hint: hint })).headers.get('Location')).toBe(`${PAGES.signIn}?notice=signed-out`);
      expect(await person.session()).toBeUndefined();
    });

    test.each([
      'https://evil.example',
      `${AFTERWARDS}&y=2`,
      'https://app.example/signed-out',
      'https://app.example/callback',
      '//evil.example',
      '/account',
      'javascript:alert(1)',
    ])('§3: nobody is sent to %s, and nothing ends', async (uri) => {
      const { person, hint } = await someone();
      const response = await logout({ id_token_hint: hint, post_logout_redirect_uri: uri });
      expect(response.headers.get('Location')).toBeNull();
      expect(await problemOf(response)).toBe('400 invalid_request');
      expect(await person.session()).toBeDefined();
    });

    test('without an ID token of ours the user is asked, and sent nowhere', async () => {
      const { person, hint } = await someone();
      const { access_token: access } = await grant('openid', person);
      const other = await addCodeClient(server);
      const forged = `${hint.slice(0, -4)}AAAA`;
      const asked: Record<string, string>[] = [
        {},
        { id_token_hint: 'x' },
        { id_token_hint: forged },
        { id_token_hint: access },
        { id_token_hint: hint, client_id: other.id },
        { client_id: client.id },
      ];
      for (const parameters of asked) {
        const response = await logout({ ...parameters, post_logout_redirect_uri: AFTERWARDS });
        expect([response.status, response.headers.get('Location')]).toEqual([200, null]);
        expect(await response.text()).toContain(`action="${PAGES.signOut}"`);
      }
      expect(await person.session()).toBeDefined();
    });
  });
});

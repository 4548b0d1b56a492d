/** What the token endpoint refuses of codes and refresh tokens. Named by the sections that ask for it. */
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { expect, test, beforeAll, afterAll, describe } from 'vitest';
import { disableClient } from '../../src/operations/manage-clients.ts';
import { purgeExpired } from '../../src/operations/purge-expired.ts';
import { addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  askForTokens,
  authorizePath,
  claimsIn,
  codeFor,
  exchange,
  hiddenFieldOf,
  refresh,
  tokensOf,
  VERIFIER,
} from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const A = 'https://a.example';
const ROTATE_MS = 600_000;
const OVERLAP_MS = 60_000;

describeEachDatabase('codes and refresh tokens', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let browser: TestBrowser;
  /** With refresh tokens. */
  let shop: TestClient;
  /** Without. */
  let plain: TestClient;
  /** Has no secret. */
  let app: TestClient;
  let resourceServer: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    browser = await server.signedIn('ada@example.com');
    shop = await addCodeClient(server, { scope: 'orders:read orders:write', audiences: [A] });
    plain = await addCodeClient(server, { grants: ['authorization_code'], isFirstParty: false });
    app = await addCodeClient(server, { isPublic: true });
    resourceServer = await addTestClient(server.operations, { scope: 'introspect' });
    const consent = await browser.request(authorizePath(plain));
    const form = [
      ['continuation', await hiddenFieldOf(consent, 'continuation')],
      ['decision', 'allow'],
    ] as const;
    await browser.request(`${ROUTES.authorize}/consent`, { form });
  });
  afterAll(() => server.close());

  const isActive = async (token: string) =>
    (
      (await (await server.request(ROUTES.introspect, clientForm(resourceServer, { token }))).json()) as {
        active: boolean;
      }
    ).active;
  const grantOf = async (client: TestClient, changed = {}) =>
    tokensOf(exchange(server, client, await codeFor(browser, client, changed)));

  describe('a code', () => {
    test('OAuth 2.1 §4.1.3: gives tokens that say for whom, by whom and how', async () => {
      const response = await exchange(
        server,
        shop,
        await codeFor(browser, shop, { scope: 'openid orders:read', nonce: 'n' }),
      );
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(response.headers.getSetCookie()).toEqual([]);
      const tokens = await tokensOf(response);
      expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid orders:read' });
      const { user, session } = (await browser.session())!;
      const issuedAt = clock.now() / 1000;
      const claims = claimsIn(tokens.access_token);
      expect(claims).toMatchObject({ sub: user.id, client_id: shop.id, cv: 1, sv: 1, br: '0.0', amr: ['pwd'] });
      expect(claims).toMatchObject({ aud: [A, server.issuer], scope: 'openid orders:read' });
      // A session of its own, which the user can end.
      expect(claims['sid']).not.toBe(session.id);
      const { keys } = (await (await server.request(ROUTES.jwks)).json()) as JSONWebKeySet;
      const { payload } = await jwtVerify(tokens.id_token!, createLocalJWKSet({ keys }), {
        issuer: server.issuer,
        audience: shop.id,
        currentDate: new Date(clock.now()),
      });
      const { sid, ...others } = payload;
      expect(others).toEqual({
        iss: server.issuer,
        sub: user.id,
        aud: shop.id,
        exp: issuedAt + 600,
        iat: issuedAt,
        auth_time: issuedAt,
        amr: ['pwd'],
        acr: 'urn:latchkey:acr:password',
        nonce: 'n',
      });
      expect(sid).toBe(session.id);
      expect(await isActive(tokens.access_token)).toBe(true);
    });

    test('RFC 9068 §5, RFC 8725 §3.11: an ID token is no access token', async () => {
      const { id_token: idToken } = await grantOf(shop);
      expect(await isActive(idToken!)).toBe(false);
    });

    test("without the grant of refresh tokens: a token of the browser's session, and it ends with that", async () => {
      const other = await server.signedIn('leaving@example.com');
      const own = await addCodeClient(server, { grants: ['authorization_code'] });
      const tokens = await tokensOf(exchange(server, own, await codeFor(other, own)));
      expect(tokens.refresh_token).toBeUndefined();
      expect(claimsIn(tokens.access_token)).toMatchObject({
        sid: (await other.session())!.session.id,
        client_id: own.id,
      });
      expect(await isActive(tokens.access_token)).toBe(true);
      await other.request(ROUTES.signOut, { method: 'POST' });
      expect(await isActive(tokens.access_token)).toBe(false);
    });

    test("a role is nothing that somebody else's client gets", async () => {
      await server.operations.store.queries
        .updateTable('users')
        .set({ role: 'administrator', application_roles: 'moderator' })
        .where('email_key', '=', 'ada@example.com')
        .execute();
      clock.advance(1);
      expect(claimsIn((await grantOf(plain)).access_token)['roles']).toBeUndefined();
      expect(claimsIn((await grantOf(shop)).access_token)['roles']).toEqual(['administrator', 'moderator']);
    });

    test.each<[section: string, changed: Record<string, string | undefined>, error: string]>([
      ['RFC 6749 §4.1.3', { code: undefined }, '400 invalid_request'],
      ['RFC 6749 §4.1.3', { redirect_uri: undefined }, '400 invalid_request'],
      ['RFC 6749 §4.1.3', { redirect_uri: 'https://app.example/callback/' }, '400 invalid_grant'],
      ['RFC 7636 §4.6, downgrade', { code_verifier: undefined }, '400 invalid_grant'],
      ['RFC 7636 §4.6', { code_verifier: `${VERIFIER}x` }, '400 invalid_grant'],
      ['RFC 7636 §4.1', { code_verifier: 'short' }, '400 invalid_grant'],
      ['RFC 8707 §2.2', { resource: 'https://b.example' }, '400 invalid_target'],
      ['a code of another kind', { code: 'lko_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, '400 invalid_grant'],
      ['a code that nobody gave', { code: `lka_${'A'.repeat(43)}` }, '400 invalid_grant'],
    ])('%s: refused with %j, and still good', async (_section, changed, error) => {
      const code = await codeFor(browser, shop);
      expect(await oauthErrorOf(await exchange(server, shop, code, changed))).toBe(error);
      expect((await exchange(server, shop, code)).status).toBe(200);
    });

    test('RFC 6749 §4.1.3, RFC 9700 §4.5: of another client is refused, and ends nothing', async () => {
      const code = await codeFor(browser, shop);
      for (const other of [plain, app]) {
        expect(await oauthErrorOf(await exchange(server, other, code))).toBe('400 invalid_grant');
      }
      const { refresh_token: token } = await tokensOf(exchange(server, shop, code));
      expect(await oauthErrorOf(await exchange(server, plain, code))).toBe('400 invalid_grant');
      expect((await refresh(server, shop, token!)).status).toBe(200);
    });

    test('RFC 6749 §4.1.2: lives for a minute, and not an instant longer', async () => {
      const [first, second] = [await codeFor(browser, shop), await codeFor(browser, shop)];
      clock.advance(59_999);
      expect((await exchange(server, shop, first)).status).toBe(200);
      clock.advance(1);
      expect(await oauthErrorOf(await exchange(server, shop, second))).toBe('400 invalid_grant');
    });

    test.each<[what: string, act: (other: TestBrowser, client: TestClient) => Promise<unknown>]>([
      ['the session that it was given to', (other) => other.request(ROUTES.signOut, { method: 'POST' })],
      ['all sessions', (other) => other.request(ROUTES.revokeAll, { method: 'POST' })],
      [
        'the account',
        (other) =>
          other.request(ROUTES.account, { method: 'DELETE', json: { password: 'correct horse battery staple' } }),
      ],
    ])('is nothing once %s ended', async (what, act) => {
      const other = await server.signedIn(`${what.replaceAll(' ', '-')}@example.com`);
      const code = await codeFor(other, shop);
      await act(other, shop);
      expect(await oauthErrorOf(await exchange(server, shop, code))).toBe('400 invalid_grant');
    });

    test('is not kept in readable form, and not for ever', async () => {
      const code = await codeFor(browser, shop);
      const rows = () => server.operations.store.queries.selectFrom('authorization_codes').selectAll().execute();
      expect(JSON.stringify(await rows())).not.toContain(code.slice(4, 24));
      expect(server.log.text()).not.toContain(code);
      expect(JSON.stringify(await server.auditEvents())).not.toContain(code);
      clock.advance(25 * 3_600_000);
      await purgeExpired(server.operations);
      expect(await rows()).toEqual([]);
      await browser.signIn('ada@example.com');
    });
  });

  describe('a public client', () => {
    test('OAuth 2.1 §2.4: is known by its id, its code and its verifier; its answers may be read by its page', async () => {
      const response = await exchange(server, app, await codeFor(browser, app));
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*');
      const { refresh_token: token } = await tokensOf(response);
      expect((await refresh(server, app, token!)).status).toBe(200);
      const form = [
        ['token', token!],
        ['client_id', app.id],
      ] as const;
      const revoked = await server.request(ROUTES.revoke, { form });
      expect([revoked.status, revoked.headers.get('Access-Control-Allow-Origin')]).toEqual([200, '*']);
      const malformed = await server.request(ROUTES.revoke, { form: [['client_id', app.id]] });
      expect([malformed.status, malformed.headers.get('Access-Control-Allow-Origin')]).toEqual([400, '*']);
      expect(await oauthErrorOf(await refresh(server, app, token!))).toBe('400 invalid_grant');
    });

    test.each([ROUTES.token, ROUTES.introspect, ROUTES.revoke])(
      'RFC 6749 §2.3: %s takes nobody with a secret for one',
      async (path) => {
        const form = Object.entries({
          client_id: shop.id,
          grant_type: 'refresh_token',
          refresh_token: 'x',
          token: 'x',
        });
        expect(await oauthErrorOf(await server.request(path, { form }))).toBe('401 invalid_client');
      },
    );

    test('OAuth 2.1 §4.2: gets no token for itself, and no introspection', async () => {
      expect(await oauthErrorOf(await askForTokens(server, app, { grant_type: 'client_credentials' }))).toBe(
        '400 unauthorized_client',
      );
      const form = [
        ['token', 'x'],
        ['client_id', app.id],
      ] as const;
      expect(await oauthErrorOf(await server.request(ROUTES.introspect, { form }))).toBe('401 invalid_client');
    });
  });

  describe('a refresh token', () => {
    test('RFC 9700 §4.14.2: stays where it is young, and is replaced where it is old', async () => {
      const { refresh_token: first } = await grantOf(shop, { scope: 'openid orders:read' });
      const young = await tokensOf(refresh(server, shop, first!));
      expect(young).toMatchObject({ scope: 'openid orders:read' });
      expect(young.refresh_token).toBeUndefined();
      clock.advance(ROTATE_MS);
      const rotated = await tokensOf(refresh(server, shop, first!));
      expect(claimsIn(rotated.access_token)['br']).toBe('1.0');
      // An answer that was lost is repeated.
      expect((await tokensOf(refresh(server, shop, first!))).refresh_token).toBe(rotated.refresh_token);
      expect((await refresh(server, shop, rotated.refresh_token!)).status).toBe(200);
    });

    test('RFC 9700 §4.14.2: an old one, once a newer one was used, ends the session for both', async () => {
      let { refresh_token: newest } = await grantOf(shop);
      const stolen = newest!;
      let access = '';
      for (let rotation = 0; rotation < 2; rotation += 1) {
        clock.advance(ROTATE_MS);
        ({ refresh_token: newest, access_token: access } = await tokensOf(refresh(server, shop, newest!)));
        clock.advance(OVERLAP_MS);
        await tokensOf(refresh(server, shop, newest!));
      }
      expect(await oauthErrorOf(await refresh(server, shop, stolen))).toBe('400 invalid_grant');
      expect(await oauthErrorOf(await refresh(server, shop, newest!))).toBe('400 invalid_grant');
      expect(await isActive(access)).toBe(false);
      expect((await server.auditEvents()).map(({ type }) => type)).toContain('session.theft_found');
    });

    test.each<[section: string, fields: Record<string, string>, outcome: string]>([
      ['§6', { scope: 'orders:read' }, '200 orders:read'],
      ['§6', {}, '200 openid orders:read'],
      ['§6, widening', { scope: 'openid orders:read orders:write' }, '400 invalid_scope'],
      ['§6, widening', { scope: 'email' }, '400 invalid_scope'],
      ['§6, widening', { scope: 'admin' }, '400 invalid_scope'],
      ['RFC 8707 §2.2', { resource: A }, '200 openid orders:read'],
      ['RFC 8707 §2.2', { resource: 'https://b.example' }, '400 invalid_target'],
      ['§6', { refresh_token: '' }, '400 invalid_request'],
      ['nonsense', { refresh_token: 'x' }, '400 invalid_grant'],
    ])('RFC 6749 %s: %j', async (_section, fields, outcome) => {
      const { refresh_token: token } = await grantOf(shop, { scope: 'openid orders:read' });
      const response = await refresh(server, shop, token!, fields);
      if (response.status !== 200) expect(await oauthErrorOf(response)).toBe(outcome);
      else expect(`200 ${(await tokensOf(response)).scope}`).toBe(outcome);
      // Narrower once is not narrower for ever.
      expect((await tokensOf(refresh(server, shop, token!))).scope).toBe('openid orders:read');
    });

    test('RFC 6749 §6: is bound to its client; another one neither gets anything nor ends it', async () => {
      const { refresh_token: token } = await grantOf(shop);
      clock.advance(ROTATE_MS);
      expect(await oauthErrorOf(await refresh(server, app, token!))).toBe('400 invalid_grant');
      expect(await oauthErrorOf(await refresh(server, plain, token!))).toBe('400 unauthorized_client');
      expect((await tokensOf(refresh(server, shop, token!))).refresh_token).toBeDefined();
    });

    test('is no cookie, and a cookie is no refresh token', async () => {
      const { refresh_token: token } = await grantOf(shop);
      expect((await server.request(ROUTES.session, { cookie: `latchkey=${token}` })).status).toBe(401);
      const cookie = browser.jar.get('latchkey')!.value;
      expect(await oauthErrorOf(await refresh(server, shop, cookie))).toBe('400 invalid_grant');
    });

    test('outlives the sign-out of the browser, and ends where the user signs out everywhere', async () => {
      const other = await server.signedIn('everywhere@example.com');
      const { refresh_token: token } = await tokensOf(exchange(server, shop, await codeFor(other, shop)));
      await other.request(ROUTES.signOut, { method: 'POST' });
      expect((await refresh(server, shop, token!)).status).toBe(200);
      await other.signIn('everywhere@example.com');
      await other.request(ROUTES.revokeAll, { method: 'POST' });
      expect(await oauthErrorOf(await refresh(server, shop, token!))).toBe('400 invalid_grant');
    });

    test('ends with its client', async () => {
      const other = await addCodeClient(server);
      const tokens = await grantOf(other);
      await disableClient(server.operations, other.id, 'test');
      expect(await oauthErrorOf(await refresh(server, other, tokens.refresh_token!))).toBe('401 invalid_client');
      expect(await isActive(tokens.access_token)).toBe(false);
    });
  });

  describe('RFC 6749 §4.1.2: a code that is used twice', () => {
    test.each([
      ['with refresh tokens', ['authorization_code', 'refresh_token'], 'session'],
      ['without', ['authorization_code'], 'token'],
    ])('gives tokens to one of 50 at once, and ends them: %s', async (_name, grants, kind) => {
      const client = await addCodeClient(server, { grants });
      const code = await codeFor(browser, client);
      const answers = await Promise.all(Array.from({ length: 50 }, () => exchange(server, client, code)));
      const good = answers.filter(({ status }) => status === 200);
      expect(good).toHaveLength(1);
      const refusals = answers.filter((answer) => !good.includes(answer));
      expect(new Set(await Promise.all(refusals.map(oauthErrorOf)))).toEqual(new Set(['400 invalid_grant']));
      const { access_token: access } = await tokensOf(good[0]!);
      const { sid, jti } = claimsIn(access);
      const events = await server.operations.store.queries
        .selectFrom('revocation_events')
        .select(['kind', 'key'])
        .where('key', '=', (kind === 'session' ? sid : jti) as string)
        .execute();
      expect(events).toEqual([{ kind, key: kind === 'session' ? sid : jti }]);
      const form = clientForm(await addTestClient(server.operations, { scope: 'introspect' }), { token: access });
      expect(await (await server.request(ROUTES.introspect, form)).json()).toEqual({ active: false });
      // Nobody is signed out for it.
      expect(await browser.session()).toBeDefined();
    });
  });
});

import { ACCESS_TOKEN_TYPE_URI, ROUTES } from '@latchkey/protocol';
import { createVerifier, VerifierError } from '@latchkey/verifier';
import { generateKeyPair, SignJWT } from 'jose';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import type { UserId } from '../../src/domain/ids.ts';
import { banUser } from '../../src/operations/ban-user.ts';
import { disableClient, enableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { revokeSigningKey } from '../../src/operations/revoke-signing-key.ts';
import { listSigningKeys } from '../../src/storage/signing-keys.ts';
import { addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { addCodeClient, claimsIn, codeFor, exchange, tokensOf, type Tokens } from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const API = 'https://api.example';
const ORDERS = 'https://orders.example';
const STOCK = 'https://stock.example';

type Fields = Readonly<Record<string, string>>;

describeEachDatabase('token exchange (RFC 8693)', (database) => {
  let clock: TestClock;
  let server: TestServer;
  let browser: TestBrowser;
  let monitor: TestClient;
  let follower: TestClient;
  let api: TestClient;
  let orders: TestClient;
  beforeAll(async () => {
    clock = new TestClock();
    server = await startClockedServer(clock, {
      databaseUrl: database.url,
      settings: { LATCHKEY_AUDIENCES: [API, ORDERS] },
    });
    browser = await server.signedIn('ada@example.com');
    monitor = await addTestClient(server.operations, { scope: 'introspect' });
    follower = await addTestClient(server.operations, { scope: 'revocations:read' });
    api = await aService([API, ORDERS]);
    orders = await aService([ORDERS, STOCK]);
  });
  afterAll(() => server.close());

  const aService = (audiences: readonly string[], more = {}) =>
    addTestClient(server.operations, { grants: [EXCHANGE], scope: 'orders:read orders:write', audiences, ...more });
  const aWebClient = () => addCodeClient(server, { scope: 'orders:read orders:cancel', audiences: [API] });
  const USERS = { scope: 'openid orders:read orders:cancel', resource: API };
  const userTokens = async (web: TestClient): Promise<Tokens> =>
    tokensOf(exchange(server, web, await codeFor(browser, web, USERS)));

  const ask = (client: TestClient, token: string, changed: Fields = {}) => {
    const fields = { grant_type: EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN_TYPE_URI };
    return server.request(ROUTES.token, clientForm(client, { ...fields, audience: ORDERS, ...changed }));
  };
  const exchanged = async (client: TestClient, token: string, changed: Fields = {}) =>
    (await tokensOf(ask(client, token, changed))).access_token;
  const isActive = async (token: string) => {
    const response = await server.request(ROUTES.introspect, clientForm(monitor, { token }));
    return ((await response.json()) as { readonly active: boolean }).active;
  };
  /** Whether a resource server refuses it that knows the log and the keys, and asks for nothing else. */
  const isRevokedByLog = async (token: string) => {
    const verifier = createVerifier({
      issuer: server.issuer,
      audience: [ORDERS, STOCK],
      client: { id: follower.id, secret: follower.secret },
      whenStale: 'closed',
      fetch: (url, init) => server.fetch(new Request(url, init)),
      now: clock.now,
    });
    try {
      await verifier.ready();
      await verifier.verify(token);
      return false;
    } catch (error) {
      if (error instanceof VerifierError && error.code === 'token_revoked') return true;
      throw error;
    } finally {
      await verifier.close();
    }
  };

  test('§2.2.1 gives a token for the next service, of the same user and session', async () => {
    const web = await aWebClient();
    const { access_token: token } = await userTokens(web);
    const before = claimsIn(token);
    clock.advance(60_000);
    const response = await ask(api, token);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const { access_token: next, ...rest } = (await response.json()) as Tokens;
    expect(rest).toEqual({
      issued_token_type: ACCESS_TOKEN_TYPE_URI,
      token_type: 'Bearer',
      expires_in: 540,
      scope: 'orders:read',
    });
    const claims = claimsIn(next);
    expect(claims).toMatchObject({ aud: ORDERS, client_id: api.id, act: { sub: api.id } });
    for (const claim of ['sub', 'sid', 'sv', 'br', 'auth_time', 'amr', 'exp'])
      expect(claims[claim]).toEqual(before[claim]);
    expect(await isActive(next)).toBe(true);
    expect(await isActive(token)).toBe(true);
    const [event] = await server.auditEvents(1);
    expect(event).toMatchObject({ type: 'token.exchanged', actor: api.id, target: claims['jti'] });
  });

  test('§4.1 goes on from service to service, and the chain is told', async () => {
    const web = await aWebClient();
    const first = await exchanged(api, (await userTokens(web)).access_token);
    const second = await exchanged(orders, first, { audience: STOCK });
    expect(claimsIn(second)).toMatchObject({ aud: STOCK, act: { sub: orders.id, act: { sub: api.id } } });
    const response = await server.request(ROUTES.introspect, clientForm(monitor, { token: second }));
    expect(await response.json()).toMatchObject({ active: true, act: { sub: orders.id, act: { sub: api.id } } });
  });

  test('§2.1 a chain of services has an end', async () => {
    const web = await aWebClient();
    let { access_token: token } = await userTokens(web);
    for (let exchanges = 0; exchanges < 5; exchanges += 1) token = await exchanged(api, token);
    expect(await isActive(token)).toBe(true);
    expect(await oauthErrorOf(await ask(api, token))).toBe('400 invalid_request');
  });

  test('§2.1 the token of a client, without a user, and of a browser session itself', async () => {
    const job = await addTestClient(server.operations, {
      grants: ['client_credentials'],
      scope: 'orders:read',
      audiences: [API],
    });
    const own = await tokensOf(server.request(ROUTES.token, clientForm(job, { grant_type: 'client_credentials' })));
    const next = await exchanged(api, own.access_token);
    expect(claimsIn(next)).toMatchObject({ sub: job.id, client_id: api.id, act: { sub: api.id } });
    expect(claimsIn(next)).not.toHaveProperty('sid');
    await disableClient(server.operations, job.id, 'test');
    expect([await isActive(next), await isRevokedByLog(next)]).toEqual([false, true]);

    const ofSession = await browser.request(ROUTES.sessionToken, { json: { audience: API } });
    const { access_token: token } = (await ofSession.json()) as Tokens;
    expect(await isActive(await exchanged(api, token))).toBe(true);
  });

  describe('what voids the first token voids all that came of it, by the database and by the log:', () => {
    interface Chain {
      readonly web: TestClient;
      readonly middle: TestClient;
      readonly last: TestClient;
      readonly tokens: Tokens;
    }
    const revokeToken = (client: TestClient, token: string) =>
      server.request(ROUTES.revoke, clientForm(client, { token }));
    const ends: [name: string, end: (chain: Chain) => Promise<unknown>][] = [
      ['its client is disabled', ({ web }) => disableClient(server.operations, web.id, 'test')],
      ['its client is removed', ({ web }) => removeClient(server.operations, web.id, 'test')],
      ['its client gets another secret', ({ web }) => rotateClientSecret(server.operations, web.id, 0, 'test')],
      [
        'its client was away, and is back',
        async ({ web }) => {
          await disableClient(server.operations, web.id, 'test');
          await enableClient(server.operations, web.id, 'test');
        },
      ],
      ['the client between is disabled', ({ middle }) => disableClient(server.operations, middle.id, 'test')],
      ['the last client is disabled', ({ last }) => disableClient(server.operations, last.id, 'test')],
      ['it is revoked itself (RFC 7009)', ({ web, tokens }) => revokeToken(web, tokens.access_token)],
      ['its session is ended by its refresh token', ({ web, tokens }) => revokeToken(web, tokens.refresh_token ?? '')],
    ];
    test.each(ends)('%s', async (_name, end) => {
      const chain = {
        web: await aWebClient(),
        middle: await aService([API, ORDERS]),
        last: await aService([ORDERS, STOCK]),
      };
      const tokens = await userTokens(chain.web);
      const first = await exchanged(chain.middle, tokens.access_token);
      const second = await exchanged(chain.last, first, { audience: STOCK });
      expect([await isActive(second), await isRevokedByLog(second)]).toEqual([true, false]);
      await end({ ...chain, tokens });
      expect([await isActive(second), await isRevokedByLog(second)]).toEqual([false, true]);
      expect(await oauthErrorOf(await ask(chain.last, second))).toMatch(/^40[01] invalid_/);
    });

    test('the user is banned', async () => {
      const eve = await server.signedIn('eve@example.com');
      const web = await aWebClient();
      const { access_token: token } = await tokensOf(exchange(server, web, await codeFor(eve, web, USERS)));
      const next = await exchanged(api, token);
      await banUser(server.operations, { id: claimsIn(token)['sub'] as UserId }, 'test');
      expect([await isActive(next), await isRevokedByLog(next)]).toEqual([false, true]);
      expect(await oauthErrorOf(await ask(api, token))).toBe('400 invalid_request');
    });
  });

  describe('refuses', () => {
    test.each<[name: string, changed: Fields, error: string]>([
      ['§2.1 a wider scope', { scope: 'orders:read orders:write' }, '400 invalid_scope'],
      ['§2.1 a scope that the client has not', { scope: 'orders:cancel' }, '400 invalid_scope'],
      ['§2.1 identity', { scope: 'openid' }, '400 invalid_scope'],
      ['§2.2.2 another audience', { audience: 'https://evil.example' }, '400 invalid_target'],
      ['§2.2.2 an audience of the subject token, which is not the client’s', { audience: STOCK }, '400 invalid_target'],
      ['§2.2.2 this server itself', { audience: 'http://localhost:4400' }, '400 invalid_target'],
      ['§2.1 two audiences', { resource: API }, '400 invalid_target'],
      ['§2.1 no type', { subject_token_type: '' }, '400 invalid_request'],
      ['§3 a JWT', { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, '400 invalid_request'],
      ['§3 an ID token', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }, '400 invalid_request'],
      [
        '§3 a refresh token for it',
        { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
        '400 invalid_request',
      ],
      ['§2.1 an actor', { actor_token: 'x', actor_token_type: ACCESS_TOKEN_TYPE_URI }, '400 invalid_request'],
      ['§2.1 the type of an actor', { actor_token_type: ACCESS_TOKEN_TYPE_URI }, '400 invalid_request'],
      ['§2.1 no token', { subject_token: '' }, '400 invalid_request'],
      ['§2.1 what is no token', { subject_token: 'x.y.z' }, '400 invalid_request'],
      ['§2.1 what is too long for one', { subject_token: 'a'.repeat(8000) }, '400 invalid_request'],
    ])('%s', async (_name, changed, error) => {
      const { access_token: token } = await subject();
      expect(await oauthErrorOf(await ask(api, token, changed))).toBe(error);
    });

    let kept: Promise<Tokens> | undefined;
    const subject = (): Promise<Tokens> => (kept ??= aWebClient().then(userTokens));

    test('§2.2.2 whatever is not an access token of ours', async () => {
      const { access_token: token, id_token: idToken = '', refresh_token: refreshToken = '' } = await subject();
      const { privateKey } = await generateKeyPair('ES256');
      const claims = claimsIn(token);
      const selfSigned = new SignJWT({ ...claims, iss: api.id, sub: api.id });
      const foreign = new SignJWT({ ...claims });
      const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string };
      const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
      for (const bad of [
        idToken,
        refreshToken,
        await selfSigned.setProtectedHeader({ alg: 'ES256', typ: 'client+jwt', kid: 'own' }).sign(privateKey),
        await foreign.setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: header.kid }).sign(privateKey),
        `${none}.${token.split('.')[1] ?? ''}.`,
      ]) {
        expect(bad.length).toBeGreaterThan(20);
        expect(await oauthErrorOf(await ask(api, bad))).toBe('400 invalid_request');
      }
    });

    test('§2.2.2 a token for somebody else, one that has expired, and whoever is not registered', async () => {
      const { access_token: token } = await subject();
      expect(await oauthErrorOf(await ask(orders, token))).toBe('400 invalid_request');
      const unregistered = await aService([API, ORDERS], { grants: ['client_credentials'] });
      expect(await oauthErrorOf(await ask(unregistered, token))).toBe('400 unauthorized_client');
      const open = await addCodeClient(server, { isPublic: true, audiences: [API, ORDERS] });
      const form = { grant_type: EXCHANGE, subject_token: token, subject_token_type: ACCESS_TOKEN_TYPE_URI };
      const asPublic = await server.request(ROUTES.token, { form: Object.entries({ ...form, client_id: open.id }) });
      expect(await oauthErrorOf(asPublic)).toBe('400 unauthorized_client');
      const disabled = await aService([API, ORDERS]);
      await disableClient(server.operations, disabled.id, 'test');
      expect(await oauthErrorOf(await ask(disabled, token))).toBe('401 invalid_client');
      clock.advance(600_000);
      expect(await oauthErrorOf(await ask(api, token))).toBe('400 invalid_request');
    });

    test('§2.2.2 a token of a key that was revoked, and what came of it', async () => {
      const web = await aWebClient();
      const { access_token: token } = await userTokens(web);
      const { queries } = server.operations.store;
      const active = (await listSigningKeys(queries)).find(({ state }) => state === 'active')!;
      const before = await exchanged(api, token);
      await revokeSigningKey(server.operations, active.kid, 'test');
      expect(await oauthErrorOf(await ask(api, token))).toBe('400 invalid_request');
      expect(await isActive(before)).toBe(false);
    });
  });

  test('a client that was changed while it asked gets a token that is void', async () => {
    const web = await aWebClient();
    const { access_token: token } = await userTokens(web);
    const fresh = await aService([API, ORDERS]);
    const next = await exchanged(fresh, token);
    await rotateClientSecret(server.operations, fresh.id, 0, 'test');
    expect([await isActive(next), await isRevokedByLog(next)]).toEqual([false, true]);
  });
});

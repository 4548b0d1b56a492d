/** Pushed authorization requests (RFC 9126): the table of refusals, and one code for one request. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '@latchkey/protocol';
import { advanceAuthorization, resumeAuthorization } from '../../src/operations/authorize.ts';
import { purgeExpired } from '../../src/operations/purge-expired.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { findSession } from '../../src/storage/sessions.ts';
import { addTestClient, basicHeader, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  answerOf,
  authorizePath,
  CHALLENGE,
  claimsIn,
  destinationOf,
  exchange,
  hiddenFieldOf,
  REDIRECT_URI,
  tokensOf,
} from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

type Fields = Readonly<Record<string, string | undefined>>;

const PREFIX = 'urn:ietf:params:oauth:request_uri:';
const NOBODY = { network: null, userAgent: null };
const LIFE_MS = 90_000;

describeEachDatabase('RFC 9126', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let browser: TestBrowser;
  let client: TestClient;
  let open: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    browser = await server.signedIn('ada@example.com');
    client = await addCodeClient(server);
    open = await addCodeClient(server, { isPublic: true });
  });
  afterAll(() => server.close());

  async function push(changed: Fields = {}, by = client, headers: Record<string, string> = {}): Promise<Response> {
    const fields: Fields = {
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      state: 'a state',
      nonce: 'a nonce',
      scope: 'openid',
      ...(by.secret === '' && { client_id: by.id }),
      ...changed,
    };
    const form = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const authorization = by.secret === '' ? {} : { Authorization: by.basic };
    return server.request(ROUTES.par, { form, headers: { ...authorization, ...headers } });
  }

  async function pushed(changed: Fields = {}, by = client): Promise<string> {
    const response = await push(changed, by);
    if (response.status !== 201) throw new Error(await response.text());
    return ((await response.json()) as { readonly request_uri: string }).request_uri;
  }

  const bring = (requestUri: string, more = '', { id } = client, from = browser) =>
    from.request(`${ROUTES.authorize}?client_id=${id}&request_uri=${encodeURIComponent(requestUri)}${more}`);
  const rows = async () => (await server.tableCounts())['pushed_requests'];

  test('§2.2: a reference comes back, good for 90 seconds, and gives a code by all that was pushed', async () => {
    const response = await push();
    expect(response.status).toBe(201);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const body = (await response.json()) as { readonly request_uri: string };
    expect(body).toEqual({ request_uri: expect.stringMatching(/:request_uri:[\w-]{43}$/) as string, expires_in: 90 });
    const answer = await answerOf(await bring(body.request_uri));
    expect(answer).toMatchObject({ to: REDIRECT_URI, state: 'a state', iss: server.issuer });
    const tokens = await tokensOf(exchange(server, client, answer['code']!));
    expect(claimsIn(tokens.id_token!)).toMatchObject({ nonce: 'a nonce' });
  });

  test('§2: a public client by its id; a page may read the answer, and errors', async () => {
    const response = await push({}, open, { Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' });
    expect([response.status, response.headers.get('Access-Control-Allow-Origin')]).toEqual([201, '*']);
    const { request_uri: requestUri } = (await response.json()) as { readonly request_uri: string };
    expect(await answerOf(await bring(requestUri, '', open))).toHaveProperty('code');
    const refused = await push({ scope: 'other' }, open);
    expect(refused.headers.get('Access-Control-Allow-Origin')).toBe('*');
  });

  test('neither the reference nor the parameters can be read in the database', async () => {
    const requestUri = await pushed({ state: 'unmistakable-state', login_hint: 'ada@example.com' });
    const kept = await server.operations.store.queries.selectFrom('pushed_requests').selectAll().execute();
    const text = kept.map((row) => JSON.stringify(row) + Buffer.from(row.parameters_sealed).toString('latin1')).join();
    expect(text).not.toMatch(/unmistakable|ada@|app\.example/);
    expect(text).not.toContain(requestUri.slice(PREFIX.length));
    expect(server.log.text()).not.toContain(requestUri.slice(PREFIX.length));
  });

  describe('§2.3: refused at once', () => {
    test.each<[section: string, changed: Fields, error: string]>([
      ['RFC 9126 §2.1', { request_uri: `${PREFIX}${'A'.repeat(43)}` }, '400 invalid_request'],
      ['RFC 9126 §2.1', { request_uri: 'https://app.example/r' }, '400 invalid_request'],
      ['RFC 9126 §2.1', { client_id: `cli_${'0'.repeat(32)}` }, '400 invalid_request'],
      ['OpenID Core §6.1', { request: 'e30.e30.' }, '400 request_not_supported'],
      ['RFC 6749 §4.1.2.1', { redirect_uri: undefined }, '400 invalid_request'],
      ['RFC 6749 §4.1.2.1', { redirect_uri: 'https://evil.example/' }, '400 invalid_request'],
      ['RFC 6749 §3.1.1', { response_type: 'token' }, '400 unsupported_response_type'],
      ['RFC 7636 §4.4.1', { code_challenge: undefined }, '400 invalid_request'],
      ['RFC 7636 §7.2', { code_challenge_method: 'plain' }, '400 invalid_request'],
      ['RFC 6749 §3.3', { scope: 'admin' }, '400 invalid_scope'],
      ['RFC 8707 §2', { resource: 'https://evil.example' }, '400 invalid_target'],
      ['OpenID Core §3.1.2.1', { prompt: 'none login' }, '400 invalid_request'],
      ['OpenID Core §3.1.2.1', { id_token_hint: 'x.y.z' }, '400 invalid_request'],
      ['too long to keep', { state: 'x'.repeat(4000) }, '400 invalid_request'],
    ])('%s: %j', async (_section, changed, error) => {
      const before = await rows();
      expect(await oauthErrorOf(await push(changed))).toBe(error);
      expect(await rows()).toBe(before);
    });

    test.each<[string, () => Promise<Response>, string]>([
      ['a wrong secret', () => push({}, { ...client, basic: basicHeader(client.id, 'x') }), '401 invalid_client'],
      ['no secret', () => push({ client_id: client.id }, { ...client, secret: '' }), '401 invalid_client'],
      ['no client', () => push({ client_id: undefined }, open), '401 invalid_client'],
      ['another method', () => server.request(ROUTES.par), '405 method_not_allowed'],
      ['more than a browser could bring', () => push({ something: 'x'.repeat(8192) }), '400 invalid_request'],
      ['JSON', () => server.request(ROUTES.par, { json: {} }), '400 invalid_request'],
      [
        'a parameter twice',
        () =>
          server.request(ROUTES.par, {
            body: 'state=a&state=b',
            method: 'POST',
            headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          }),
        '400 invalid_request',
      ],
    ])('%s', async (_name, ask, error) => {
      const before = await rows();
      const response = await ask();
      expect(response.status === 405 ? await problemOf(response) : await oauthErrorOf(response)).toBe(error);
      expect(await rows()).toBe(before);
    });

    test('a client without the grant', async () => {
      const service = await addTestClient(server.operations, {
        grants: ['client_credentials'],
        redirectUris: [REDIRECT_URI],
      });
      expect(await oauthErrorOf(await push({}, service))).toBe('400 unauthorized_client');
    });
  });

  describe('§4: at the authorization endpoint', () => {
    test.each<[name: string, bringIt: (uri: string) => Promise<Response>]>([
      ['by another client', async (uri) => bring(uri, '', open)],
      ['by no client', async (uri) => browser.request(`${ROUTES.authorize}?request_uri=${encodeURIComponent(uri)}`)],
      ['with another letter', async (uri) => bring(`${uri.slice(0, -1)}${uri.endsWith('A') ? 'B' : 'A'}`)],
      ['with one more letter', async (uri) => bring(`${uri}A`)],
      ['cut', async () => bring(PREFIX)],
      ['with a request object beside', async (uri) => bring(uri, '&request=e30.e30.')],
      ['twice in one address', async (uri) => bring(uri, `&request_uri=${encodeURIComponent(uri)}`)],
    ])('nothing comes of it %s, and the browser is sent nowhere', async (_name, bringIt) => {
      const requestUri = await pushed();
      const response = await bringIt(requestUri);
      expect(response.headers.get('Location')).toBeNull();
      expect(await problemOf(response)).toBe('400 invalid_request');
      expect(await answerOf(await bring(requestUri))).toHaveProperty('code');
    });

    test('what else the browser brings does not count (RFC 9101 §6.3)', async () => {
      const more = `&redirect_uri=https://evil.example&state=other&scope=admin&response_type=token&code_challenge=${'x'.repeat(43)}`;
      expect(await answerOf(await bring(await pushed(), more))).toMatchObject({ to: REDIRECT_URI, state: 'a state' });
    });

    test('not after its life; whoever began in time may take longer', async () => {
      const [late, begun] = [await pushed(), await pushed()];
      const hop = (await destinationOf(await bring(begun, '', client, server.browser())))!;
      clock.advance(LIFE_MS);
      expect(await problemOf(await bring(late))).toBe('400 invalid_request');
      await purgeExpired(server.operations);
      expect(await answerOf(await browser.request(hop))).toHaveProperty('code');
    });

    test('checked anew: a client that was changed since gets nothing by it', async () => {
      const other = await addCodeClient(server);
      const requestUri = await pushed({}, other);
      const change = { redirect_uris: 'https://app.example/new' };
      await server.operations.store.queries.updateTable('clients').set(change).where('id', '=', other.id).execute();
      const response = await bring(requestUri, '', other);
      expect(response.headers.get('Location')).toBeNull();
      expect(await problemOf(response)).toBe('400 invalid_request');
    });

    test('a user who reloads goes on; once there was a code, there is none any more', async () => {
      const theirs = await addCodeClient(server, { isFirstParty: false });
      const requestUri = await pushed({}, theirs);
      const [first, second] = [await bring(requestUri, '', theirs), await bring(requestUri, '', theirs)];
      expect([first.status, second.status]).toEqual([200, 200]);
      const allow = async (page: Response) =>
        browser.request(`${ROUTES.authorize}/consent`, {
          form: [
            ['continuation', await hiddenFieldOf(page, 'continuation')],
            ['decision', 'allow'],
          ],
        });
      expect(await answerOf(await allow(first))).toHaveProperty('code');
      expect(await answerOf(await allow(second))).toMatchObject({ to: REDIRECT_URI, error: 'invalid_request' });
      expect(await problemOf(await bring(requestUri, '', theirs))).toBe('400 invalid_request');
    });

    test('50 at once, on two nodes: one code', async () => {
      const requestUri = await pushed();
      const hop = (await destinationOf(await bring(requestUri, '', client, server.browser())))!;
      const continuation = hop.split('=')[1]!;
      const other = openStore({ url: database.url });
      const nodes = [server.operations, { ...server.operations, store: other }];
      const { session } = (await browser.session())!;
      const current = (await findSession(other.queries, session.id as SessionId))!;
      const results = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const node = nodes[index % 2]!;
          const checked = await resumeAuthorization(node, continuation);
          if (checked.kind !== 'checked') throw new Error(checked.kind);
          return advanceAuthorization(node, checked, current, NOBODY);
        }),
      );
      expect(results.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
      expect(results.filter((result) => result.kind === 'refused' && result.error === 'invalid_request')).toHaveLength(
        49,
      );
      await other.close();
    });
  });

  test('§6: a client that has to push is refused otherwise', async () => {
    const strict = await addCodeClient(server, { requiresPushedRequests: true });
    expect(await answerOf(await browser.request(authorizePath(strict)))).toMatchObject({ error: 'invalid_request' });
    expect(await answerOf(await bring(await pushed({}, strict), '', strict))).toHaveProperty('code');
  });

  test('rows go half an hour after their life, when nobody can be on the way any more', async () => {
    await pushed();
    clock.advance(LIFE_MS + 30 * 60_000 + 1);
    await purgeExpired(server.operations);
    expect(await rows()).toBe(0);
  });
});

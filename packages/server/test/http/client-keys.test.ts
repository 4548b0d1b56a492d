import { randomUUID } from 'node:crypto';
import { CLIENT_TOKEN_TYPE, ROUTES, type ClientKeysDocument } from '@latchkey/protocol';
import { clientKeysResponse } from '@latchkey/protocol/schemas';
import { createVerifier, VerifierError, type Verifier } from '@latchkey/verifier';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RegistrationInput } from '../../src/domain/clients/registration.ts';
import { disableClient, enableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { setClientKeys } from '../../src/operations/set-client-keys.ts';
import { keySet, newTestKey, type TestKey } from '../support/assertions.ts';
import { addTestClient, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const API = 'https://api.example';
const ORDERS = 'https://orders.example';
/** What is promised of a stream that is not disturbed; far below the staleness that a verifier allows. */
const BOUND_MS = 1000;

describeEachDatabase('the keys of clients that sign for themselves', (database) => {
  let server: TestServer;
  let api: TestClient;
  let verifier: Verifier;
  let key: TestKey;
  let second: TestKey;
  /** Registered before the verifier first asks. */
  let jobs: TestClient[];
  beforeAll(async () => {
    server = await startTestServer({ databaseUrl: database.url });
    [key, second] = await Promise.all([newTestKey('own'), newTestKey('second', 'EdDSA')]);
    api = await addTestClient(server.operations, { scope: 'revocations:read', audiences: [API] });
    jobs = await Promise.all(Array.from({ length: 5 }, () => aJob()));
    verifier = createVerifier({
      issuer: server.issuer,
      audience: API,
      client: { id: api.id, secret: api.secret },
      clientTokens: true,
      keyRefetchCooldownSeconds: 1,
      fetch: (url, init) => server.fetch(new Request(url, init)),
    });
    await verifier.ready();
  });
  afterAll(async () => {
    await verifier.close();
    await server.close();
  });

  const aJob = (more: Partial<RegistrationInput> = {}) =>
    addTestClient(server.operations, {
      grants: ['client_credentials'],
      scope: 'orders:read admin',
      audiences: [API, ORDERS],
      authMethod: 'private_key_jwt',
      jwks: keySet(key, second),
      ...more,
    });
  const get = (client: TestClient, headers: Record<string, string> = {}) =>
    server.request(ROUTES.clientKeys, { headers: { Authorization: client.basic, ...headers } });
  const toldTo = async (client: TestClient) =>
    clientKeysResponse.strict().parse(await (await get(client)).json()) as ClientKeysDocument;
  const toldOf = async ({ id }: TestClient, reader = api) =>
    (await toldTo(reader)).clients.find(({ client_id: each }) => each === id);
  const shown = ({ id }: TestClient, by = key) => {
    const now = Math.floor(Date.now() / 1000);
    const jwt = new SignJWT({ iss: id, sub: id, aud: API, iat: now, exp: now + 300, jti: randomUUID() });
    return jwt.setProtectedHeader({ alg: by.alg, kid: by.kid, typ: CLIENT_TOKEN_TYPE }).sign(by.privateKey);
  };
  const verdict = async (token: string) => {
    try {
      return (await verifier.verify(token)).kind;
    } catch (error) {
      if (error instanceof VerifierError) return error.code;
      throw error;
    }
  };
  const turnsInto = async (expected: (verdict: string) => boolean, token: string) => {
    const begunAtMs = performance.now();
    while (!expected(await verdict(token))) {
      if (performance.now() - begunAtMs > 5000) throw new Error('It does not come to be');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return performance.now() - begunAtMs;
  };
  const isRefused = (each: string) => each !== 'client';

  describe('are told', () => {
    test('to a resource server, of clients of its own, as far as that goes', async () => {
      const job = await aJob();
      const response = await get(api);
      expect(response.headers.get('Cache-Control')).toBe('private, no-cache');
      expect(response.headers.get('Content-Type')).toBe('application/json');
      expect(response.headers.get('Set-Cookie')).toBeNull();
      expect(response.headers.has('Access-Control-Allow-Origin')).toBe(false);
      const told = await toldOf(job);
      expect(told).toMatchObject({ client_id: job.id, version: 1, scope: 'orders:read', audience: [API] });
      expect(told!.keys.map((each) => [each['kid'], each['alg']])).toEqual([
        ['own', 'ES256'],
        ['second', 'EdDSA'],
      ]);
      for (const each of told!.keys) expect(each).not.toHaveProperty('d');
    });

    test('in full to one that goes by no name, and not to others', async () => {
      const job = await aJob({ audiences: [ORDERS] });
      const all = await addTestClient(server.operations, { scope: 'revocations:read' });
      const other = await addTestClient(server.operations, { scope: 'revocations:read', audiences: [`${API}/`] });
      expect((await toldOf(job, all))?.audience).toEqual([ORDERS]);
      expect(await toldOf(job)).toBeUndefined();
      expect((await toldTo(other)).clients).toEqual([]);
    });

    test.each<[name: string, more: Partial<RegistrationInput>]>([
      ['acts for users alone', { grants: ['authorization_code'], redirectUris: ['https://app.example/callback'] }],
      ['must bind its tokens to a key', { isDpopBound: true }],
      ['may go nowhere', { audiences: [] }],
      ['has no keys', { authMethod: 'client_secret_basic', jwks: undefined }],
    ])('not of a client that %s', async (_name, more) => {
      expect(await toldOf(await aJob(more))).toBeUndefined();
    });

    test('not again to whoever has them (RFC 9110 §13.1.2)', async () => {
      const etag = (await get(api)).headers.get('ETag') ?? '';
      const same = await get(api, { 'If-None-Match': etag });
      expect([same.status, await same.text()]).toEqual([304, '']);
      await aJob();
      expect((await get(api, { 'If-None-Match': etag })).status).toBe(200);
    });

    test('with the place in the revocation log that they are as new as', async () => {
      const before = await toldTo(api);
      const job = await aJob();
      await disableClient(server.operations, job.id, 'test');
      const after = await toldTo(api);
      expect([after.epoch, after.seq]).toEqual([before.epoch, before.seq + 1]);
    });

    test('to nobody else', async () => {
      const introspecting = await addTestClient(server.operations, { scope: 'introspect', audiences: [API] });
      expect(await oauthErrorOf(await get(introspecting))).toBe('403 insufficient_scope');
      expect(await oauthErrorOf(await server.request(ROUTES.clientKeys))).toBe('401 invalid_client');
      const wrong = { ...api, basic: `Basic ${btoa(`${api.id}:wrong`)}` };
      expect(await oauthErrorOf(await get(wrong))).toBe('401 invalid_client');
    });
  });

  describe('let a client in', () => {
    test('by what it was registered with, without asking the server for a token', async () => {
      const job = jobs.pop()!;
      const verified = await verifier.verify(await shown(job, second));
      expect(verified).toMatchObject({ kind: 'client', subject: job.id, clientId: job.id, scopes: ['orders:read'] });
    });

    const ends: [name: string, end: (job: TestClient) => Promise<unknown>][] = [
      ['its key is removed', ({ id }) => setClientKeys(server.operations, id, { jwks: keySet(second) }, 'test')],
      ['it is disabled', ({ id }) => disableClient(server.operations, id, 'test')],
      ['it is removed', ({ id }) => removeClient(server.operations, id, 'test')],
    ];
    test.each(ends)('until %s, and not a second longer', async (_name, end) => {
      const job = jobs.pop()!;
      const token = await shown(job);
      await turnsInto((each) => each === 'client', token);
      await end(job);
      expect(await turnsInto(isRefused, token)).toBeLessThan(BOUND_MS);
      expect(isRefused(await verdict(await shown(job)))).toBe(true);
    });

    test('by the key that it still has, and again once it is enabled', async () => {
      const job = jobs.pop()!;
      const [old, token] = [await shown(job), await shown(job, second)];
      await turnsInto((each) => each === 'client', old);
      await setClientKeys(server.operations, job.id, { jwks: keySet(second) }, 'test');
      await turnsInto(isRefused, old);
      await turnsInto((each) => each === 'client', token);
      expect(isRefused(await verdict(old))).toBe(true);
      await disableClient(server.operations, job.id, 'test');
      await turnsInto(isRefused, token);
      await enableClient(server.operations, job.id, 'test');
      await turnsInto((each) => each === 'client', token);
    });

    test('by no JWT that this server takes in turn, nor the other way round', async () => {
      const job = await aJob();
      const token = await shown(job);
      const form = Object.entries({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: token,
      });
      expect(await oauthErrorOf(await server.request(ROUTES.token, { form }))).toBe('401 invalid_client');
      const introspecting = await addTestClient(server.operations, { scope: 'introspect' });
      const asked = await server.request(ROUTES.introspect, {
        form: [['token', token]],
        headers: { Authorization: introspecting.basic },
      });
      expect(await asked.json()).toEqual({ active: false });
      expect((await server.request(ROUTES.userinfo, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(
        401,
      );
    });
  });

  test('a resource server whose secret was rotated is told nothing by the old one', async () => {
    const reader = await addTestClient(server.operations, { scope: 'revocations:read', audiences: [API] });
    await rotateClientSecret(server.operations, reader.id, 0, 'test');
    expect(await oauthErrorOf(await get(reader))).toBe('401 invalid_client');
  });
});

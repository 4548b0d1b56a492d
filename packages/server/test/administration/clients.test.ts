/** What the management API does to clients, and what it lets nobody do by them. */
import { ADMIN_ROUTES, ROUTES } from '@latchkey/protocol';
import * as schemas from '@latchkey/protocol/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listRevocations } from '../../src/storage/revocations.ts';
import { addClientSession, basicHeader, clientForm } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { aManager, anAdministrator, manage, tokenOf, type Manager } from './management.ts';

const CALLBACK = 'https://app.example/callback';

describeEachDatabase('managed clients', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let manager: Manager;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    manager = await aManager(server);
  });
  afterAll(() => server.close());

  const ask = (method: string, path: string, json?: object, token = manager.token) => {
    clock.advance(1);
    return manage(server, token, path, { method, ...(json !== undefined && { json }) });
  };
  const newest = async () => (await server.auditEvents(1))[0];
  /** A client that the API has registered. */
  const register = async (metadata: object = {}, token = manager.token) => {
    const response = await ask('POST', ADMIN_ROUTES.clients, { client_name: 'Managed', ...metadata }, token);
    expect(response.status).toBe(201);
    const client = schemas.adminAddedClientResponse.strict().parse(await response.json());
    const path = `${ADMIN_ROUTES.clients}/${client.client_id}`;
    expect(response.headers.get('Location')).toBe(path);
    return { ...client, path, basic: basicHeader(client.client_id, client.client_secret ?? '') };
  };
  const service = (more: object = {}) => register({ grant_types: ['client_credentials'], scope: 'a b', ...more });
  const statusOfToken = async (basic: string, fields: Record<string, string> = {}) => {
    const form = clientForm({ basic }, { grant_type: 'client_credentials', ...fields });
    return (await server.request(ROUTES.token, form)).status;
  };
  const events = async (id: string) =>
    (await listRevocations(server.operations.store.queries, 0, 10_000)).filter(({ key }) => key === id).length;

  test('are registered by the names of RFC 7591, and the secret is shown once', async () => {
    const client = await service({ redirect_uris: [CALLBACK], dpop_bound_access_tokens: false });
    expect(client).toMatchObject({
      client_secret_expires_at: 0,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
      scope: 'a b',
      redirect_uris: [CALLBACK],
      disabled: false,
    });
    expect(await newest()).toMatchObject({
      type: 'client.added',
      actor: manager.client.id,
      target: client.client_id,
    });
    expect(await statusOfToken(client.basic)).toBe(200);
    const read = await (await ask('GET', client.path)).text();
    const list = await (await ask('GET', ADMIN_ROUTES.clients)).text();
    expect(schemas.adminClientResponse.strict().parse(JSON.parse(read)).client_id).toBe(client.client_id);
    for (const text of [read, list, server.log.text()]) expect(text).not.toContain('lkc_');
  });

  test('are on the pages once, the newest first, while others come', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.unshift((await register()).client_id);
    const found: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const cursor = next === '' ? '' : `&cursor=${next}`;
      const page = schemas.adminClientListResponse
        .strict()
        .parse(await (await ask('GET', `${ADMIN_ROUTES.clients}?limit=2${cursor}`)).json());
      found.push(...page.clients.map(({ client_id: id }) => id));
      next = page.next;
      await register();
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((id) => ids.includes(id))).toEqual(ids);
    for (const query of [`cursor=usr_${'0'.repeat(32)}`, 'cursor=x', 'limit=0', 'offset=1']) {
      expect(await problemOf(await ask('GET', `${ADMIN_ROUTES.clients}?${query}`))).toBe('400 invalid_request');
    }
  });

  test.each<[metadata: object, pointer: string, code: string]>([
    [{ redirect_uris: ['http://app.example/'] }, '/redirect_uris', 'bad_redirect_uri: http://app.example/'],
    [{ grant_types: ['password'] }, '/grant_types', 'unknown_grant: password'],
    [{ client_name: ' ' }, '/client_name', 'bad_name'],
    [{ scope: 'a  b' }, '/scope', 'bad_scope: a  b'],
    [{ scope: 'admin', token_endpoint_auth_method: 'none' }, '/scope', 'scope_needs_secret: admin'],
    [{ audiences: ['orders'] }, '/audiences', 'bad_audience: orders'],
    [{ token_endpoint_auth_method: 'magic' }, '/token_endpoint_auth_method', 'unknown_auth_method: magic'],
  ])('%j is refused by its code, and nothing is registered', async (metadata, pointer, code) => {
    const before = await server.tableCounts();
    const response = await ask('POST', ADMIN_ROUTES.clients, { client_name: 'Managed', ...metadata });
    const { errors } = (await response.clone().json()) as { readonly errors: readonly unknown[] };
    expect(await problemOf(response)).toBe('400 invalid_request');
    expect(errors).toContainEqual({ pointer, detail: code });
    expect(await server.tableCounts()).toEqual(before);
  });

  test('keep what they have when more is given', async () => {
    const client = await service();
    const token = await tokenOf(server, { basic: client.basic } as Parameters<typeof tokenOf>[1], 'a');
    const response = await ask('PATCH', client.path, { client_name: 'Renamed', scope: 'b a c' });
    expect(schemas.adminClientChangeResponse.strict().parse(await response.json())).toMatchObject({
      client_name: 'Renamed',
      scope: 'b a c',
      changed: true,
      sessions_ended: 0,
    });
    expect(await newest()).toMatchObject({
      type: 'client.changed',
      actor: manager.client.id,
      target: client.client_id,
    });
    expect(await events(client.client_id)).toBe(0);
    expect(token).not.toBe('');
    const again = await ask('PATCH', client.path, { client_name: 'Renamed' });
    expect(await again.json()).toMatchObject({ changed: false });
    expect(await statusOfToken(client.basic, { scope: 'c' })).toBe(200);
  });

  test.each<[name: string, changes: object]>([
    ['a scope', { scope: 'a' }],
    ['a grant', { grant_types: ['client_credentials'] }],
    ['an audience', { audiences: ['https://api.example'] }],
    ['a redirect URI', { redirect_uris: [`${CALLBACK}/2`] }],
  ])('lose tokens and sessions with %s that is taken away', async (_name, changes) => {
    const client = await register({
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      scope: 'a b',
      redirect_uris: [CALLBACK, `${CALLBACK}/2`],
    });
    const { id } = await anAdministrator(server, `of-${client.client_id}@example.com`);
    await addClientSession(server.operations, id, client.client_id as `cli_${string}`);
    const response = await ask('PATCH', client.path, changes);
    expect(await response.json()).toMatchObject({ ...changes, changed: true, sessions_ended: 1 });
    expect(await events(client.client_id)).toBe(1);
  });

  test('are changed by the rules of registration, and what is refused changes nothing', async () => {
    const client = await service({ redirect_uris: [CALLBACK] });
    for (const changes of [
      { redirect_uris: ['http://app.example/'] },
      { grant_types: ['authorization_code'], redirect_uris: [] },
      { grant_types: ['refresh_token'] },
      { client_name: '' },
      { token_endpoint_auth_method: 'none' },
      { client_id: 'cli_1' },
      { disabled: true },
    ]) {
      expect(await problemOf(await ask('PATCH', client.path, changes))).toBe('400 invalid_request');
    }
    const publicClient = await register({ token_endpoint_auth_method: 'none' });
    expect(publicClient.client_secret).toBeUndefined();
    expect(await problemOf(await ask('PATCH', publicClient.path, { scope: 'introspect' }))).toBe('400 invalid_request');
    expect(await problemOf(await ask('POST', `${publicClient.path}/secret`))).toBe('409 no_client_secret');
    expect(await (await ask('GET', client.path)).json()).toMatchObject({ redirect_uris: [CALLBACK] });
  });

  test('get another secret at leisure or at once, are switched off and on, and go', async () => {
    const client = await service();
    const rotated = await ask('POST', `${client.path}/secret`, { overlap_seconds: 60 });
    const second = schemas.adminClientSecretResponse.strict().parse(await rotated.json());
    expect(second.previous_secret_until).toBe(new Date(clock.now() + 60_000).toISOString());
    const basic = basicHeader(client.client_id, second.client_secret!);
    expect([await statusOfToken(client.basic), await statusOfToken(basic)]).toEqual([200, 200]);
    const third = schemas.adminClientSecretResponse.parse(await (await ask('POST', `${client.path}/secret`)).json());
    expect(third.previous_secret_until).toBeNull();
    expect([await statusOfToken(client.basic), await statusOfToken(basic)]).toEqual([401, 401]);
    expect(await newest()).toMatchObject({ type: 'client.secret_rotated', actor: manager.client.id });

    const last = basicHeader(client.client_id, third.client_secret!);
    const disabled = await ask('POST', `${client.path}/disable`);
    expect(await disabled.json()).toMatchObject({ disabled: true, changed: true });
    expect(await statusOfToken(last)).toBe(401);
    expect(await (await ask('POST', `${client.path}/enable`)).json()).toMatchObject({ disabled: false, changed: true });
    expect(await statusOfToken(last)).toBe(200);
    expect((await ask('DELETE', client.path)).status).toBe(200);
    expect(await newest()).toMatchObject({ type: 'client.removed', actor: manager.client.id });
    expect(await problemOf(await ask('GET', client.path))).toBe('404 not_found');
  });

  test('get other public keys, never private ones', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
    const client = await register();
    const response = await ask('PUT', `${client.path}/keys`, { jwks: { keys: [{ kty, crv, x, y }] } });
    const { jwks } = schemas.adminClientResponse.strict().parse(await response.json());
    expect(jwks?.keys).toEqual([expect.objectContaining({ kty, crv, x, y })]);
    for (const json of [{ jwks: { keys: [{ kty, crv, x, y, d }] } }, { jwks: { keys: [] } }, {}]) {
      const refused = await ask('PUT', `${client.path}/keys`, json);
      expect(await refused.clone().text()).not.toContain(d);
      expect(await problemOf(refused)).toBe('400 invalid_request');
    }
  });

  test.each(['[', '{"a":'])('keys that are nested without an end are refused as any others: %s', async (open) => {
    const client = await register();
    const nested = `${open.repeat(9000)}1${(open === '[' ? ']' : '}').repeat(9000)}`;
    for (const [method, path] of [
      ['POST', ADMIN_ROUTES.clients],
      ['PUT', `${client.path}/keys`],
    ] as const) {
      const name = method === 'POST' ? '"client_name":"Deep",' : '';
      const headers = { 'Content-Type': 'application/json' };
      const body = `{${name}"jwks":{"keys":${nested}}}`;
      const response = await manage(server, manager.token, path, { method, headers, body });
      expect(await problemOf(response)).toBe('400 invalid_request');
    }
  });

  test('nobody changes the client that they are', async () => {
    const self = `${ADMIN_ROUTES.clients}/${manager.client.id}`;
    for (const [method, path, json] of [
      ['PATCH', self, { scope: 'admin introspect' }],
      ['DELETE', self, undefined],
      ['POST', `${self}/secret`, undefined],
      ['POST', `${self}/disable`, undefined],
      ['PUT', `${self}/keys`, { jwks: {} }],
    ] as const) {
      expect([path, await problemOf(await ask(method, path, json))]).toEqual([path, '403 not_permitted']);
    }
    expect((await ask('GET', self)).status).toBe(200);
  });

  test('whoever has only `admin:clients` gives no power over the server, and touches nobody who has it', async () => {
    const { token } = await aManager(server, 'admin:clients');
    const [plain, powerful, own] = [
      await service(),
      await service({ scope: 'admin' }),
      await service({ first_party: true }),
    ];
    const before = await server.tableCounts();
    const refused: [string, string, object?][] = [
      ...['admin', 'admin:clients', 'admin:audit:read', 'introspect', 'a revocations:read'].flatMap(
        (scope): [string, string, object][] => [
          ['POST', ADMIN_ROUTES.clients, { client_name: 'x', scope }],
          ['PATCH', plain.path, { scope }],
        ],
      ),
      ['POST', ADMIN_ROUTES.clients, { client_name: 'x', first_party: true }],
      ['PATCH', plain.path, { first_party: true }],
      ...[powerful, own].flatMap(({ path }): [string, string, object?][] => [
        ['PATCH', path, { client_name: 'x' }],
        ['PATCH', path, { scope: '', first_party: false }],
        ['POST', `${path}/secret`],
        ['POST', `${path}/enable`],
        ['POST', `${path}/disable`],
        ['PUT', `${path}/keys`, { jwks: {} }],
        ['DELETE', path],
      ]),
    ];
    for (const [method, path, json] of refused) {
      const asked = `${method} ${path} ${JSON.stringify(json)}`;
      expect([asked, await problemOf(await ask(method, path, json, token))]).toEqual([asked, '403 not_permitted']);
    }
    expect(await server.tableCounts()).toEqual(before);
    expect((await ask('PATCH', plain.path, { scope: 'a b c' }, token)).status).toBe(200);
    expect((await register({ scope: 'orders:read' }, token)).scope).toBe('orders:read');
  });
});

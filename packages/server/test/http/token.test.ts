import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addTestClient, basicHeader, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  problemOf,
  startClockedServer,
  TestClock,
  type RequestOptions,
  type TestServer,
} from '../support/test-server.ts';
import { GRANT_TYPES } from '../../src/domain/clients/client.ts';
import { newClientSecret } from '../../src/domain/clients/secret.ts';
import { disableClient, enableClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';

const A = 'https://a.example';
const B = 'https://b.example';

let clock: TestClock;
let server: TestServer;
let service: TestClient;
beforeAll(async () => {
  clock = new TestClock();
  server = await startClockedServer(clock);
  service = await addTestClient(server.operations, {
    grants: ['client_credentials'],
    scope: 'orders:read orders:write admin',
    audiences: [A, B],
  });
});
afterAll(() => server.close());

const GRANT = { grant_type: 'client_credentials', resource: A };
const ask = (options: RequestOptions) => server.request(ROUTES.token, options);
const grant = (client: TestClient, fields: Record<string, string> = {}) =>
  ask(clientForm(client, { ...GRANT, ...fields }));
const raw = (body: string, headers: Record<string, string> = {}) =>
  ask({
    body,
    headers: { Authorization: service.basic, 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });

async function claimsOf(response: Response, audience = A) {
  const { access_token: token } = (await response.json()) as { readonly access_token: string };
  const keySet = (await (await server.request(ROUTES.jwks)).json()) as JSONWebKeySet;
  const options = { issuer: server.issuer, audience, typ: 'at+jwt', currentDate: new Date(clock.now()) };
  return (await jwtVerify(token, createLocalJWKSet(keySet), options)).payload;
}

describe('client credentials', () => {
  test('give a token for the client itself', async () => {
    const response = await grant(service);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('Set-Cookie')).toBeNull();
    expect(await response.clone().json()).toEqual({
      access_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'orders:read orders:write',
    });
    const issuedAt = clock.now() / 1000;
    expect(await claimsOf(response)).toEqual({
      iss: server.issuer,
      sub: service.id,
      aud: A,
      exp: issuedAt + 600,
      iat: issuedAt,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/) as string,
      client_id: service.id,
      scope: 'orders:read orders:write',
      cv: 1,
    });
  });

  test.each([
    [{ resource: B }, B],
    [{ resource: '', audience: B }, B],
    [{ resource: B, audience: B }, B],
  ])('for %j', async (fields, audience) => {
    expect((await claimsOf(await grant(service, fields), audience)).aud).toBe(audience);
  });

  test.each([
    [{ scope: 'orders:write' }, 'orders:write'],
    [{ scope: 'admin' }, 'admin'],
    [{ scope: '' }, 'orders:read orders:write'],
  ])('with %j', async (fields, scope) => {
    expect(await (await grant(service, fields)).json()).toMatchObject({ scope });
  });

  test('are accepted in the body where the client is registered for that, and only there', async () => {
    const posting = await addTestClient(server.operations, {
      grants: ['client_credentials'],
      authMethod: 'client_secret_post',
    });
    const inBody = { client_id: posting.id, client_secret: posting.secret, grant_type: 'client_credentials' };
    expect((await ask({ form: Object.entries(inBody) })).status).toBe(200);
    expect(await oauthErrorOf(await ask(clientForm(posting, { grant_type: 'client_credentials' })))).toBe(
      '401 invalid_client',
    );
    const ofService = { ...inBody, client_id: service.id, client_secret: service.secret };
    expect(await oauthErrorOf(await ask({ form: Object.entries(ofService) }))).toBe('401 invalid_client');
  });

  test.each<[fields: Record<string, string>, error: string]>([
    [{ scope: 'orders:delete' }, '400 invalid_scope'],
    [{ scope: 'orders:read  orders:write' }, '400 invalid_scope'],
    [{ scope: 'revocations:read' }, '400 invalid_scope'],
    [{ resource: 'https://evil.example' }, '400 invalid_target'],
    [{ resource: `${A}/` }, '400 invalid_target'],
    [{ resource: '' }, '400 invalid_target'],
    [{ audience: B }, '400 invalid_target'],
    [{ grant_type: '' }, '400 invalid_request'],
    [{ grant_type: 'password' }, '400 unsupported_grant_type'],
    [{ grant_type: 'authorization_code' }, '400 invalid_request'],
    [{ grant_type: 'refresh_token' }, '400 invalid_request'],
    [{ grant_type: 'constructor' }, '400 unsupported_grant_type'],
  ])('with %j are refused', async (fields, error) => {
    expect(await oauthErrorOf(await grant(service, fields))).toBe(error);
  });

  test('of a client without the grant are refused', async () => {
    const other = await addTestClient(server.operations, { scope: 'introspect' });
    expect(await oauthErrorOf(await grant(other))).toBe('400 unauthorized_client');
  });

  test('give one token for one resource server', async () => {
    const form = [...Object.entries(GRANT), ['resource', B]] as const;
    expect(await oauthErrorOf(await ask({ form, headers: { Authorization: service.basic } }))).toBe(
      '400 invalid_target',
    );
  });
});

describe('a client that is not believed', () => {
  const unknown = `cli_${'0'.repeat(32)}`;
  const wrong = newClientSecret((length) => new Uint8Array(length)).reveal();

  test('looks the same, whatever the reason', async () => {
    const answers = await Promise.all(
      [basicHeader(unknown, service.secret), basicHeader(service.id, wrong), basicHeader(service.id, 'x')].map(
        async (Authorization) => {
          const response = await ask({ form: Object.entries(GRANT), headers: { Authorization } });
          return [response.status, await response.text(), response.headers.get('WWW-Authenticate')];
        },
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.[0]).toBe(401);
  });

  test('is refused without credentials, and when only an id is there', async () => {
    expect(await oauthErrorOf(await ask({ form: Object.entries(GRANT) }))).toBe('401 invalid_client');
    expect(await oauthErrorOf(await ask({ form: [...Object.entries(GRANT), ['client_id', service.id]] }))).toBe(
      '401 invalid_client',
    );
    const bearer = await ask({ form: Object.entries(GRANT), headers: { Authorization: `Bearer ${service.secret}` } });
    expect(await oauthErrorOf(bearer)).toBe('401 invalid_client');
  });

  test('leaves the reason in the log, and no secret', async () => {
    const before = server.log.entries.length;
    await ask({ form: Object.entries(GRANT), headers: { Authorization: basicHeader(service.id, wrong) } });
    await ask({ form: Object.entries(GRANT), headers: { Authorization: basicHeader(service.secret, 'x') } });
    const logged = server.log.entries.slice(before).filter(({ level }) => level === 'warn');
    expect(logged.map(({ fields }) => fields)).toMatchObject([
      { clientId: service.id, reason: 'wrong_secret' },
      { clientId: null, reason: 'malformed' },
    ]);
    for (const secret of [service.secret, wrong, service.basic]) expect(server.log.text()).not.toContain(secret);
  });

  test('is one that was disabled, until it is enabled', async () => {
    const client = await addTestClient(server.operations, { grants: ['client_credentials'], audiences: [A] });
    await disableClient(server.operations, client.id, 'test');
    expect(await oauthErrorOf(await grant(client))).toBe('401 invalid_client');
    await enableClient(server.operations, client.id, 'test');
    expect((await claimsOf(await grant(client)))['cv']).toBe(2);
  });

  test('is one with the secret of before, once its time is over', async () => {
    const client = await addTestClient(server.operations, { grants: ['client_credentials'], audiences: [A] });
    const rotate = async (overlapSeconds: number): Promise<TestClient> => {
      const result = await rotateClientSecret(server.operations, client.id, overlapSeconds, 'test');
      if (result.kind !== 'rotated') throw new Error(result.kind);
      return { ...client, basic: basicHeader(client.id, result.secret.reveal()) };
    };
    const status = async (by: TestClient) => (await grant(by)).status;
    const second = await rotate(60);
    expect([await status(client), await status(second)]).toEqual([200, 200]);
    clock.advance(59_999);
    expect([await status(client), await status(second)]).toEqual([200, 200]);
    clock.advance(1);
    expect([await status(client), await status(second)]).toEqual([401, 200]);
    const third = await rotate(0);
    expect([await status(client), await status(second), await status(third)]).toEqual([401, 401, 200]);
  });
});

describe('hostile requests', () => {
  const body = new URLSearchParams(GRANT).toString();
  const post = `client_id=cli_${'0'.repeat(32)}&client_secret=x`;

  test.each<[name: string, headers: Record<string, string>, body: string, error: string]>([
    ['a huge Basic header', { Authorization: `Basic ${'QUFB'.repeat(20_000)}` }, body, '400 invalid_request'],
    ['Basic that is not base64', { Authorization: 'Basic %%%' }, body, '400 invalid_request'],
    ['Basic without a colon', { Authorization: `Basic ${btoa('abc')}` }, body, '400 invalid_request'],
    ['bad percent-encoding in Basic', { Authorization: basicHeader('%zz', '%') }, body, '400 invalid_request'],
    ['NUL in Basic', { Authorization: basicHeader('a\u0000', 'b') }, body, '400 invalid_request'],
    ['NUL in Basic, encoded', { Authorization: basicHeader('a%00', 'b') }, body, '400 invalid_request'],
    ['a lone surrogate in Basic', { Authorization: basicHeader('%ED%A0%80', 'b') }, body, '400 invalid_request'],
    ['header and body at once', {}, `${body}&${post}`, '400 invalid_request'],
    ['another client in the body', {}, `${body}&client_id=cli_1`, '400 invalid_request'],
    ['an assertion besides', {}, `${body}&client_assertion=x`, '400 invalid_request'],
    ['a parameter twice', {}, `${body}&grant_type=client_credentials`, '400 invalid_request'],
    ['a scope twice', {}, `${body}&scope=orders:read&scope=admin`, '400 invalid_request'],
    ['an unknown parameter twice', {}, `${body}&x=1&x=1`, '400 invalid_request'],
    ['bad percent-encoding', {}, `${body}&x=%zz`, '400 invalid_request'],
    ['NUL', {}, `${body}&scope=%00`, '400 invalid_request'],
    ['a lone surrogate', {}, `${body}&scope=%ED%A0%80`, '400 invalid_request'],
    ['bytes that are not UTF-8', {}, `${body}&scope=%ff`, '400 invalid_request'],
    ['nothing', {}, '', '400 invalid_request'],
    ['JSON', { 'Content-Type': 'application/json' }, JSON.stringify(GRANT), '400 invalid_request'],
    ['no content type', { 'Content-Type': '' }, body, '400 invalid_request'],
    ['plain text', { 'Content-Type': 'text/plain' }, body, '400 invalid_request'],
    ['several parts', { 'Content-Type': 'multipart/form-data; boundary=x' }, '--x--', '400 invalid_request'],
    [
      'another charset',
      { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-16' },
      body,
      '400 invalid_request',
    ],
    ['JSON in a form', {}, JSON.stringify(GRANT), '400 invalid_request'],
  ])('%s', async (_name, headers, content, error) => {
    const before = await server.tableCounts();
    expect(await oauthErrorOf(await raw(content, headers))).toBe(error);
    expect(await server.tableCounts()).toEqual(before);
  });

  test.each([ROUTES.introspect, ROUTES.revoke])('%s reads its form as strictly', async (path) => {
    const { secret, id, basic } = await addTestClient(server.operations, { scope: 'introspect' });
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const status = async (content: string, headers: Record<string, string> = {}) =>
      oauthErrorOf(
        await server.request(path, { body: content, headers: { Authorization: basic, ...form, ...headers } }),
      );
    for (const content of ['token=a&token=a', 'token=%', 'token=%00', 'token=%ED%A0%80', '{"token":"a"}', '']) {
      expect(await status(content)).toBe('400 invalid_request');
    }
    expect(await status('token=a', { 'Content-Type': 'application/json' })).toBe('400 invalid_request');
    expect(await status('token=a', { Authorization: 'Basic %' })).toBe('400 invalid_request');
    expect(await status(`token=a&client_id=${id}&client_secret=${secret}`)).toBe('400 invalid_request');
  });

  test('a body that is too large, announced or not', async () => {
    const large = `${body}&x=${'a'.repeat(70_000)}`;
    expect(await problemOf(await raw(large))).toBe('413 body_too_large');
    expect(await problemOf(await raw(large, { 'Content-Length': String(large.length) }))).toBe('413 body_too_large');
  });

  test.each(['application/x-www-form-urlencoded;charset=UTF-8', 'Application/X-WWW-Form-Urlencoded; charset="utf-8"'])(
    'but not %s, and not a parameter that nobody knows',
    async (contentType) => {
      expect((await raw(`${body}&nonsense=1`, { 'Content-Type': contentType })).status).toBe(200);
    },
  );
});

test('pages of other origins may be clients, and a cookie is neither read nor set', async () => {
  const browser = await server.signedIn('ada@example.com');
  const cookie = browser.jar.header(new URL(server.issuer));
  const headers = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://app.example' };
  const response = await ask({ ...clientForm(service, GRANT, headers), cookie });
  expect(response.status).toBe(200);
  expect(response.headers.getSetCookie()).toEqual([]);
  const withoutSecret = await ask({ form: Object.entries(GRANT), cookie, headers });
  expect(await oauthErrorOf(withoutSecret)).toBe('401 invalid_client');
});

test('the metadata says what there is', async () => {
  const metadata = (await (await server.request(ROUTES.authorizationServerMetadata)).json()) as Record<string, unknown>;
  const methods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
  const algorithms = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256', 'HS256'];
  expect(metadata).toMatchObject({
    issuer: server.issuer,
    token_endpoint: server.issuer + ROUTES.token,
    token_endpoint_auth_methods_supported: [...methods, 'none'],
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    introspection_endpoint: server.issuer + ROUTES.introspect,
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint: server.issuer + ROUTES.revoke,
    revocation_endpoint_auth_methods_supported: [...methods, 'none'],
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    grant_types_supported: GRANT_TYPES,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_endpoint: server.issuer + ROUTES.authorize,
    authorization_response_iss_parameter_supported: true,
  });
});

import { Hono } from 'hono';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { requireScope, VerifierError, type Verifier } from '../index.ts';
import { refusalResponse, requireToken, type TokenVariables } from './hono.ts';

let key: TestKey;
let verifier: Verifier;
let token: string;

beforeAll(async () => {
  key = await makeKey('ES256', 'key-1');
  verifier = new TestIssuer(key).createVerifier();
  token = signToken(key);
});

function makeApp(refused: string[] = []) {
  const app = new Hono<{ Variables: TokenVariables }>();
  app.use(requireToken(verifier, { onRefused: (error, c) => refused.push(`${error.code} ${c.req.raw.url}`) }));
  app.all('/me', (c) => c.text(c.get('token').subject));
  app.get('/admin', requireToken(verifier, { scope: 'admin' }), (c) => c.text('secret'));
  app.get('/both', requireToken(verifier, { scope: ['notes:read', 'admin'] }), (c) => c.text('secret'));
  app.get('/notes', (c) => {
    requireScope(c.get('token'), 'notes:delete');
    return c.text('secret');
  });
  app.onError((error) => {
    if (error instanceof VerifierError) return refusalResponse(error);
    throw error;
  });
  return app;
}

const bearer = (text: string) => ({ headers: { Authorization: `Bearer ${text}` } });

test('lets a good token through', async () => {
  const response = await makeApp().request('/me', bearer(token));
  expect([response.status, await response.text()]).toEqual([200, 'usr_01']);
});

describe('refuses', () => {
  test.each<[string, () => RequestInit, string, number, string]>([
    ['no token', () => ({}), '/me', 401, 'Bearer realm="api"'],
    ['another scheme', () => ({ headers: { Authorization: 'Basic eDp5' } }), '/me', 401, 'Bearer realm="api"'],
    ['half a header', () => ({ headers: { Authorization: 'Bearer' } }), '/me', 400, 'error="invalid_request"'],
    ['a forged token', () => bearer(`${token.slice(0, -8)}AAAAAAAA`), '/me', 401, 'error="invalid_token"'],
    ['a missing scope, by middleware', () => bearer(token), '/admin', 403, 'scope="admin"'],
    ['one of two scopes missing', () => bearer(token), '/both', 403, 'scope="notes:read admin"'],
    ['a missing scope, by the handler', () => bearer(token), '/notes', 403, 'scope="notes:delete"'],
    ['a path that there is not', () => ({}), '/nowhere', 401, 'Bearer realm="api"'],
  ])('%s', async (_what, init, path, status, challenge) => {
    const response = await makeApp().request(path, init());
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toContain(challenge);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status });
  });

  test('two headers, and a token in a query, a form or a cookie', async () => {
    const app = makeApp();
    const twice = new Headers([
      ['Authorization', `Bearer ${token}`],
      ['Authorization', `Bearer ${token}`],
    ]);
    expect((await app.request('/me', { headers: twice })).status).toBe(400);
    expect((await app.request(`/me?access_token=${token}`)).status).toBe(401);
    expect((await app.request('/me', { headers: { Cookie: `access_token=${token}` } })).status).toBe(401);
    const body = new URLSearchParams({ access_token: token });
    expect((await app.request('/me', { method: 'POST', body })).status).toBe(401);
  });
});

test('the log learns the exact reason, and the request', async () => {
  const refused: string[] = [];
  await makeApp(refused).request('http://api.example.com/me', bearer(signToken(key, { exp: 1 })));
  await Promise.resolve();
  expect(refused).toEqual(['token_expired http://api.example.com/me']);
});

test('an error that is no refusal is not taken for one, and the handler does not run', async () => {
  let runs = 0;
  const app = new Hono();
  app.use(requireToken({ verify: () => Promise.reject(new Error('a bug')) }));
  app.get('/', (c) => {
    runs += 1;
    return c.text('secret');
  });
  app.onError((_error, c) => c.text('Internal', 500));
  const response = await app.request('/', bearer(token));
  expect([response.status, runs]).toEqual([500, 0]);
});

import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { offerFirstAdministrator } from '../../src/operations/create-first-administrator.ts';
import { rotateSigningKeys } from '../../src/operations/manage-signing-keys.ts';
import { makeProofKey, proofFor, type ProofKey } from '../support/proofs.ts';
import { PASSWORD, problemOf, startTestServer, type TestBrowser, type TestServer } from '../support/test-server.ts';

const API = 'https://api.example.com';

let server: TestServer;
let ada: TestBrowser;
let administrator: TestBrowser;
beforeAll(async () => {
  server = await startTestServer({
    settings: { LATCHKEY_AUDIENCES: `${API}, https://files.example.com`, LATCHKEY_SCOPES: 'openid,orders:read' },
  });
  ada = await server.signedIn('ada@example.com');
  const token = (await offerFirstAdministrator(server.operations))!.reveal();
  const form = [
    ['token', token],
    ['email', 'root@example.com'],
    ['name', ''],
    ['password', PASSWORD],
  ] as const;
  await server.request(PAGES.firstAdministrator, { form });
  administrator = server.browser();
  await administrator.signIn('root@example.com');
});
afterAll(() => server.close());

interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope?: string;
}

const ask = (browser: TestBrowser, json: object = {}) => browser.request(ROUTES.sessionToken, { json });
const tokenOf = async (response: Promise<Response>) => (await (await response).json()) as TokenAnswer;
const keySet = async (on = server) => (await (await on.request(ROUTES.jwks)).json()) as JSONWebKeySet;
const verify = async (token: string, audience: string, on = server) =>
  jwtVerify(token, createLocalJWKSet(await keySet(on)), {
    issuer: on.issuer,
    audience,
    typ: 'at+jwt',
    requiredClaims: ['exp'],
  });

describe('the token', () => {
  test('has exactly the claims of the contract, and verifies against the key set', async () => {
    const before = Math.floor(Date.now() / 1000);
    const response = await ask(ada, { audience: API, scope: 'orders:read openid' });
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('Content-Type')).toBe('application/json');
    const answer = (await response.json()) as TokenAnswer;
    expect(answer).toEqual({
      access_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'orders:read openid',
    });
    const { user, session } = (await ada.session())!;
    const { payload, protectedHeader } = await verify(answer.access_token, API);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) as string });
    expect(payload).toEqual({
      iss: server.issuer,
      sub: user.id,
      aud: API,
      exp: payload.iat! + 600,
      iat: expect.any(Number) as number,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/) as string,
      client_id: 'latchkey',
      scope: 'orders:read openid',
      auth_time: expect.any(Number) as number,
      amr: ['pwd'],
      acr: 'urn:latchkey:acr:password',
      sid: session.id,
      sv: 1,
      br: '0.0',
    });
    expect(payload.iat).toBeGreaterThanOrEqual(before);
    expect(payload['auth_time']).toBeLessThanOrEqual(payload.iat!);
  });

  test('is for the issuer itself where no audience is asked for, also without a body', async () => {
    for (const response of [ask(ada), ada.request(ROUTES.sessionToken, { method: 'POST' })]) {
      const answer = await tokenOf(response);
      expect(answer).not.toHaveProperty('scope');
      expect((await verify(answer.access_token, server.issuer)).payload).not.toHaveProperty('scope');
    }
  });

  test('is another each time', async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => tokenOf(ask(ada))));
    expect(new Set(tokens.map((token) => token.access_token)).size).toBe(5);
  });

  test.each(['ES256', 'EdDSA', 'RS256'])('is signed by %s where the setting says so', async (algorithm) => {
    await using other = await startTestServer({ settings: { LATCHKEY_SIGNING_ALGORITHM: algorithm } });
    const browser = await other.signedIn('ada@example.com');
    const { access_token: token } = await tokenOf(ask(browser));
    const { protectedHeader } = await verify(token, other.issuer, other);
    expect(protectedHeader.alg).toBe(algorithm);
  });

  test('stays good over a rotation of the keys; the next one is signed by the next key', async () => {
    const { access_token: before } = await tokenOf(ask(ada));
    const known = new Set((await keySet()).keys.map((key) => key.kid));
    await rotateSigningKeys(server.operations, 'test', { dangerouslyNow: true });
    const { access_token: after } = await tokenOf(ask(ada));
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    // It was published before it signed.
    expect(known).toContain(decodeProtectedHeader(after).kid);
    await verify(before, server.issuer);
    await verify(after, server.issuer);
  });
});

describe('refused', () => {
  test.each<[object, string]>([
    [{ audience: 'https://evil.example' }, '400 invalid_target'],
    [{ audience: `${API}/` }, '400 invalid_target'],
    [{ audience: 'constructor' }, '400 invalid_target'],
    [{ scope: 'unknown' }, '400 invalid_scope'],
    [{ scope: 'admin' }, '400 invalid_scope'],
    [{ scope: 'openid admin' }, '400 invalid_scope'],
    [{ scope: 'revocations:read' }, '400 invalid_scope'],
    [{ scope: 'introspect' }, '400 invalid_scope'],
    [{ audience: '' }, '400 invalid_request'],
    [{ audience: [API] }, '400 invalid_request'],
    [{ scope: ['openid'] }, '400 invalid_request'],
    [{ scope: 'openid\u0000' }, '400 invalid_request'],
    [{ scope: 'openid\nadmin' }, '400 invalid_request'],
    // Authority from the body.
    [{ sub: 'usr_1' }, '400 invalid_request'],
    [{ roles: ['administrator'] }, '400 invalid_request'],
    [{ sid: 'ses_1', client_id: 'x' }, '400 invalid_request'],
    [{ expires_in: 999_999 }, '400 invalid_request'],
  ])('%j', async (json, problem) => {
    const response = await ask(ada, json);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await problemOf(response)).toBe(problem);
  });

  test('for nobody', async () => {
    expect(await problemOf(await server.request(ROUTES.sessionToken, { json: {} }))).toBe('401 no_session');
    // Whoever is nobody is not told what the server knows.
    expect(
      await problemOf(await server.request(ROUTES.sessionToken, { json: { audience: 'https://evil.example' } })),
    ).toBe('401 no_session');
  });

  test('for a session that has ended', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const cookie = browser.jar.header(new URL(server.issuer));
    await browser.request(ROUTES.signOut, { method: 'POST' });
    expect(await problemOf(await server.request(ROUTES.sessionToken, { json: {}, cookie }))).toBe('401 no_session');
  });
});

test('what is in memory is no authority: a session that another node has ended gets no token', async () => {
  const browser = server.browser();
  await browser.signIn('ada@example.com');
  const { session } = (await browser.session())!;
  const { queries } = server.operations.store;
  const id = session.id as `ses_${string}`;
  await queries.updateTable('sessions').set({ revoked_at: Date.now() }).where('id', '=', id).execute();
  expect(await problemOf(await ask(browser))).toBe('401 no_session');
});

describe('administrators', () => {
  test('may have the admin scope, and have their role in each token', async () => {
    const answer = await tokenOf(ask(administrator, { audience: API, scope: 'admin' }));
    expect(answer.scope).toBe('admin');
    expect((await verify(answer.access_token, API)).payload).toMatchObject({
      scope: 'admin',
      roles: ['administrator'],
    });
    const plain = await tokenOf(ask(administrator));
    expect((await verify(plain.access_token, server.issuer)).payload).not.toHaveProperty('scope');
  });

  test('lose both in the next token once they are none any more', async () => {
    await server.operations.store.queries
      .updateTable('users')
      .set({ role: 'user' })
      .where('email_key', '=', 'root@example.com')
      .execute();
    expect(await problemOf(await ask(administrator, { scope: 'admin' }))).toBe('400 invalid_scope');
    const { access_token: token } = await tokenOf(ask(administrator));
    expect((await verify(token, server.issuer)).payload).not.toHaveProperty('roles');
  });
});

test('after revoke-others the version of new tokens is higher, so that the old ones can be told apart', async () => {
  const before = await verify((await tokenOf(ask(ada))).access_token, server.issuer);
  await ada.request(ROUTES.revokeOthers, { method: 'POST' });
  const after = await verify((await tokenOf(ask(ada))).access_token, server.issuer);
  expect(after.payload['sv']).toBe((before.payload['sv'] as number) + 1);
});

describe('RFC 9449: a proof of possession', () => {
  const prove = async (key: ProofKey, claims: object = {}) =>
    proofFor(server, key, { htu: server.issuer + ROUTES.sessionToken, ...claims });
  const askWith = (proof: string) =>
    ada.request(ROUTES.sessionToken, { json: { audience: API }, headers: { DPoP: proof } });

  test('§5: binds the token to its key', async () => {
    const key = await makeProofKey();
    const answer = await tokenOf(askWith(await prove(key)));
    expect(answer.token_type).toBe('DPoP');
    const { payload } = await verify(answer.access_token, API);
    expect(payload['cnf']).toEqual({ jkt: key.thumbprint });
  });

  test.each<[string, object]>([
    ['for another endpoint', { htu: `https://evil.example${ROUTES.sessionToken}` }],
    ['for another method', { htm: 'GET' }],
    ['from the past', { iat: Math.floor(Date.now() / 1000) - 3600 }],
    ['without an id', { jti: undefined }],
  ])('§4.3: refused %s', async (_what, claims) => {
    expect(await problemOf(await askWith(await prove(await makeProofKey(), claims)))).toBe('400 invalid_dpop_proof');
  });

  test('§11.1: good once', async () => {
    const proof = await prove(await makeProofKey());
    expect((await askWith(proof)).status).toBe(200);
    expect(await problemOf(await askWith(proof))).toBe('400 invalid_dpop_proof');
  });
});

describe.each<[string, string, readonly string[]]>([
  ['page', 'to read, or in a cookie', ['200', '200']],
  ['cookie', 'in a cookie alone', ['403 tokens_not_offered', '200']],
  ['off', 'not at all', ['403 tokens_not_offered', '403 tokens_not_offered']],
])('LATCHKEY_SESSION_TOKENS=%s', (sessionTokens, how, expected) => {
  test(`a page gets tokens ${how}`, async () => {
    await using other = await startTestServer({ settings: { LATCHKEY_SESSION_TOKENS: sessionTokens } });
    const browser = await other.signedIn('ada@example.com');
    const outcomeOf = async (json: object) => {
      const answer = await ask(browser, json);
      return answer.ok ? `${answer.status}` : problemOf(answer);
    };
    expect([await outcomeOf({}), await outcomeOf({ deliver: 'cookie' })]).toEqual(expected);
  });
});

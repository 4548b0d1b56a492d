import { generateKeyPair, SignJWT } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import { HOUR_MS, SECOND_MS } from '../../src/domain/instant.ts';
import { revoke } from '../../src/operations/context.ts';
import { issueAccessToken } from '../../src/operations/issue-access-token.ts';
import { openPrivateKey } from '../../src/operations/key-ring.ts';
import { disableClient, enableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { rotateSigningKeys } from '../../src/operations/manage-signing-keys.ts';
import { revokeSigningKey } from '../../src/operations/revoke-signing-key.ts';
import { listSigningKeys } from '../../src/storage/signing-keys.ts';
import { addClientSession, addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const API = 'https://api.example';

let clock: TestClock;
let server: TestServer;
let monitor: TestClient;
let resourceServer: TestClient;
let users = 0;
beforeAll(async () => {
  clock = new TestClock();
  server = await startClockedServer(clock);
  monitor = await addTestClient(server.operations, { scope: 'introspect' });
  resourceServer = await addTestClient(server.operations, { scope: 'introspect', audiences: [API] });
});
afterAll(() => server.close());

type Answer = Record<string, unknown> & { readonly active: boolean };

async function introspect(token: string, by = monitor, more: Record<string, string> = {}): Promise<Answer> {
  const response = await server.request(ROUTES.introspect, clientForm(by, { token, ...more }));
  expect(response.status).toBe(200);
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  return (await response.json()) as Answer;
}

interface SignedInUser {
  readonly browser: TestBrowser;
  readonly userId: UserId;
  readonly sessionId: SessionId;
}

async function aUser(): Promise<SignedInUser> {
  users += 1;
  const browser = await server.signedIn(`person-${users}@example.com`);
  const { user, session } = (await browser.session())!;
  return { browser, userId: user.id as UserId, sessionId: session.id as SessionId };
}

async function tokenOf({ browser }: Pick<SignedInUser, 'browser'>, audience?: string): Promise<string> {
  const json = audience === undefined ? {} : { audience };
  const response = await browser.request(ROUTES.sessionToken, { json });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function aService(): Promise<TestClient> {
  return addTestClient(server.operations, { grants: ['client_credentials'], scope: 'orders:read', audiences: [API] });
}

async function tokenOfClient(client: TestClient): Promise<string> {
  const response = await server.request(ROUTES.token, clientForm(client, { grant_type: 'client_credentials' }));
  return ((await response.json()) as { access_token: string }).access_token;
}

const INACTIVE = { active: false };
const database = () => server.operations.store.queries;

describe('an active token is told in full', () => {
  test("a browser session's", async () => {
    const user = await aUser();
    const { exp, iat, jti, auth_time: authTime, ...rest } = await introspect(await tokenOf(user, API));
    expect(rest).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: server.issuer,
      sub: user.userId,
      aud: API,
      client_id: 'latchkey',
      amr: ['pwd'],
      acr: 'urn:latchkey:acr:password',
      sid: user.sessionId,
      sv: 1,
      br: '0.0',
    });
    expect([exp, iat, authTime, typeof jti]).toEqual([
      clock.now() / 1000 + 600,
      clock.now() / 1000,
      clock.now() / 1000,
      'string',
    ]);
  });

  test("a client's own, whatever the hint", async () => {
    const service = await aService();
    const token = await tokenOfClient(service);
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
      expect(await introspect(token, monitor, { token_type_hint: hint })).toMatchObject({
        active: true,
        sub: service.id,
        client_id: service.id,
        scope: 'orders:read',
        aud: API,
        cv: 1,
      });
    }
  });
});

test("a client's token for a user falls with the user's session, and with the client", async () => {
  for (const end of ['session', 'client'] as const) {
    const client = await aService();
    const { browser, userId } = await aUser();
    const { session } = await addClientSession(server.operations, userId, client.id);
    const mint = () => issueAccessToken(server.operations, session, {});
    const issued = await mint();
    const token = issued.kind === 'issued' ? issued.accessToken : issued.kind;
    expect(await introspect(token)).toMatchObject({ active: true, sub: userId, client_id: client.id, cv: 1, sv: 1 });
    if (end === 'session') await browser.request(ROUTES.revokeAll, { method: 'POST' });
    else await disableClient(server.operations, client.id, 'test');
    expect(await introspect(token)).toEqual(INACTIVE);
    expect(await mint()).toEqual({ kind: 'no_session' });
  }
});

describe('a resource server', () => {
  test('is told of tokens for it alone', async () => {
    const user = await aUser();
    expect(await introspect(await tokenOf(user, API), resourceServer)).toMatchObject({ active: true });
    expect(await introspect(await tokenOf(user, 'https://other.example'), resourceServer)).toEqual(INACTIVE);
    expect(await introspect(await tokenOf(user), resourceServer)).toEqual(INACTIVE);
  });

  test('is told of no refresh token', async () => {
    const user = await aUser();
    const { refreshToken } = await addClientSession(server.operations, user.userId, resourceServer.id);
    expect(await introspect(refreshToken, resourceServer)).toEqual(INACTIVE);
  });
});

describe('not active', () => {
  const ends: [name: string, end: (user: SignedInUser) => Promise<unknown>][] = [
    ['signed out', ({ browser }) => browser.request(ROUTES.signOut, { method: 'POST' })],
    ['signed out everywhere', ({ browser }) => browser.request(ROUTES.revokeAll, { method: 'POST' })],
    [
      'from before the others were signed out',
      ({ browser }) => browser.request(ROUTES.revokeOthers, { method: 'POST' }),
    ],
    [
      'of a banned user',
      ({ userId }) =>
        database().updateTable('users').set({ banned_at: clock.now() }).where('id', '=', userId).execute(),
    ],
    ['of a deleted user', ({ userId }) => database().deleteFrom('users').where('id', '=', userId).execute()],
    [
      'of a branch that was given up',
      ({ sessionId }) => database().updateTable('sessions').set({ attempt: 1 }).where('id', '=', sessionId).execute(),
    ],
    [
      'of an older branch that was given up',
      async ({ sessionId }) => {
        const key = `${sessionId}:0.0` as const;
        await server.operations.store.transaction((tx) =>
          revoke(server.operations, tx, clock.now(), { kind: 'branch', key }),
        );
      },
    ],
  ];
  test.each(ends)('%s', async (_name, end) => {
    const user = await aUser();
    const token = await tokenOf(user);
    expect(await introspect(token)).toMatchObject({ active: true });
    await end(user);
    expect(await introspect(token)).toEqual(INACTIVE);
  });

  const clientEnds: [name: string, end: (client: TestClient) => Promise<unknown>][] = [
    ['disabled', ({ id }) => disableClient(server.operations, id, 'test')],
    [
      'disabled, and enabled again',
      async ({ id }) => {
        await disableClient(server.operations, id, 'test');
        await enableClient(server.operations, id, 'test');
      },
    ],
    ['removed', ({ id }) => removeClient(server.operations, id, 'test')],
    ['given another secret', ({ id }) => rotateClientSecret(server.operations, id, 0, 'test')],
  ];
  test.each(clientEnds)('of a client that was %s', async (_name, end) => {
    const service = await aService();
    const token = await tokenOfClient(service);
    expect(await introspect(token)).toMatchObject({ active: true });
    await end(service);
    expect(await introspect(token)).toEqual(INACTIVE);
  });

  test('but of a client that changes its secret at leisure', async () => {
    const service = await aService();
    const token = await tokenOfClient(service);
    await rotateClientSecret(server.operations, service.id, 60, 'test');
    expect(await introspect(token)).toMatchObject({ active: true });
  });

  test('from its end on', async () => {
    const token = await tokenOfClient(await aService());
    clock.advance(600 * SECOND_MS - 1);
    expect(await introspect(token)).toMatchObject({ active: true });
    clock.advance(1);
    expect(await introspect(token)).toEqual(INACTIVE);
  });

  test('of a key that was revoked, also on a node that has not heard of it', async () => {
    const token = await tokenOfClient(await aService());
    const active = (await listSigningKeys(database())).find(({ state }) => state === 'active');
    await server.operations.store.transaction((tx) =>
      tx.deleteFrom('signing_keys').where('kid', '=', active!.kid).execute(),
    );
    expect(await introspect(token)).toEqual(INACTIVE);
    // As the operation does it, and for all that come after.
    const next = (await listSigningKeys(database())).find(({ state }) => state === 'next');
    await revokeSigningKey(server.operations, next!.kid, 'test');
    expect(await introspect(token)).toEqual(INACTIVE);
    expect(await introspect(await tokenOfClient(await aService()))).toMatchObject({ active: true });
  });

  test('but of a key that has retired, or that another node has just made', async () => {
    const service = await aService();
    const before = await tokenOfClient(service);
    await rotateSigningKeys(server.operations, 'test', { dangerouslyNow: true });
    expect(await introspect(before)).toMatchObject({ active: true });
    expect(await introspect(await tokenOfClient(service))).toMatchObject({ active: true });
  });
});

describe('what is no token of ours', () => {
  /** Members to change; undefined takes one out. */
  type Changes = Readonly<Record<string, unknown>>;
  const secondsNow = () => Math.floor(clock.now() / 1000);

  /** A token that the server's own key signed, with something about it changed. */
  async function forged(payload: Changes, header: Changes = {}): Promise<string> {
    const { keys } = server.operations;
    const active = (await listSigningKeys(database())).find(({ state }) => state === 'active')!;
    const claims = {
      iss: server.issuer,
      sub: monitor.id,
      aud: server.issuer,
      exp: secondsNow() + 60,
      iat: secondsNow(),
      jti: 'forged',
      client_id: monitor.id,
      cv: 1,
      ...payload,
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: active.algorithm, kid: active.kid, typ: 'at+jwt', ...header })
      .sign(openPrivateKey(keys, active));
  }

  test('the forgery below would be active as it is', async () => {
    expect(await introspect(await forged({}))).toMatchObject({ active: true });
  });

  test.each<[payload: Changes, header: Changes]>([
    [{ iss: 'https://evil.example' }, {}],
    [{ iss: 'http://localhost:4400/' }, {}],
    [{}, { typ: 'JWT' }],
    [{}, { typ: 'id_token+jwt' }],
    [{}, { kid: 'unknown' }],
    [{}, { kid: undefined }],
    [{ jti: undefined }, {}],
    [{ sub: undefined }, {}],
    [{ client_id: undefined }, {}],
    [{ exp: undefined }, {}],
    [{ cv: undefined }, {}],
    [{ client_id: 'cli_1' }, {}],
    [{ client_id: 'latchkey' }, {}],
    [{ sid: 'ses_1' }, {}],
    [{ sid: `ses_${'0'.repeat(32)}` }, {}],
    [{ client_id: 'latchkey', sid: 'no session' }, {}],
  ])('%j %j', async (payload, header) => {
    expect(await introspect(await forged(payload, header))).toEqual(INACTIVE);
  });

  test('another key under our name', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const [ours] = (await forged({})).split('.');
    const { kid } = JSON.parse(Buffer.from(ours!, 'base64url').toString()) as { kid: string };
    const token = await new SignJWT({ sub: monitor.id, client_id: monitor.id, jti: 'x', aud: 'y', cv: 1 })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
      .setIssuer(server.issuer)
      .setIssuedAt(secondsNow())
      .setExpirationTime(secondsNow() + 60)
      .sign(privateKey);
    expect(await introspect(token)).toEqual(INACTIVE);
  });

  test('an algorithm of the token’s choice', async () => {
    const [, payload, signature] = (await forged({})).split('.');
    const active = (await listSigningKeys(database())).find(({ state }) => state === 'active')!;
    for (const alg of ['none', 'HS256', 'EdDSA', 'RS256', 'ES384']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: active.kid, typ: 'at+jwt' })).toString('base64url');
      expect(await introspect(`${header}.${payload}.${signature}`)).toEqual(INACTIVE);
      expect(await introspect(`${header}.${payload}.`)).toEqual(INACTIVE);
    }
  });

  test.each([
    'x',
    '...',
    'a.b.c',
    'a.b.c.d.e',
    'eyJhbGciOiJub25lIn0.e30.',
    'lkr_',
    'lko_abc',
    '{"active":true}',
    '../../x',
    "' or 1=1 --",
    'ü',
    'x'.repeat(60_000),
  ])('%.40s', async (token) => {
    expect(await introspect(token)).toEqual(INACTIVE);
  });
});

describe('a refresh token', () => {
  test('is active as long as it would be accepted, and is not used by being asked about', async () => {
    const { userId } = await aUser();
    const { session, refreshToken } = await addClientSession(server.operations, userId, monitor.id);
    const row = () => database().selectFrom('sessions').selectAll().where('id', '=', session.id).executeTakeFirst();
    const before = await row();
    clock.advance(HOUR_MS - 1);
    expect(await introspect(refreshToken)).toEqual({
      active: true,
      iss: server.issuer,
      sub: userId,
      client_id: monitor.id,
      iat: session.rotatedAt / 1000,
      exp: session.idleExpiresAt / 1000,
      sid: session.id,
    });
    expect(await row()).toEqual(before);
    clock.advance(1);
    expect(await introspect(refreshToken)).toEqual(INACTIVE);
  });

  test('is not active when an older one would show a theft, and the session lives on', async () => {
    const { userId } = await aUser();
    const { session, refreshToken } = await addClientSession(server.operations, userId, monitor.id);
    await database().updateTable('sessions').set({ generation: 2 }).where('id', '=', session.id).execute();
    expect(await introspect(refreshToken)).toEqual(INACTIVE);
    const row = await database().selectFrom('sessions').select('revoked_at').where('id', '=', session.id).execute();
    expect(row).toEqual([{ revoked_at: null }]);
  });

  test('of a disabled client is not active', async () => {
    const client = await aService();
    const { userId } = await aUser();
    const { session, refreshToken } = await addClientSession(server.operations, userId, client.id);
    expect(await introspect(refreshToken)).toMatchObject({ active: true });
    expect(await disableClient(server.operations, client.id, 'test')).toMatchObject({ sessionsEnded: 1 });
    expect(await introspect(refreshToken)).toEqual(INACTIVE);
    const row = database().selectFrom('sessions').select('revoked_reason').where('id', '=', session.id);
    expect(await row.execute()).toEqual([{ revoked_reason: 'client_disabled' }]);
  });

  test('that is forged, or a cookie, is not active', async () => {
    const { browser, userId } = await aUser();
    const { refreshToken } = await addClientSession(server.operations, userId, monitor.id, {
      salt: new Uint8Array(16),
    });
    const other = await addClientSession(server.operations, userId, monitor.id);
    await database()
      .updateTable('sessions')
      .set({ salt: new Uint8Array(16).fill(1) })
      .where('id', '=', other.session.id)
      .execute();
    expect(await introspect(refreshToken)).toMatchObject({ active: true });
    expect(await introspect(other.refreshToken)).toEqual(INACTIVE);
    const [cookie] = browser.jar.header(new URL(server.issuer))!.split(';');
    expect(await introspect(cookie!.split('=')[1]!)).toEqual(INACTIVE);
  });
});

describe('who may ask', () => {
  test('a client with the scope', async () => {
    const without = await addTestClient(server.operations, { scope: 'revocations:read' });
    const answer = server.request(ROUTES.introspect, clientForm(without, { token: 'x' }));
    expect(await oauthErrorOf(await answer)).toBe('403 insufficient_scope');
    const nobody = server.request(ROUTES.introspect, { form: [['token', 'x']] });
    expect(await oauthErrorOf(await nobody)).toBe('401 invalid_client');
  });

  test('about one token', async () => {
    const ask = (form: [string, string][]) =>
      server.request(ROUTES.introspect, { form, headers: { Authorization: monitor.basic } });
    expect(await oauthErrorOf(await ask([]))).toBe('400 invalid_request');
    expect(await oauthErrorOf(await ask([['token', '']]))).toBe('400 invalid_request');
    const twice: [string, string][] = [
      ['token', 'x'],
      ['token', 'x'],
    ];
    expect(await oauthErrorOf(await ask(twice))).toBe('400 invalid_request');
  });
});

test('nothing of a token is logged, and nothing is written', async () => {
  const user = await aUser();
  const token = await tokenOf(user);
  const { refreshToken } = await addClientSession(server.operations, user.userId, monitor.id);
  await user.browser.request(ROUTES.signOut, { method: 'POST' });
  const before = await server.tableCounts();
  for (const asked of [token, refreshToken]) await introspect(asked);
  expect(await server.tableCounts()).toEqual(before);
  const logged = server.log.text();
  for (const secret of [token, refreshToken, monitor.secret, monitor.basic]) expect(logged).not.toContain(secret);
  expect(logged).toContain('session_ended');
});

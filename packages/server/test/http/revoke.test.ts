import { decodeJwt } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserId } from '../../src/domain/ids.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { addClientSession, addTestClient, clientForm, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

let clock: TestClock;
let server: TestServer;
let service: TestClient;
let other: TestClient;
let administration: TestClient;
let ada: TestBrowser;
let userId: UserId;
beforeAll(async () => {
  clock = new TestClock();
  server = await startClockedServer(clock);
  const { operations } = server;
  service = await addTestClient(operations, { grants: ['client_credentials'], scope: 'introspect' });
  other = await addTestClient(operations, { grants: ['client_credentials'], scope: 'introspect' });
  administration = await addTestClient(operations, { scope: 'admin' });
  ada = await server.signedIn('ada@example.com');
  userId = (await ada.session())!.user.id as UserId;
});
afterAll(() => server.close());

const revoke = (token: string, by: TestClient, more: Record<string, string> = {}) =>
  server.request(ROUTES.revoke, clientForm(by, { token, ...more }));

async function tokenOfClient(client: TestClient): Promise<string> {
  const response = await server.request(ROUTES.token, clientForm(client, { grant_type: 'client_credentials' }));
  return ((await response.json()) as { access_token: string }).access_token;
}

async function tokenOfBrowser(): Promise<string> {
  const response = await ada.request(ROUTES.sessionToken, { json: {} });
  return ((await response.json()) as { access_token: string }).access_token;
}

async function isActive(token: string): Promise<boolean> {
  const response = await server.request(ROUTES.introspect, clientForm(other, { token }));
  return ((await response.json()) as { active: boolean }).active;
}

async function expectDone(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
}

/** What is written while this runs: to the log of revocations and to that of the audit. */
async function written(work: () => Promise<unknown>) {
  const { queries } = server.operations.store;
  const audited = () => queries.selectFrom('audit_events').selectAll().execute();
  const log = await listRevocations(queries, 0, 1000);
  const before = new Set((await audited()).map(({ id }) => id));
  await work();
  const events = (await listRevocations(queries, 0, 1000)).slice(log.length);
  return {
    revoked: events.map(({ kind, key }) => [kind, key]),
    audits: (await audited())
      .filter(({ id }) => !before.has(id))
      .map(({ type, actor, target, outcome }) => [type, actor, target, outcome]),
  };
}

const NOTHING = { revoked: [], audits: [] };

describe('an access token', () => {
  test('is void alone, at once, and once', async () => {
    const [token, another] = [await tokenOfClient(service), await tokenOfClient(service)];
    const { jti } = decodeJwt(token);
    expect(await written(async () => expectDone(await revoke(token, service)))).toEqual({
      revoked: [['token', jti]],
      audits: [['token.revoked', service.id, jti, 'success']],
    });
    expect(await isActive(token)).toBe(false);
    expect(await isActive(another)).toBe(true);
    expect(await written(async () => expectDone(await revoke(token, service)))).toEqual(NOTHING);
  });

  test('is known by its look, whatever the hint', async () => {
    for (const hint of ['refresh_token', 'access_token', 'nonsense', '']) {
      const token = await tokenOfClient(service);
      await expectDone(await revoke(token, service, { token_type_hint: hint }));
      expect(await isActive(token)).toBe(false);
    }
  });

  test('of another client stays', async () => {
    const token = await tokenOfClient(service);
    for (const by of [other, administration]) {
      const changes = await written(async () =>
        expect(await oauthErrorOf(await revoke(token, by))).toBe('400 unauthorized_client'),
      );
      expect(changes).toEqual(NOTHING);
    }
    expect(await isActive(token)).toBe(true);
  });

  test('of a browser session is void by a client with the scope admin only', async () => {
    const token = await tokenOfBrowser();
    expect(await oauthErrorOf(await revoke(token, service))).toBe('400 unauthorized_client');
    expect(await isActive(token)).toBe(true);
    const { jti } = decodeJwt(token);
    expect(await written(async () => expectDone(await revoke(token, administration)))).toEqual({
      revoked: [['token', jti]],
      audits: [['token.revoked', administration.id, jti, 'success']],
    });
    expect(await isActive(token)).toBe(false);
    expect(await isActive(await tokenOfBrowser())).toBe(true);
  });

  test('that has expired needs no event', async () => {
    const token = await tokenOfClient(service);
    clock.advance(600_000);
    expect(await written(async () => expectDone(await revoke(token, service)))).toEqual(NOTHING);
  });
});

describe('a refresh token', () => {
  test('ends its session, once', async () => {
    const { session, refreshToken } = await addClientSession(server.operations, userId, service.id);
    expect(await isActive(refreshToken)).toBe(true);
    expect(await written(async () => expectDone(await revoke(refreshToken, service)))).toEqual({
      revoked: [['session', session.id]],
      audits: [['session.ended', service.id, session.id, 'success']],
    });
    expect(await isActive(refreshToken)).toBe(false);
    expect(await written(async () => expectDone(await revoke(refreshToken, service)))).toEqual(NOTHING);
    expect(await ada.session()).toBeDefined();
  });

  test('of another client stays', async () => {
    const { refreshToken } = await addClientSession(server.operations, userId, service.id);
    for (const by of [other, administration]) {
      const changes = await written(async () =>
        expect(await oauthErrorOf(await revoke(refreshToken, by))).toBe('400 unauthorized_client'),
      );
      expect(changes).toEqual(NOTHING);
    }
    expect(await isActive(refreshToken)).toBe(true);
  });

  test('that only names its session ends nothing', async () => {
    const { session, refreshToken } = await addClientSession(server.operations, userId, service.id);
    const { queries } = server.operations.store;
    await queries
      .updateTable('sessions')
      .set({ salt: new Uint8Array(16) })
      .where('id', '=', session.id)
      .execute();
    expect(await written(async () => expectDone(await revoke(refreshToken, service)))).toEqual(NOTHING);
  });
});

test.each(['x', 'a.b.c', 'lkr_', 'lks_x', 'eyJhbGciOiJub25lIn0.e30.', '*', 'x'.repeat(60_000)])(
  'what was never a token is answered alike: %.30s',
  async (token) => {
    expect(await written(async () => expectDone(await revoke(token, service)))).toEqual(NOTHING);
  },
);

test('the cookie of a browser is no token here', async () => {
  const cookie = ada.jar.header(new URL(server.issuer))!;
  const value = cookie.split(';')[0]!.split('=')[1]!;
  expect(await written(async () => expectDone(await revoke(value, administration)))).toEqual(NOTHING);
  expect(await ada.session()).toBeDefined();
});

test('nobody revokes without a client, and no client without a token', async () => {
  const token = await tokenOfClient(service);
  expect(await oauthErrorOf(await server.request(ROUTES.revoke, { form: [['token', token]] }))).toBe(
    '401 invalid_client',
  );
  expect(await oauthErrorOf(await revoke('', service))).toBe('400 invalid_request');
  expect(await isActive(token)).toBe(true);
  expect(server.log.text()).not.toContain(token);
});

/** Changes that began in time and end too late: what they rest on is looked at again where they are made. */
import { ADMIN_ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { banUser } from '../../src/operations/ban-user.ts';
import { changeClient } from '../../src/operations/change-client.ts';
import { changeRole } from '../../src/operations/change-role.ts';
import { disableClient } from '../../src/operations/manage-clients.ts';
import { listKeys } from '../../src/operations/manage-signing-keys.ts';
import { addUser, findUserById, type AddUserResult } from '../../src/operations/manage-users.ts';
import { readClient } from '../../src/operations/read-client.ts';
import type { Store } from '../../src/storage/store.ts';
import { addTestClient } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { PASSWORD, problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { aManager, anAdministrator, browserToken, ENDPOINTS, manage } from './management.ts';

describeEachDatabase('a change that is under way', (database) => {
  let server: TestServer;
  let people = 0;
  /** Done once, before the next transaction begins. */
  let beforeTransaction: (() => Promise<unknown>) | undefined;
  const wrapStore = (store: Store): Store => ({
    ...store,
    transaction: async (work) => {
      const happens = beforeTransaction;
      beforeTransaction = undefined;
      await happens?.();
      return store.transaction(work);
    },
  });
  beforeAll(async () => {
    server = await startClockedServer(new TestClock(), { databaseUrl: database.url, wrapStore });
  });
  afterAll(() => server.close());

  const anAddress = () => `under-way-${(people += 1)}@example.com`;
  const aService = () => addTestClient(server.operations, { grants: ['client_credentials'], scope: 'a' });

  const aPublicKey = async (): Promise<object> => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    return { kty, crv, x, y };
  };

  /** A request whose body comes only once something else has happened, after the server has begun to wait for it. */
  function send(token: string, method: string, path: string, json: object, meanwhile: () => Promise<unknown>) {
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          await meanwhile();
          controller.enqueue(new TextEncoder().encode(JSON.stringify(json)));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    return server.fetch(new Request(server.issuer + path, { method, headers, body, duplex: 'half' } as RequestInit));
  }

  describe('is refused to whoever may manage no more when the body comes', () => {
    const aNewUser = { email: 'too-late@example.com', password: PASSWORD, role: 'administrator' };
    /** How it is refused, which changes nothing. */
    const refusal = async (token: string, meanwhile: () => Promise<unknown>) => {
      let before: unknown;
      const response = await send(token, 'POST', ADMIN_ROUTES.users, aNewUser, async () => {
        await meanwhile();
        before = await server.tableCounts();
      });
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
      expect(await server.tableCounts()).toEqual(before);
      return problemOf(response);
    };

    test('a client', async () => {
      const { client, token } = await aManager(server);
      const refused = await refusal(token, () => disableClient(server.operations, client.id, 'test'));
      expect(refused).toBe('401 access_token_invalid');
    });

    test.each<[string, (id: `usr_${string}`) => Promise<unknown>]>([
      ['without the role', (id) => changeRole(server.operations, { id, role: 'user' }, 'test')],
      ['banned', (id) => banUser(server.operations, { id }, 'test')],
    ])('a user, %s', async (_name, end) => {
      const administrator = await anAdministrator(server, anAddress());
      const refused = await refusal(await browserToken(administrator), () => end(administrator.id));
      expect(refused).toBe('401 access_token_invalid');
    });
  });

  test('whatever it is, is made by nobody who was revoked the moment before', async () => {
    const account = async () => {
      const input = { email: anAddress(), password: PASSWORD, name: null, role: 'user' } as const;
      return (await addUser(server.operations, input, 'test')) as Extract<AddUserResult, { kind: 'added' }>;
    };
    const [{ user }, { id: clientId }] = [await account(), await aService()];
    const browser = server.browser();
    await browser.signIn(user.email);
    const { id: sessionId } = (await browser.session())!.session;
    const [{ kid } = { kid: '' }] = await listKeys(server.operations);
    const paths: Readonly<Record<string, string>> = {
      [`usr_${'0'.repeat(32)}`]: user.id,
      [`cli_${'0'.repeat(32)}`]: clientId,
      [`ses_${'0'.repeat(32)}`]: sessionId,
      ['A'.repeat(43)]: kid,
    };
    const bodies: Readonly<Record<string, object>> = {
      [`POST ${ADMIN_ROUTES.users}`]: { email: anAddress(), password: PASSWORD },
      [`POST ${ADMIN_ROUTES.importUsers}`]: { users: [{ email: anAddress(), email_verified: true }] },
      [`PUT ${ADMIN_ROUTES.users}/${user.id}/role`]: { role: 'administrator' },
      [`POST ${ADMIN_ROUTES.clients}`]: { client_name: 'New' },
      [`PATCH ${ADMIN_ROUTES.clients}/${clientId}`]: { client_name: 'Other' },
      [`PUT ${ADMIN_ROUTES.clients}/${clientId}/keys`]: { jwks: await aPublicKey() },
      [`POST ${ADMIN_ROUTES.rotateKeys}`]: { dangerously_now: true },
    };
    for (const { method, path: template } of ENDPOINTS.filter((endpoint) => endpoint.method !== 'GET')) {
      const path = Object.entries(paths).reduce((text, [nobody, somebody]) => text.replace(nobody, somebody), template);
      const json = bodies[`${method} ${path}`];
      const { client, token } = await aManager(server);
      const before = await server.tableCounts();
      beforeTransaction = () => disableClient(server.operations, client.id, 'test');
      const response = await manage(server, token, path, { method, ...(json !== undefined && { json }) });
      expect([method, path, await problemOf(response)]).toEqual([method, path, '401 access_token_invalid']);
      expect(await findUserById(server.operations, user.id)).toMatchObject({
        role: 'user',
        applicationRoles: [],
        bannedAt: null,
      });
      // The client that was disabled has left its traces, and a mail that was asked for is counted.
      const { audit_events: audited = 0, revocation_events: revoked = 0 } = before;
      const counted = { rate_limits: expect.any(Number) as unknown };
      const after = { ...before, ...counted, audit_events: audited + 1, revocation_events: revoked + 1 };
      expect([path, await server.tableCounts()]).toEqual([path, after]);
    }
  });

  describe('is refused where somebody else has meanwhile given power to what it changes', () => {
    test.each<[string, string, object]>([
      ['PATCH', '', { redirect_uris: ['https://evil.example/'] }],
      ['POST', '/secret', { overlap_seconds: 0 }],
      ['PUT', '/keys', { jwks: {} }],
    ])('a client: %s %s', async (method, change, json) => {
      const { token } = await aManager(server, 'admin:clients');
      const { id } = await aService();
      const path = `${ADMIN_ROUTES.clients}/${id}${change}`;
      const body = 'jwks' in json ? { jwks: await aPublicKey() } : json;
      const response = await send(token, method, path, body, () =>
        changeClient(server.operations, id, { scope: 'a admin' }, 'test'),
      );
      expect(await problemOf(response)).toBe('403 not_permitted');
      const found = await readClient(server.operations, id);
      expect(found).toMatchObject({ client: { redirectUris: [], scopes: ['a', 'admin'], version: 1 }, keys: [] });
    });

    test('a user', async () => {
      const { token } = await aManager(server, 'admin:users');
      const input = { email: anAddress(), password: PASSWORD, name: null, role: 'user' } as const;
      const added = await addUser(server.operations, input, 'test');
      const { id } = (added as Extract<typeof added, { kind: 'added' }>).user;
      const response = await send(token, 'PUT', `${ADMIN_ROUTES.users}/${id}/role`, { role: 'user' }, () =>
        changeRole(server.operations, { id, role: 'administrator' }, 'test'),
      );
      expect(await problemOf(response)).toBe('403 not_permitted');
      expect(await findUserById(server.operations, id)).toMatchObject({ role: 'administrator' });
    });
  });
});

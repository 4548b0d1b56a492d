/** Who may use the management API (RFC 6750), and who is out, since a moment ago or ever. */
import { SignJWT } from 'jose';
import { ADMIN_ROUTES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_SCOPES } from '../../src/domain/administration/scopes.ts';
import { SECOND_MS } from '../../src/domain/instant.ts';
import { banUser } from '../../src/operations/ban-user.ts';
import { changeRole } from '../../src/operations/change-role.ts';
import { openPrivateKey } from '../../src/operations/key-ring.ts';
import { disableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { revokeSigningKey } from '../../src/operations/revoke-signing-key.ts';
import { listSigningKeys } from '../../src/storage/signing-keys.ts';
import { addTestClient, basicHeader, clientForm } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { aManager, anAdministrator, browserToken, ENDPOINTS, manage, tokenOf } from './management.ts';

const INVALID = '401 access_token_invalid';
const INVALID_CHALLENGE = 'Bearer realm="latchkey", error="invalid_token"';

describeEachDatabase('the management API', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let people = 0;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
  });
  afterAll(() => server.close());

  const list = (token: string, headers: Record<string, string> = {}) =>
    manage(server, token, ADMIN_ROUTES.users, { headers });
  const someone = () => {
    people += 1;
    return anAdministrator(server, `administrator-${people}@example.com`);
  };
  /** How the token is refused, with the challenge that belongs to it. */
  const refusalOf = async (token: string) => {
    const response = await list(token);
    expect(response.headers.get('WWW-Authenticate')).toBe(INVALID_CHALLENGE);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    return problemOf(response);
  };

  test('each endpoint takes its own scope, the one above it and `admin`, and no other', async () => {
    const tokens = new Map<string, string>();
    for (const scope of [...ADMIN_SCOPES, 'introspect']) tokens.set(scope, (await aManager(server, scope)).token);
    const before = await server.tableCounts();
    for (const { method, path, scope, status, json } of ENDPOINTS) {
      const enough = new Set(['admin', scope, scope.replace(/:read$/, '')]);
      for (const [given, token] of tokens) {
        const response = await manage(server, token, path, { method, ...(json !== undefined && { json }) });
        const asked = `${method} ${path} with ${given}`;
        if (enough.has(given)) {
          expect([asked, response.status]).toEqual([asked, status]);
        } else {
          // RFC 6750 §3.1: the scope that is needed is named.
          const challenge = `Bearer realm="latchkey", error="insufficient_scope", scope="${scope}"`;
          expect([asked, response.headers.get('WWW-Authenticate')]).toEqual([asked, challenge]);
          expect([asked, await problemOf(response)]).toEqual([asked, '403 insufficient_scope']);
        }
        expect(response.headers.get('Cache-Control')).toBe('no-store');
      }
    }
    expect(await server.tableCounts()).toEqual(before);
  });

  test('every endpoint of it is in the table', () => {
    const paths = new Set(ENDPOINTS.map(({ path }) => path.replace(/\/(?:\w{3}_0{32}|A{43})/, '')));
    for (const path of Object.values(ADMIN_ROUTES)) expect([...paths]).toContain(path);
  });

  test('RFC 6750 §3.1: whoever shows nothing is told how, and of no error', async () => {
    for (const { method, path } of ENDPOINTS) {
      const response = await server.request(path, { method });
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer realm="latchkey"');
      expect(await problemOf(response)).toBe('401 access_token_required');
    }
  });

  test('an administrator is nobody by the cookie alone', async () => {
    const { browser } = await someone();
    for (const { method, path } of ENDPOINTS) {
      expect(await problemOf(await browser.request(path, { method }))).toBe('401 access_token_required');
    }
  });

  test('other schemes and other ways to send a token are none (RFC 6750 §2.2, §2.3)', async () => {
    const { client, token } = await aManager(server);
    for (const value of [`DPoP ${token}`, `Basic ${token}`, basicHeader(client.id, client.secret), token, 'Bearer']) {
      expect(await problemOf(await list(token, { Authorization: value }))).toBe(INVALID);
    }
    expect(await problemOf(await server.request(`${ADMIN_ROUTES.users}?access_token=${token}`))).toBe(
      '401 access_token_required',
    );
    expect((await list(token, { Authorization: `bEARER  ${token}` })).status).toBe(200);
  });

  test('nothing in a request makes it one of the server itself', async () => {
    const headers = { Authority: 'cli', 'X-Authority': 'cli', 'X-Forwarded-For': '127.0.0.1', Host: 'localhost' };
    const asked = new Request(server.issuer + ADMIN_ROUTES.users, { headers });
    const lookalikes: unknown[] = [{ authority: { actor: 'cli' } }, { authority: 'cli' }, { authority: true }];
    for (const bindings of lookalikes) {
      const response = await server.fetch(asked.clone(), bindings as Parameters<TestServer['fetch']>[1]);
      expect(await problemOf(response)).toBe('401 access_token_required');
    }
  });

  describe('a client that has lost it a moment ago is out', () => {
    test.each<[string, (id: `cli_${string}`) => Promise<unknown>]>([
      ['disabled', (id) => disableClient(server.operations, id, 'test')],
      ['removed', (id) => removeClient(server.operations, id, 'test')],
      ['given another secret', (id) => rotateClientSecret(server.operations, id, 0, 'test')],
    ])('%s', async (_name, end) => {
      const { client, token } = await aManager(server);
      expect((await list(token)).status).toBe(200);
      await end(client.id);
      expect(await refusalOf(token)).toBe(INVALID);
    });

    test('its token revoked', async () => {
      const { client, token } = await aManager(server);
      await server.request(ROUTES.revoke, clientForm(client, { token }));
      expect(await refusalOf(token)).toBe(INVALID);
    });

    test('its scope taken away, whatever the token says', async () => {
      const { client, token } = await aManager(server);
      await server.operations.store.transaction((tx) =>
        tx.updateTable('clients').set({ scopes: 'admin:users:read' }).where('id', '=', client.id).execute(),
      );
      expect(await problemOf(await list(token))).toBe('403 insufficient_scope');
    });

    test('its token expired', async () => {
      const { token } = await aManager(server);
      clock.advance(600 * SECOND_MS - 1);
      expect((await list(token)).status).toBe(200);
      clock.advance(1);
      expect(await refusalOf(token)).toBe(INVALID);
    });

    test('its key revoked', async () => {
      const { token } = await aManager(server);
      const keys = await listSigningKeys(server.operations.store.queries);
      await revokeSigningKey(server.operations, keys.find(({ state }) => state === 'active')!.kid, 'test');
      expect(await refusalOf(token)).toBe(INVALID);
    });
  });

  describe('an administrator with a browser session', () => {
    test('may manage by a token of that session for this server', async () => {
      const token = await browserToken(await someone());
      expect((await list(token)).status).toBe(200);
    });

    test.each<[string, Parameters<typeof browserToken>[1]]>([
      ['without the scope', {}],
      ['with another one', { scope: 'admin:keys' }],
    ])('may not %s', async (_name, asked) => {
      expect(await problemOf(await list(await browserToken(await someone(), asked)))).toBe('403 insufficient_scope');
    });

    test('may not by a token for another server', async () => {
      const token = await browserToken(await someone(), { scope: 'admin', audience: 'https://api.example' });
      expect(await refusalOf(token)).toBe(INVALID);
    });

    test('is out at once', async () => {
      const ends: ((of: Awaited<ReturnType<typeof someone>>) => Promise<unknown>)[] = [
        ({ browser }) => browser.request(ROUTES.signOut, { method: 'POST' }),
        ({ id }) => banUser(server.operations, { id }, 'test'),
        ({ id }) => changeRole(server.operations, { id, role: 'user' }, 'test'),
      ];
      for (const end of ends) {
        const administrator = await someone();
        const token = await browserToken(administrator);
        expect((await list(token)).status).toBe(200);
        await end(administrator);
        expect(await refusalOf(token)).toBe(INVALID);
      }
    });

    test('is asked for the role by the database, whatever the token says', async () => {
      const administrator = await someone();
      const token = await browserToken(administrator);
      await server.operations.store.transaction((tx) =>
        tx.updateTable('users').set({ role: 'user' }).where('id', '=', administrator.id).execute(),
      );
      expect(await problemOf(await list(token))).toBe('403 insufficient_scope');
    });

    test('a user gets no such scope', async () => {
      const browser = await server.signedIn(`user-${(people += 1)}@example.com`);
      for (const scope of ADMIN_SCOPES) {
        const response = await browser.request(ROUTES.sessionToken, { json: { scope } });
        expect(await problemOf(response)).toBe('400 invalid_scope');
      }
    });
  });

  test('scopes of the server are given only to who was registered with them, and not by default', async () => {
    const client = await addTestClient(server.operations, {
      grants: ['client_credentials'],
      scope: 'admin:users orders:read',
    });
    const plain = await server.request(ROUTES.token, clientForm(client, { grant_type: 'client_credentials' }));
    expect(await plain.json()).toMatchObject({ scope: 'orders:read' });
    for (const scope of ['admin', 'admin:users:read', 'admin:keys']) {
      const asked = clientForm(client, { grant_type: 'client_credentials', scope });
      expect((await server.request(ROUTES.token, asked)).status).toBe(400);
    }
    expect((await list(await tokenOf(server, client, 'admin:users'))).status).toBe(200);
  });

  describe('a token that the server itself has signed, for something else', () => {
    /** A token with something about it changed. */
    async function forged(changes: Readonly<Record<string, unknown>>, typ = 'at+jwt'): Promise<string> {
      const { client } = await aManager(server);
      const active = (await listSigningKeys(server.operations.store.queries)).find(({ state }) => state === 'active')!;
      const now = Math.floor(clock.now() / 1000);
      const claims = {
        iss: server.issuer,
        sub: client.id,
        aud: server.issuer,
        exp: now + 60,
        iat: now,
        jti: 'forged',
        client_id: client.id,
        scope: 'admin',
        cv: 1,
        ...changes,
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: active.algorithm, kid: active.kid, typ })
        .sign(openPrivateKey(server.operations.keys, active));
    }

    test('the forgery would be good as it is', async () => {
      expect((await list(await forged({}))).status).toBe(200);
      expect((await list(await forged({ aud: [server.issuer] }))).status).toBe(200);
    });

    test.each<Readonly<Record<string, unknown>>>([
      { aud: 'https://api.example' },
      { aud: ['http://localhost:4400', 'https://api.example'] },
      { aud: [] },
      { iss: 'https://evil.example' },
      { sub: `usr_${'0'.repeat(32)}` },
      { sub: `cli_${'0'.repeat(32)}` },
      { client_id: `cli_${'0'.repeat(32)}` },
      { client_id: 'latchkey' },
      { sid: `ses_${'0'.repeat(32)}` },
      // RFC 8693 §4.1: somebody acts for the client.
      { act: { sub: `cli_${'1'.repeat(32)}` } },
      { via: [] },
      // RFC 9449 §7.1: bound to a key, and presented as Bearer.
      { cnf: { jkt: 'x' } },
      { cv: 0 },
    ])('%j', async (changes) => {
      expect(await refusalOf(await forged(changes))).toBe(INVALID);
    });

    test('of another kind', async () => {
      expect(await refusalOf(await forged({}, 'JWT'))).toBe(INVALID);
    });
  });

  test('another site cannot send anything that changes', async () => {
    const { token } = await aManager(server);
    for (const { method, path } of ENDPOINTS.filter((endpoint) => endpoint.method !== 'GET')) {
      const response = await manage(server, token, path, { method, headers: { Origin: 'https://evil.example' } });
      expect(await problemOf(response)).toBe('403 cross_site_request');
    }
  });
});

test('who tries tokens too often is refused for a while, and who has a good one is not', async () => {
  await using server = await startClockedServer(new TestClock(), {
    settings: { LATCHKEY_TRUSTED_PROXIES: '127.0.0.0/8' },
  });
  const { token } = await aManager(server);
  const incoming = { socket: { remoteAddress: '192.0.2.7' } };
  const ask = (value: string) => {
    const request = new Request(server.issuer + ADMIN_ROUTES.users, { headers: { Authorization: `Bearer ${value}` } });
    return server.fetch(request, { incoming } as Parameters<TestServer['fetch']>[1]);
  };
  const problems = new Map<string, number>();
  for (let index = 0; index < 110; index += 1) {
    const problem = await problemOf(await ask(`wrong-${index}`));
    problems.set(problem, (problems.get(problem) ?? 0) + 1);
  }
  expect(problems.get(INVALID)).toBe(100);
  expect(problems.get('429 too_many_requests')).toBe(10);
  expect((await ask(token)).status).toBe(200);
  expect(server.log.text()).not.toContain(token);
});

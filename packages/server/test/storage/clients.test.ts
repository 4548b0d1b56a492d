import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseClientSecret } from '../../src/domain/clients/secret.ts';
import { newId, type ClientId } from '../../src/domain/ids.ts';
import { SECOND_MS } from '../../src/domain/instant.ts';
import { authenticateByAssertion } from '../../src/operations/authenticate-by-assertion.ts';
import { authenticateClient } from '../../src/operations/authenticate-client.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { introspectToken } from '../../src/operations/introspect-token.ts';
import { issueAccessToken } from '../../src/operations/issue-access-token.ts';
import { issueClientToken } from '../../src/operations/issue-client-token.ts';
import { disableClient, enableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { revokeSigningKey } from '../../src/operations/revoke-signing-key.ts';
import { revokeToken } from '../../src/operations/revoke-token.ts';
import { listClientsPage } from '../../src/storage/client-list.ts';
import { findClient, findClientWithSecrets } from '../../src/storage/clients.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { listSigningKeys } from '../../src/storage/signing-keys.ts';
import { keySet, newTestKey, secretKey, signAssertion, type TestKey } from '../support/assertions.ts';
import { addClientSession, addTestClient, type TestClient } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { createTestContext, TestClock, type TestContext } from '../support/test-server.ts';
import { addSession, addUser } from './nodes.ts';

const CALLER = { network: null, userAgent: null };
const CALLS = 50;

describeEachDatabase('clients', (database) => {
  const clock = new TestClock();
  let nodes: readonly TestContext[];
  beforeAll(async () => {
    const open = () => createTestContext(clock, { databaseUrl: database.url });
    nodes = [await open(), await open(), await open()];
  });
  afterAll(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]();
  });

  const node = (index: number) => nodes[index % nodes.length]!.operations;
  const queries = () => node(0).store.queries;
  const atOnce = async <Result>(work: (operations: OperationContext, index: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: CALLS }, (_, index) => work(node(index), index)));
  const service = (overrides = {}) =>
    addTestClient(node(0), { grants: ['client_credentials'], scope: 'orders:read', ...overrides });
  const authenticates = async ({ id }: Pick<TestClient, 'id'>, secret: string) => {
    const credentials = { method: 'client_secret_basic', clientId: id, secret: parseClientSecret(secret) } as const;
    return (await authenticateClient(node(1), credentials)).kind === 'authenticated';
  };
  /** Of the log: all that names this key. */
  const eventsOf = async (key: string) =>
    (await listRevocations(queries(), 0, 10_000))
      .filter((event) => event.key === key)
      .map(({ kind, min_version: minVersion }) => [kind, minVersion]);
  const auditsOf = async (target: string) =>
    (await queries().selectFrom('audit_events').select('type').where('target', '=', target).execute())
      .map(({ type }) => type)
      .toSorted((left, right) => left.localeCompare(right));
  const secretsOf = async (id: ClientId) => (await findClientWithSecrets(queries(), id))!.secrets;

  test('are read as they were written, the newest first, and their secrets nowhere', async () => {
    const first = await service({ audiences: ['https://a.example', 'urn:b'], name: 'Ünïcode 🔑' });
    clock.advance(1);
    const second = await addTestClient(node(0), { isPublic: true, redirectUris: ['https://a.example/cb'] });
    expect(await findClient(queries(), first.id)).toEqual(first.client);
    expect(await listClientsPage(queries(), undefined, 2)).toEqual([second.client, first.client]);
    expect(
      await findClient(
        queries(),
        newId('cli', clock.now(), () => new Uint8Array(16)),
      ),
    ).toBeUndefined();
    expect(await secretsOf(second.id)).toEqual([]);
    const stored = JSON.stringify(await queries().selectFrom('client_secrets').selectAll().execute());
    expect(stored).not.toContain(first.secret.slice(4, 20));
    expect(await auditsOf(first.id)).toEqual(['client.added']);
  });

  test('get one secret by 50 changes at once, each with its event', async () => {
    const client = await service();
    const results = await atOnce((operations) => rotateClientSecret(operations, client.id, 0, 'test'));
    const rotated = results.flatMap((result) => (result.kind === 'rotated' ? [result] : []));
    const versions = rotated.map((result) => result.client.version);
    expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: CALLS }, (_, index) => index + 2));
    expect(await secretsOf(client.id)).toHaveLength(1);
    const newest = rotated.find((result) => result.client.version === CALLS + 1)!;
    expect(await authenticates(client, newest.secret.reveal())).toBe(true);
    expect(await authenticates(client, rotated.find((result) => result !== newest)!.secret.reveal())).toBe(false);
    expect(await authenticates(client, client.secret)).toBe(false);
    // In the order of versions: whoever follows the log sees none go back.
    expect(await eventsOf(client.id)).toEqual(
      Array.from({ length: CALLS }, (_, index) => ['client', index + 2] as [string, number]),
    );
  });

  test('have two secrets at most by 50 changes at leisure at once, and their tokens stay good', async () => {
    const client = await service();
    const results = await atOnce((operations) => rotateClientSecret(operations, client.id, 60, 'test'));
    const secrets = await secretsOf(client.id);
    expect(secrets).toHaveLength(2);
    expect(new Set(secrets.map(({ expiresAt }) => expiresAt))).toEqual(new Set([clock.now() + 60 * SECOND_MS, null]));
    const accepted = await Promise.all(
      results.map(async (result) => result.kind === 'rotated' && authenticates(client, result.secret.reveal())),
    );
    expect(accepted.filter(Boolean)).toHaveLength(2);
    expect((await findClient(queries(), client.id))?.version).toBe(1);
    expect(await eventsOf(client.id)).toEqual([]);
  });

  test('are disabled once by 50 at once, with one event; what was void stays so', async () => {
    const client = await service();
    const userId = await addUser(node(0).store);
    const held = await addClientSession(node(0), userId, client.id);
    const own = await addSession(node(0).store, userId, {
      expiresAt: clock.now() + 1e12,
      idleExpiresAt: clock.now() + 1e12,
    });
    const results = await atOnce((operations) => disableClient(operations, client.id, 'test'));
    const changed = results.filter(({ kind }) => kind === 'changed');
    expect(changed).toMatchObject([{ sessionsEnded: 1 }]);
    expect(await eventsOf(client.id)).toEqual([['client', 2]]);
    expect(await auditsOf(client.id)).toEqual(['client.added', 'client.disabled']);
    const ended = await queries()
      .selectFrom('sessions')
      .select(['id', 'revoked_reason'])
      .where('user_id', '=', userId)
      .execute();
    expect(new Map(ended.map((row) => [row.id, row.revoked_reason]))).toEqual(
      new Map([
        [held.session.id, 'client_disabled'],
        [own, null],
      ]),
    );
    expect(await authenticates(client, client.secret)).toBe(false);
    const enabled = await atOnce((operations) => enableClient(operations, client.id, 'test'));
    expect(enabled.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
    expect(await authenticates(client, client.secret)).toBe(true);
    expect((await findClient(queries(), client.id))?.version).toBe(2);
  });

  test('are removed once by 50 at once, with their secrets', async () => {
    const client = await service();
    const results = await atOnce((operations) => removeClient(operations, client.id, 'test'));
    expect(results.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'unknown')).toHaveLength(CALLS - 1);
    expect(await eventsOf(client.id)).toEqual([['client', 2]]);
    expect(await auditsOf(client.id)).toEqual(['client.added', 'client.removed']);
    const secrets = queries().selectFrom('client_secrets').selectAll().where('client_id', '=', client.id);
    expect(await secrets.execute()).toEqual([]);
    expect(await rotateClientSecret(node(0), client.id, 0, 'test')).toEqual({ kind: 'unknown' });
  });

  const tokenOf = async ({ client }: TestClient) => {
    const result = await issueClientToken(node(0), client, { scope: undefined, audiences: [] });
    if (result.kind !== 'issued') throw new Error(result.kind);
    return result.accessToken;
  };

  test('revoke one token 50 times at once with one event', async () => {
    const client = await service();
    const token = await tokenOf(client);
    const results = await atOnce((operations) => revokeToken(operations, client.client, token, CALLER));
    expect(results.filter(({ kind }) => kind === 'revoked')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'nothing_to_do')).toHaveLength(CALLS - 1);
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { readonly jti: string };
    expect(await eventsOf(jti)).toEqual([['token', null]]);
    expect(await auditsOf(jti)).toEqual(['token.revoked']);
    // Nothing that was undone has left a gap.
    const places = (await listRevocations(queries(), 0, 10_000)).map(({ seq }) => seq);
    expect(places).toEqual(places.map((_, index) => places[0]! + index));
  });

  test('end the session of one refresh token 50 times at once with one event', async () => {
    const client = await service();
    const { session, refreshToken } = await addClientSession(node(0), await addUser(node(0).store), client.id);
    const results = await atOnce((operations) => revokeToken(operations, client.client, refreshToken, CALLER));
    expect(results.filter(({ kind }) => kind === 'revoked')).toHaveLength(1);
    expect(await eventsOf(session.id)).toEqual([['session', null]]);
  });

  /** The first node, and how many statements it has sent. */
  const counting = () => {
    let asked = 0;
    const { store } = node(0);
    const queriesCounted = store.queries.withPlugin({
      transformQuery: ({ node: query }) => query,
      transformResult: async ({ result }) => {
        asked += 1;
        return result;
      },
    });
    return { operations: { ...node(0), store: { ...store, queries: queriesCounted } }, asked: () => asked };
  };

  test('cost one query whether they are known or not, and whether the secret is right or not', async () => {
    const known = await service();
    const disabled = await service();
    await disableClient(node(0), disabled.id, 'test');
    const { operations, asked } = counting();
    const attempts: [clientId: string, secret: string, kind: string][] = [
      [known.id, known.secret, 'authenticated'],
      [known.id, disabled.secret, 'refused'],
      [disabled.id, disabled.secret, 'refused'],
      [newId('cli', clock.now(), () => new Uint8Array(16)), known.secret, 'refused'],
    ];
    for (const [clientId, text, kind] of attempts) {
      const before = asked();
      const secret = parseClientSecret(text);
      const method = 'client_secret_basic';
      expect((await authenticateClient(operations, { method, clientId, secret })).kind).toBe(kind);
      expect(asked() - before).toBe(1);
    }
  });

  test('cost one query whether they are known or not, and whoever signed, by key and by secret', async () => {
    const [key, other] = [await newTestKey('k'), await newTestKey('k')];
    const byKey = await service({ jwks: keySet(key) });
    const bySecret = await service({ authMethod: 'client_secret_jwt' });
    const unknown = newId('cli', clock.now(), () => new Uint8Array(16));
    const { operations, asked } = counting();
    const { issuer } = operations.policy;
    const attempts: [clientId: ClientId, by: TestKey, kind: string][] = [
      [byKey.id, key, 'authenticated'],
      [byKey.id, other, 'refused'],
      [byKey.id, { ...key, kid: 'unknown' }, 'refused'],
      [unknown, key, 'refused'],
      [bySecret.id, secretKey(bySecret.secret), 'authenticated'],
      [bySecret.id, secretKey('other'), 'refused'],
      [unknown, secretKey(bySecret.secret), 'refused'],
    ];
    for (const [clientId, by, kind] of attempts) {
      const jwt = await signAssertion(by, { clientId, issuer, now: clock.now() });
      const before = asked();
      const result = await authenticateByAssertion(operations, { jwt, purpose: 'client_authentication', clientId });
      expect([result.kind, asked() - before]).toEqual([kind, 1]);
    }
  });

  test('are asked about in two queries: who asks, and how the token stands', async () => {
    const monitor = await addTestClient(node(0), { scope: 'introspect' });
    const client = await service();
    const userId = await addUser(node(0).store);
    const { session, refreshToken } = await addClientSession(node(0), userId, client.id);
    const issued = await issueAccessToken(node(0), session, {});
    const ofSession = issued.kind === 'issued' ? issued.accessToken : issued.kind;
    const { operations, asked } = counting();
    for (const token of [await tokenOf(client), ofSession, refreshToken]) {
      const before = asked();
      const secret = parseClientSecret(monitor.secret);
      await authenticateClient(operations, { method: 'client_secret_basic', clientId: monitor.id, secret });
      const introspection = await introspectToken(operations, monitor.client, token);
      expect(introspection.kind).not.toBe('inactive');
      expect(asked() - before).toBe(2);
    }
  });

  test.each(['active', 'next'] as const)('a key that is %s is revoked once, by 10 at once', async (state) => {
    const before = await listSigningKeys(queries());
    const { kid } = before.find((key) => key.state === state)!;
    const next = before.find((key) => key.state === 'next')!;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => revokeSigningKey(node(index), kid, 'test')),
    );
    const revoked = results.filter((result) => result.kind === 'revoked');
    expect(revoked).toMatchObject([{ was: state, signsNow: state === 'active' ? next.kid : undefined }]);
    const after = await listSigningKeys(queries());
    expect(after.map((key) => key.state).toSorted()).toEqual(['active', 'next']);
    expect(after.some((key) => key.kid === kid)).toBe(false);
    expect(await eventsOf(kid)).toEqual([['key', null]]);
    expect(await auditsOf(kid)).toContain('keys.revoked');
    expect(await revokeSigningKey(node(0), kid, 'test')).toEqual({ kind: 'unknown' });
  });
});

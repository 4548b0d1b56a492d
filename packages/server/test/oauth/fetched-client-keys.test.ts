/** Keys of clients that are fetched from their address: when, how often, and what a key set may not do. */
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { disableClient } from '../../src/operations/manage-clients.ts';
import { fetchDueClientKeys } from '../../src/operations/fetch-client-keys.ts';
import { setClientKeys } from '../../src/operations/set-client-keys.ts';
import { listClientKeys } from '../../src/storage/client-keys.ts';
import { findClient } from '../../src/storage/clients.ts';
import {
  clientAssertion,
  keySet,
  newTestKey,
  signAssertion,
  startKeySetServer,
  type KeySetServer,
  type TestKey,
} from '../support/assertions.ts';
import { addTestClient, oauthErrorOf, type TestClient } from '../support/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';

const SECOND_MS = 1000;
const COOL_DOWN_MS = 30 * SECOND_MS;
const DUE_MS = 300 * SECOND_MS;
const DAY_MS = 86_400 * SECOND_MS;
const REFUSED = '401 invalid_client';

describeEachDatabase('keys that are fetched', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let other: TestServer;
  let [old, next]: TestKey[] = [];
  let keys: KeySetServer;
  let client: TestClient;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    other = await startClockedServer(clock, { databaseUrl: database.url });
    [old, next] = [await newTestKey('old'), await newTestKey('next')];
    keys = await startKeySetServer('');
  });
  afterAll(async () => {
    await keys[Symbol.asyncDispose]();
    await server.close();
    await other.close();
  });
  beforeEach(async () => {
    keys.answer(keySet(old!));
    client = await addTestClient(server.operations, { grants: ['client_credentials'], jwksUri: keys.url });
  });

  const authenticate = async (by: TestKey | undefined, node = server) => {
    const who = { clientId: client.id, issuer: server.issuer, now: clock.now() };
    const fields = { grant_type: 'client_credentials', ...clientAssertion(await signAssertion(by!, who)) };
    const response = await node.request(ROUTES.token, { form: Object.entries(fields) });
    return response.status === 200 ? 200 : oauthErrorOf(response);
  };
  const asks = async (work: () => Promise<unknown>) => {
    const before = keys.asked();
    await work();
    return keys.asked() - before;
  };
  const versionOf = async () => (await findClient(server.operations.store.queries, client.id))?.version;
  const kidsOf = async () => (await listClientKeys(server.operations.store.queries, client.id)).map(({ kid }) => kid);
  const auditsOf = async () =>
    (await server.auditEvents(50)).filter(({ target }) => target === client.id).map(({ type }) => type);

  test('are there as soon as the client is, and are used for five minutes', async () => {
    expect(await kidsOf()).toEqual(['old']);
    clock.advance(DUE_MS - 1);
    expect(await asks(async () => expect(await authenticate(old)).toBe(200))).toBe(0);
    clock.advance(1);
    expect(await asks(async () => expect(await authenticate(old)).toBe(200))).toBe(1);
    expect(await asks(async () => expect(await authenticate(old)).toBe(200))).toBe(0);
    // The first time there was something new, and no other.
    expect((await auditsOf()).toSorted()).toEqual(['client.added', 'client.keys_replaced']);
    expect(await versionOf()).toBe(1);
  });

  test('are fetched anew for a key that is not among them, half a minute after the last time', async () => {
    keys.answer(keySet(old!, next!));
    expect(await asks(async () => expect(await authenticate(next)).toBe(REFUSED))).toBe(0);
    clock.advance(COOL_DOWN_MS);
    expect(await asks(async () => expect(await authenticate(next)).toBe(200))).toBe(1);
    expect([await authenticate(old), await versionOf()]).toEqual([200, 1]);
    expect(await auditsOf()).toContain('client.keys_replaced');
  });

  test('are fetched once by 50 at once on two nodes, however often somebody invents a key', async () => {
    clock.advance(COOL_DOWN_MS);
    const invented = { ...next!, kid: 'invented' };
    const all = () =>
      Promise.all(Array.from({ length: 50 }, (_, index) => authenticate(invented, index % 2 === 0 ? server : other)));
    expect(await asks(all)).toBe(1);
    expect(await asks(all)).toBe(0);
  });

  test('that are gone are void at once, with all tokens of the client', async () => {
    keys.answer(keySet(next!));
    clock.advance(DUE_MS);
    expect(await authenticate(old)).toBe(REFUSED);
    expect([await versionOf(), await kidsOf()]).toEqual([2, ['next']]);
    expect(await authenticate(next)).toBe(200);
  });

  test('under the name of another are another', async () => {
    keys.answer(keySet(await newTestKey('old')));
    clock.advance(DUE_MS);
    expect([await authenticate(old), await versionOf()]).toEqual([REFUSED, 2]);
  });

  test('that are all gone leave none', async () => {
    keys.answer('{"keys":[]}');
    clock.advance(DUE_MS);
    expect([await authenticate(old), await versionOf(), await kidsOf()]).toEqual([REFUSED, 2, []]);
  });

  test('are passed over where they are for something else, or nobody else may know them', async () => {
    const { privateKey: _, publicJwk } = next!;
    const others = [
      { ...publicJwk, d: 'AAAA', kid: 'a' },
      { kty: 'oct', k: 'AAAA' },
      { ...publicJwk, use: 'enc' },
    ];
    keys.answer(JSON.stringify({ keys: [...others, old!.publicJwk] }));
    clock.advance(DUE_MS);
    expect([await authenticate(old), await versionOf(), await kidsOf()]).toEqual([200, 1, ['old']]);
  });

  describe('stay as they were, for a day, where there comes', () => {
    test.each<[what: string, body: string, status: number, headers?: Record<string, string>]>([
      ['an error', '', 500],
      ['a redirect', '', 302, { Location: '/jwks' }],
      ['no JSON', '<html>', 200],
      ['no key set', '{}', 200],
      ['too much', JSON.stringify({ keys: [], pad: 'x'.repeat(65_536) }), 200],
      ['too many keys', JSON.stringify({ keys: Array.from({ length: 21 }, () => ({})) }), 200],
    ])('%s', async (_what, body, status, headers) => {
      keys.answer(body, status, headers);
      clock.advance(DUE_MS);
      expect(await asks(async () => expect(await authenticate(old)).toBe(200))).toBe(1);
      expect([await versionOf(), await kidsOf()]).toEqual([1, ['old']]);
      expect(await auditsOf()).toContain('client.keys_not_fetched');
      expect(await asks(async () => expect(await authenticate(old)).toBe(200))).toBe(0);
      clock.advance(DAY_MS - DUE_MS);
      expect(await authenticate(old)).toBe(REFUSED);
      keys.answer(keySet(old!));
      clock.advance(COOL_DOWN_MS);
      expect([await authenticate(old), await versionOf()]).toEqual([200, 1]);
    });
  });

  test('are fetched for clients that nobody hears of as well, and not for those that are disabled', async () => {
    await fetchDueClientKeys(server.operations);
    expect(await asks(() => fetchDueClientKeys(server.operations))).toBe(0);
    const count = await asks(async () => {
      clock.advance(DUE_MS);
      await Promise.all([fetchDueClientKeys(server.operations), fetchDueClientKeys(other.operations)]);
    });
    const rows = server.operations.store.queries.selectFrom('clients').select('id').where('disabled_at', 'is', null);
    expect(count).toBe((await rows.execute()).length);
    await disableClient(server.operations, client.id, 'test');
    const later = await asks(async () => {
      clock.advance(DUE_MS);
      expect(await authenticate({ ...next!, kid: 'invented' })).toBe(REFUSED);
      await fetchDueClientKeys(server.operations);
    });
    expect(later).toBe(count - 1);
  });

  test('are fetched although one client does not answer, and not on and on while the server stops', async () => {
    clock.advance(DUE_MS);
    const letGo = keys.hold();
    const before = keys.asked();
    const fetching = fetchDueClientKeys(server.operations, () => true);
    await vi.waitUntil(() => keys.asked() > before + 1);
    letGo();
    await fetching;
    const askedWhileStopping = keys.asked() - before;
    expect(await asks(() => fetchDueClientKeys(server.operations))).toBeGreaterThan(0);
    expect(askedWhileStopping).toBe(10);
  });

  test('and registered ones take the place of one another; nothing changes where that fails', async () => {
    const { operations } = server;
    keys.answer('', 404);
    const set = await setClientKeys(operations, client.id, { jwksUri: keys.url }, 'test');
    expect([set.kind, await authenticate(old)]).toEqual(['not_fetched', 200]);
    expect(await setClientKeys(operations, client.id, { jwks: keySet(next!) }, 'test')).toMatchObject({ kind: 'set' });
    expect([await authenticate(old), await authenticate(next), await versionOf()]).toEqual([REFUSED, 200, 2]);
    keys.answer(keySet(next!, old!));
    expect(await setClientKeys(operations, client.id, { jwksUri: keys.url }, 'test')).toMatchObject({ kind: 'set' });
    expect([await authenticate(old), await authenticate(next), await versionOf()]).toEqual([200, 200, 2]);
    // The same keys from another place end nothing, and are told of.
    const audits = async () => (await auditsOf()).filter((type) => type === 'client.keys_replaced').length;
    const before = await audits();
    await setClientKeys(operations, client.id, { jwks: keySet(next!, old!) }, 'test');
    await setClientKeys(operations, client.id, { jwks: keySet(old!, next!) }, 'test');
    expect([await versionOf(), (await audits()) - before]).toEqual([2, 1]);
  });

  test('an answer that comes after a newer one brings no key back', async () => {
    clock.advance(COOL_DOWN_MS);
    const letGo = keys.hold();
    const before = keys.asked();
    const late = authenticate({ ...next!, kid: 'invented' });
    await vi.waitUntil(() => keys.asked() > before);
    clock.advance(1);
    keys.answer(keySet(next!));
    await setClientKeys(server.operations, client.id, { jwksUri: keys.url }, 'test');
    letGo();
    expect(await late).toBe(REFUSED);
    expect([await kidsOf(), await versionOf(), await authenticate(old)]).toEqual([['next'], 2, REFUSED]);
  });

  test.each(['https://10.0.0.1/jwks', 'https://169.254.169.254/jwks', 'https://[fd00::1]/jwks'])(
    'never from a network that is not public: %s',
    async (jwksUri) => {
      const result = await setClientKeys(server.operations, client.id, { jwksUri }, 'test');
      expect(result).toEqual({ kind: 'not_fetched', reason: 'address_not_allowed' });
    },
  );
});

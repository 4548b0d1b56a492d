import { decodeProtectedHeader } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import { describe, expect, test } from 'vitest';
import { createTestDatabase, describeEachDatabase } from '../../test/support/databases.ts';
import { startTestServer, TEST_SECRET, type TestBrowser, type TestServer } from '../../test/support/test-server.ts';
import { SigningKeyUnreadableError } from '../domain/keys/unreadable-signing-key.ts';

async function keyOfToken(browser: TestBrowser): Promise<string | undefined> {
  const response = await browser.request(ROUTES.sessionToken, { json: {} });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return decodeProtectedHeader(token).kid;
}

async function keysOf(server: TestServer): Promise<{ kid: string; alg: string }[]> {
  return ((await (await server.request(ROUTES.jwks)).json()) as { keys: { kid: string; alg: string }[] }).keys;
}

const states = async (server: TestServer) => {
  const rows = await server.operations.store.queries
    .selectFrom('signing_keys')
    .select(['state', 'algorithm'])
    .execute();
  return rows.map(({ state, algorithm }) => `${state} ${algorithm}`).toSorted();
};

describeEachDatabase('a start', (database) => {
  test('of several servers at once makes one set of keys', async () => {
    const { url } = await database.fresh();
    const servers = await Promise.all(Array.from({ length: 4 }, () => startTestServer({ databaseUrl: url })));
    expect(await states(servers[0]!)).toEqual(['active ES256', 'next ES256']);
    const kids = await Promise.all(
      servers.map(async (server) => (await keysOf(server)).map(({ kid }) => kid).toSorted()),
    );
    for (const each of kids) expect(each).toEqual(kids[0]);
    const events = await servers[0]!.auditEvents();
    expect(events.filter(({ type }) => type === 'keys.created')).toHaveLength(1);
    await Promise.all(servers.map((server) => server.close()));
  });

  test('on the database of before signs nobody out, and signs by the same key', async () => {
    const { url } = await database.fresh();
    const before = await startTestServer({ databaseUrl: url });
    const browser = await before.signedIn('ada@example.com');
    const kid = await keyOfToken(browser);
    const counts = await before.tableCounts();
    await before.close();

    await using after = await startTestServer({ databaseUrl: url });
    expect(await after.tableCounts()).toEqual(counts);
    const same = after.browser();
    same.jar.set({ name: 'latchkey', value: browser.jar.get('latchkey')!.value });
    expect((await same.session())?.user.email).toBe('ada@example.com');
    expect(await keyOfToken(same)).toBe(kid);
  });

  test('with another algorithm signs by it, and still publishes the keys of before', async () => {
    const { url } = await database.fresh();
    const before = await startTestServer({ databaseUrl: url });
    const oldKids = (await keysOf(before)).map(({ kid }) => kid);
    await before.close();

    await using after = await startTestServer({ databaseUrl: url, settings: { LATCHKEY_SIGNING_ALGORITHM: 'EdDSA' } });
    expect(await states(after)).toEqual(['active EdDSA', 'next EdDSA', 'retired ES256', 'retired ES256']);
    expect((await keysOf(after)).map(({ kid }) => kid)).toEqual(expect.arrayContaining(oldKids));
    const browser = await after.signedIn('bob@example.com');
    const kid = await keyOfToken(browser);
    expect((await keysOf(after)).find((key) => key.kid === kid)?.alg).toBe('EdDSA');
  });

  test('with another secret fails before it serves, and changes nothing', async () => {
    const { url } = await database.fresh();
    const before = await startTestServer({ databaseUrl: url });
    const counts = await before.tableCounts();
    const start = startTestServer({ databaseUrl: url, settings: { LATCHKEY_SECRET: `${TEST_SECRET} another` } });
    await expect(start).rejects.toBeInstanceOf(SigningKeyUnreadableError);
    expect(await before.tableCounts()).toEqual(counts);
    await before.close();
  });
});

describe('a server that is closed', () => {
  test('leaves nothing open: its database can be removed, and another started on it', async () => {
    await using database = await createTestDatabase('sqlite');
    for (let round = 0; round < 3; round += 1) {
      const server = await startTestServer({ databaseUrl: database.url });
      expect((await server.request(ROUTES.ready)).status).toBe(200);
      await server.close();
    }
  });
});

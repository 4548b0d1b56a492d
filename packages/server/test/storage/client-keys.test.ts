import { expect, test } from 'vitest';
import type { ClientId } from '../../src/domain/ids.ts';
import { listClientKeys, listKeysOfEnabledClients, replaceClientKeys } from '../../src/storage/client-keys.ts';
import { deleteClient, insertClient, lockClient, setClientDisabled } from '../../src/storage/clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { NOW, useNodes } from './nodes.ts';

const key = (kid: string, publicJwk = `{"kid":"${kid}"}`) => ({ kid, publicJwk });

describeEachDatabase('keys of clients', (database) => {
  const nodes = useNodes(database);
  let clients = 0;
  const addClient = async (jwksUri: string | null = null) => {
    clients += 1;
    const id: ClientId = `cli_${String(clients).padStart(32, '0')}`;
    await nodes().first.transaction((tx) =>
      insertClient(tx, {
        id,
        name: 'Job',
        authMethod: 'none',
        grants: [],
        scopes: ['a', 'b'],
        audiences: ['https://a.example'],
        redirectUris: [],
        firstParty: false,
        postLogoutRedirectUris: [],
        jwksUri,
        backchannelLogoutUri: null,
        dpopBound: false,
        requirePushedRequests: false,
        version: 3,
        disabledAt: null,
        createdAt: NOW,
      }),
    );
    return id;
  };
  const replace = (id: ClientId, kids: readonly ReturnType<typeof key>[], now = NOW) =>
    nodes().first.transaction((tx) => replaceClientKeys(tx, id, kids, now));
  const kidsOf = async (id: ClientId) => (await listClientKeys(nodes().first.queries, id)).map(({ kid }) => kid);
  const listed = async (id: ClientId, fetchedAfter = 0) =>
    (await listKeysOfEnabledClients(nodes().node(1).queries, fetchedAfter)).filter(({ clientId }) => clientId === id);

  test('are replaced: those that stay are told from those that come and go', async () => {
    const id = await addClient();
    await expect(replace(id, [key('x'), key('y')])).resolves.toEqual({ added: ['x', 'y'], removed: [] });
    await expect(replace(id, [key('y'), key('z')], NOW + 1)).resolves.toEqual({ added: ['z'], removed: ['x'] });
    await expect(replace(id, [key('z'), key('y')])).resolves.toEqual({ added: [], removed: [] });
    await expect(kidsOf(id)).resolves.toEqual(['y', 'z']);
  });

  test('under the id of another go as that one, and come as themselves', async () => {
    const id = await addClient();
    await replace(id, [key('x')]);
    await expect(replace(id, [key('x', '{}')])).resolves.toEqual({ added: ['x'], removed: ['x'] });
    await expect(listClientKeys(nodes().first.queries, id)).resolves.toEqual([key('x', '{}')]);
    await expect(replace(id, [])).resolves.toEqual({ added: [], removed: ['x'] });
  });

  test('have ids that are the one client’s own', async () => {
    const [first, second] = [await addClient(), await addClient()];
    await replace(first, [key('x')]);
    await replace(second, [key('x', '{}')]);
    await replace(first, []);
    await expect(kidsOf(second)).resolves.toEqual(['x']);
  });

  test('are replaced by 20 at once, on several nodes, as by one after another', async () => {
    const id = await addClient();
    const results = await nodes().transactAtOnce(20, async (tx, index) => {
      await lockClient(tx, id);
      return replaceClientKeys(tx, id, [key('stays'), key(`k${index}`)], NOW);
    });
    expect(results.filter(({ added }) => added.includes('stays'))).toHaveLength(1);
    expect(results.flatMap(({ removed }) => removed)).toHaveLength(19);
    const last = await kidsOf(id);
    expect(last).toHaveLength(2);
    expect(last).toContain('stays');
  });

  test('are listed for verifiers with what the client may do, until it is disabled or removed', async () => {
    const id = await addClient();
    await replace(id, [key('x')]);
    const expected = { ...key('x'), clientId: id, clientVersion: 3, grants: [], dpopBound: false };
    await expect(listed(id)).resolves.toEqual([{ ...expected, scopes: ['a', 'b'], audiences: ['https://a.example'] }]);
    await nodes().first.transaction((tx) => setClientDisabled(tx, id, NOW, NOW));
    await expect(listed(id)).resolves.toEqual([]);
    await nodes().first.transaction((tx) => setClientDisabled(tx, id, null, NOW));
    await expect(listed(id)).resolves.toHaveLength(1);
    await nodes().first.transaction((tx) => deleteClient(tx, id));
    await expect(listed(id)).resolves.toEqual([]);
    await expect(kidsOf(id)).resolves.toEqual([]);
  });

  test('that were fetched are listed for as long as they are fresh', async () => {
    const id = await addClient('https://a.example/jwks');
    await replace(id, [key('x')]);
    await expect(listed(id)).resolves.toEqual([]);
    await nodes().first.queries.updateTable('clients').set({ jwks_fetched_at: NOW }).where('id', '=', id).execute();
    await expect(listed(id, NOW - 1)).resolves.toHaveLength(1);
    await expect(listed(id, NOW)).resolves.toEqual([]);
  });
});

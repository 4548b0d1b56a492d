/**
 * Every path that ends something writes it to the revocation log, last, in the transaction that ends it; and has the
 * clients told that know of a browser session that ended.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClientId } from '../../src/domain/ids.ts';
import { disableClient } from '../../src/operations/manage-clients.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { rememberSignedIn } from '../../src/storage/signed-in-clients.ts';
import { addCodeClient } from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { operationsThatEnd, storageFunctionsThatEnd } from './functions-that-end.ts';
import { PATHS, type World } from './paths-that-end.ts';
import { isEnd, recordWrites, type Writes } from './recorded-writes.ts';

/** Functions of storage whose ends need no event. */
const QUIET_STORAGE = [
  // Long after their expiry, which is later than that of any token of theirs.
  'purgeSessions',
];

/** Operations that call functions which end something, and do not by themselves end anything. */
const QUIET_OPERATIONS = [
  // Lifts what others have put into the log.
  'enableClient',
  'unbanUser',
  // A client that is new has no keys yet that could go.
  'addClient',
  // Nor has an account that is new any sessions, banned or not.
  'importUsers',
  // Keys of which no token can be alive any more.
  'purgeExpired',
  'purgeSigningKeys',
];

test('every operation that ends something is in the table below', () => {
  const loud = storageFunctionsThatEnd().filter((name) => !QUIET_STORAGE.includes(name));
  const named = PATHS.flatMap(({ by }) => by).concat(QUIET_OPERATIONS);
  expect(operationsThatEnd(loud)).toEqual([...new Set(named)].toSorted());
});

test('what needs no event is still there', () => {
  expect(storageFunctionsThatEnd()).toEqual(expect.arrayContaining(QUIET_STORAGE));
});

describeEachDatabase('the revocation log', (database) => {
  const clock = new TestClock();
  const recorded: Writes[] = [];
  let knowing: Knowing;
  let server: TestServer;
  let world: World;
  let people = 0;
  beforeAll(async () => {
    server = await startClockedServer(clock, {
      databaseUrl: database.url,
      settings: { LATCHKEY_MAGIC_LINKS: 'on' },
      wrapStore: (store) => recordWrites(store, (writes) => recorded.push(writes)),
    });
    const told = await addCodeClient(server, { backchannelLogoutUri: 'https://told.example/logout' });
    const mute = await addCodeClient(server);
    const disabled = await addCodeClient(server, { backchannelLogoutUri: 'https://disabled.example/logout' });
    await disableClient(server.operations, disabled.id, 'test');
    knowing = { told: told.id, others: [mute.id, disabled.id] };
    await server.signedIn('bystander@example.com');
  });
  afterAll(() => server.close());
  beforeEach(() => {
    people += 1;
    world = { server, clock, email: `person-${people}@example.com` };
  });
  // Nothing that a path did may still be counted as an attempt of the next.
  afterEach(() => clock.advance(24 * 3_600_000));

  const events = () => listRevocations(server.operations.store.queries, 0, 10_000);

  test.each(PATHS)('$name', async ({ arrange }) => {
    const { act, expected } = await arrange(world);
    const before = (await events()).length;
    const live = await makeKnown(server, knowing);
    recorded.length = 0;
    await act();
    const written = (await events())
      .slice(before)
      .map(({ kind, key, min_version: version }) => ({ kind, key, version }));
    expect(written).toEqual(expected().map((event) => ({ version: null, ...event })));

    const ending = recorded.filter((writes) => writes.some(isEnd) || writes.some(isOfLog));
    expect(ending).toHaveLength(1);
    // Last, so that the log's head is locked for the shortest time, and in the order of commits.
    const names = ending[0]!.map(({ kind, table }) => `${kind} ${table}`);
    const ofLog = expected().flatMap(() => ['update revocation_head', 'insert revocation_events']);
    expect(names.slice(-ofLog.length)).toEqual(ofLog);
    expect(ending[0]!.slice(0, -ofLog.length).some(isOfLog)).toBe(false);
    expect(names).toContain('insert audit_events');

    // Back-Channel Logout §2.3: one notice for each browser session that ended, to the client that wants to know.
    const left = await liveBrowserSessions(server);
    const ended = live.filter((id) => !left.includes(id));
    expect(await notices(server)).toEqual(ended.map((id) => `${knowing.told} ${id}`));
  });
});

function isOfLog({ table }: Writes[number]): boolean {
  return table.startsWith('revocation_');
}

interface Knowing {
  readonly told: ClientId;
  /** One without an address, and one that was disabled. */
  readonly others: readonly ClientId[];
}

async function liveBrowserSessions({ operations }: TestServer) {
  const rows = await operations.store.queries
    .selectFrom('sessions')
    .select('id')
    .where('client_id', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', operations.clock())
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Has the clients know of every browser session that is alive; nobody is still to be told of another. */
async function makeKnown(server: TestServer, { told, others }: Knowing) {
  const live = await liveBrowserSessions(server);
  await server.operations.store.transaction(async (tx) => {
    await tx.deleteFrom('logout_notices').execute();
    for (const sessionId of live) {
      const { user_id: userId, expires_at: expiresAt } = await tx
        .selectFrom('sessions')
        .select(['user_id', 'expires_at'])
        .where('id', '=', sessionId)
        .executeTakeFirstOrThrow();
      for (const clientId of [told, ...others]) await rememberSignedIn(tx, { sessionId, clientId, userId }, expiresAt);
    }
  });
  return live;
}

async function notices({ operations }: TestServer): Promise<readonly string[]> {
  const rows = await operations.store.queries
    .selectFrom('logout_notices')
    .select(['client_id', 'session_id'])
    .orderBy('session_id')
    .orderBy('client_id')
    .execute();
  return rows.map((row) => `${row.client_id} ${row.session_id}`);
}

/** Every path that ends something writes it to the revocation log, last, in the transaction that ends it. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { listRevocations } from '../../src/storage/revocations.ts';
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
  let server: TestServer;
  let world: World;
  let people = 0;
  beforeAll(async () => {
    server = await startClockedServer(clock, {
      databaseUrl: database.url,
      settings: { LATCHKEY_MAGIC_LINKS: 'on' },
      wrapStore: (store) => recordWrites(store, (writes) => recorded.push(writes)),
    });
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
  });
});

function isOfLog({ table }: Writes[number]): boolean {
  return table.startsWith('revocation_');
}

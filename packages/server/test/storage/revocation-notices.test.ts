import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { createTestDatabase } from '../support/databases.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { appendRevocation, ensureRevocationHead } from '../../src/storage/revocations.ts';
import type { Store } from '../../src/storage/store.ts';

const EVENT = { kind: 'session', key: 'ses_00000000000000000000000000000001' } as const;

async function prepare(url: string): Promise<Store> {
  const store = openStore({ url });
  await migrate(store);
  await store.transaction((tx) => ensureRevocationHead(tx, 'epoch'));
  return store;
}

/** Counts notices, and lets a test wait for the next one. */
function counter() {
  let next = Promise.withResolvers<void>();
  return {
    onNotice: () => {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
    next: async () => Promise.race([next.promise.then(() => 'noticed'), wait(10_000, 'nothing')]),
  };
}

test('a node is woken when a transaction that revokes commits on another one, and not before', async () => {
  await using database = await createTestDatabase('postgres');
  const [writer, reader] = [await prepare(database.url), openStore({ url: database.url })];
  const notices = counter();
  const connected = notices.next();
  const listening = reader.listenForRevocations(notices.onNotice);
  expect(await connected).toBe('noticed');

  let committed = false;
  const woken = notices.next().then((outcome) => ({ outcome, committed }));
  await writer.transaction(async (tx) => {
    await appendRevocation(tx, EVENT, 1, 2, randomBytes);
    await wait(50);
    committed = true;
  });
  expect(await woken).toEqual({ outcome: 'noticed', committed: true });

  await listening.stop();
  await Promise.all([writer.close(), reader.close()]);
});

test('notices come again after the database was away', async () => {
  await using postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const store = await prepare(url);
  const notices = counter();
  const connected = notices.next();
  const listening = store.listenForRevocations(notices.onNotice);
  expect(await connected).toBe('noticed');

  const again = notices.next();
  await postgres.kill();
  await postgres.restart();
  expect(await again).toBe('noticed');

  await listening.stop();
  await store.close();
});

test('SQLite gives no notices: who follows the log there polls', async () => {
  await using database = await createTestDatabase('sqlite');
  const store = await prepare(database.url);
  let noticed = 0;
  const listening = store.listenForRevocations(() => (noticed += 1));
  await store.transaction((tx) => appendRevocation(tx, EVENT, 1, 2, randomBytes));
  await listening.stop();
  expect(noticed).toBe(0);
  await store.close();
});

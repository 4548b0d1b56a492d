/** The streams of the revocation feed, over real sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import { REVOCATION_HEARTBEAT_MS } from '@latchkey/protocol';
import { expect, test } from 'vitest';
import { disableClient } from '../../src/operations/manage-clients.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startPostgres } from '../support/postgres.ts';
import { addFeedClient, aSessionEvent, revokeMany, revokeOne, revokeSessions, startFeedServer } from './feed-server.ts';

/** Places from the first to the last, both included. */
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

const BATCH = 4000;

describeEachDatabase('a stream', (database) => {
  test('begins behind its cursor, brings each event once, and tells its own request how old a page is', async () => {
    await using server = await startFeedServer((await database.fresh()).url);
    await revokeSessions(server.operations, 3);
    const start = await server.snapshot();
    expect(start).toMatchObject({ head: 3, seq: 3 });
    await revokeSessions(server.operations, 2);
    const early = await server.stream(start);
    expect(early.status).toBe(200);
    expect(early.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(early.headers['set-cookie']).toBeUndefined();
    await early.untilSeq(5);
    const late = await server.stream();
    await revokeSessions(server.operations, 3);
    await Promise.all([early.untilSeq(8), late.untilSeq(8)]);
    expect(early.events.map(({ seq }) => seq)).toEqual([4, 5, 6, 7, 8]);
    expect(late.events.map(({ seq }) => seq)).toEqual([6, 7, 8]);
    for (const reader of [early, late]) {
      for (const { page, id, atMs } of reader.pages) {
        expect(page.cursor).toBe(id);
        expect(page.epoch).toBe(start.epoch);
        // Read after the request came or a round before, and never later than it was received.
        expect(page.elapsed_ms).toBeGreaterThan(-2000);
        expect(reader.sentAtMs + page.elapsed_ms).toBeLessThanOrEqual(atMs);
      }
    }
    expect((await server.snapshot()).cursor).toBe(early.cursor);
  });

  test('brings an event at once: the commit wakes the node, not the clock', async () => {
    await using server = await startFeedServer((await database.fresh()).url);
    const reader = await server.stream();
    await reader.until(() => true);
    const delays: number[] = [];
    for (let seq = 1; seq <= 10; seq += 1) {
      // Nowhere near a round of the follower.
      await sleep(7 * seq);
      await revokeOne(server.operations, aSessionEvent());
      const committedAtMs = performance.now();
      delays.push((await reader.untilSeq(seq)).atMs - committedAtMs);
    }
    expect(delays.toSorted((left, right) => left - right)[5]).toBeLessThan(100);
  });

  test('says within a second that there was nothing', async () => {
    await using server = await startFeedServer((await database.fresh()).url);
    const reader = await server.stream();
    await expect.poll(() => reader.pages.length, { timeout: 5000 }).toBeGreaterThanOrEqual(4);
    const times = reader.pages.map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((atMs, index) => atMs - times[index]!);
    expect(Math.min(...pauses)).toBeGreaterThan(REVOCATION_HEARTBEAT_MS / 2);
    // One may be late on a busy machine; all of them are not.
    expect(Math.min(...pauses)).toBeLessThan(REVOCATION_HEARTBEAT_MS * 1.5);
    expect(reader.pages.map(({ page }) => page.events)).toEqual(reader.pages.map(() => []));
  });

  test('loses and doubles nothing between what was before it and what comes live', async () => {
    await using server = await startFeedServer((await database.fresh()).url);
    const start = await server.snapshot();
    // More than is kept in memory, so that a part comes from the database.
    await revokeMany(server.operations, 9000);
    const stop = new AbortController();
    const writer = (async () => {
      // Some at least while readers come, however slow the machine is.
      for (let written = 0; written < 25 || !stop.signal.aborted; written += 1) {
        await revokeOne(server.operations, aSessionEvent());
        await sleep(1);
      }
    })();
    const readers = [];
    for (let count = 0; count < 12; count += 1) {
      readers.push(await server.stream(start));
      await sleep(11);
    }
    stop.abort();
    await writer;
    const { seq } = await server.snapshot();
    expect(seq).toBeGreaterThan(9020);
    await Promise.all(readers.map((reader) => reader.untilSeq(seq)));
    for (const reader of readers) expect(reader.events.map((event) => event.seq)).toEqual(range(1, seq));
  });

  test('goes on from the cursor of a stream that broke, on another node too', async () => {
    const { url } = await database.fresh();
    await using first = await startFeedServer(url);
    await using second = await startFeedServer(url);
    const broken = await first.stream();
    await revokeSessions(first.operations, 2);
    await broken.untilSeq(2);
    broken.close();
    await revokeSessions(second.operations, 3);
    const { epoch, cursor } = broken.pages.at(-1)!.page;
    const next = await second.stream({ epoch, cursor }, first.client);
    await next.untilSeq(5);
    expect([...broken.events, ...next.events].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test('ends with the client that reads it, once it has been told of that', async () => {
    await using server = await startFeedServer((await database.fresh()).url);
    const other = await addFeedClient(server.operations);
    const [own, others] = [await server.stream(), await server.stream(undefined, other)];
    await Promise.all([own.until(() => true), others.until(() => true)]);
    await disableClient(server.operations, other.id, 'test');
    expect(await others.ended).toBe('end');
    expect(others.events).toMatchObject([{ kind: 'client', key: other.id }]);
    await expect(server.stream(others.pages.at(-1)!.page, other)).resolves.toMatchObject({ status: 401 });
    await revokeOne(server.operations, aSessionEvent());
    await own.untilSeq(own.pages.at(-1)!.page.head + 1);
  });
});

// The server waits five seconds for it, and a busy machine has more to do than to write.
test(
  'a reader that reads nothing is cut off, and goes on where it was without a loss',
  { timeout: 60_000 },
  async () => {
    await using server = await startFeedServer();
    const [slow, quick] = [await server.stream(), await server.stream()];
    await Promise.all([slow.until(() => true), quick.until(() => true)]);
    slow.pause();
    // Until sockets hold no more, and the server keeps a part for the slow one: the other one is not held up by it.
    let count = 0;
    const sent = () => server.metric('latchkey_revocation_events_sent_total');
    while ((await sent()) >= 2 * count - BATCH && count < 80_000) {
      await revokeMany(server.operations, BATCH);
      count += BATCH;
      await quick.untilSeq(count);
    }
    await expect.poll(() => server.metric('latchkey_revocation_readers_cut_off_total'), { timeout: 10_000 }).toBe(1);
    slow.resume();
    expect(await slow.ended).toBe('cut');
    const resumed = await server.stream(slow.pages.at(-1)!.page);
    await resumed.untilSeq(count);
    const seen = [...slow.events, ...resumed.events].map(({ seq }) => seq);
    expect(seen).toEqual(range(1, count));
    expect(quick.events).toHaveLength(count);
    expect(await server.metric('latchkey_revocation_streams')).toBe(2);
  },
);

test('a stop ends the streams at once', async () => {
  await using server = await startFeedServer();
  const readers = await Promise.all(Array.from({ length: 20 }, () => server.stream()));
  await Promise.all(readers.map((reader) => reader.until(() => true)));
  expect(await server.metric('latchkey_revocation_streams')).toBe(20);
  const beganAtMs = performance.now();
  await server.stop();
  expect(performance.now() - beganAtMs).toBeLessThan(2000);
  expect(new Set(await Promise.all(readers.map(({ ended }) => ended)))).toEqual(new Set(['end']));
});

test('a reader that goes away is forgotten', async () => {
  await using server = await startFeedServer();
  const reader = await server.stream();
  await reader.until(() => true);
  expect(await server.metric('latchkey_revocation_streams')).toBe(1);
  reader.close();
  await expect.poll(() => server.metric('latchkey_revocation_streams')).toBe(0);
});

test('while PostgreSQL is away nothing is said, and then it goes on', async () => {
  await using postgres = await startPostgres({ durable: true });
  await using server = await startFeedServer(await postgres.createDatabase());
  const reader = await server.stream();
  await revokeSessions(server.operations, 2);
  await reader.untilSeq(2);
  await postgres.kill();
  // What was under way.
  await sleep(REVOCATION_HEARTBEAT_MS / 2);
  const before = reader.pages.length;
  await sleep(REVOCATION_HEARTBEAT_MS * 2);
  expect(reader.pages).toHaveLength(before);
  await postgres.restart();
  await expect
    .poll(() => revokeOne(server.operations, aSessionEvent()).then(() => 'written', String), { timeout: 10_000 })
    .toBe('written');
  await reader.untilSeq(3);
  expect(reader.events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test('two hundred readers are served by one reading of the log, and none misses anything', async () => {
  await using server = await startFeedServer();
  const start = await server.snapshot();
  const readers = await Promise.all(Array.from({ length: 200 }, () => server.stream(start)));
  await Promise.all(readers.map((reader) => reader.until(() => true)));
  const committedAtMs: number[] = [];
  for (let seq = 1; seq <= 10; seq += 1) {
    await revokeOne(server.operations, aSessionEvent());
    committedAtMs[seq] = performance.now();
    await sleep(30);
  }
  await Promise.all(readers.map((reader) => reader.untilSeq(10)));
  const delays = readers.flatMap(({ pages }) =>
    pages.flatMap(({ page, atMs }) => page.events.map(({ seq }) => atMs - committedAtMs[seq]!)),
  );
  for (const reader of readers) expect(reader.events.map(({ seq }) => seq)).toEqual(range(1, 10));
  expect(delays.toSorted((left, right) => left - right)[1000]).toBeLessThan(1000);
  expect(await server.metric('latchkey_revocation_events_sent_total')).toBe(2000);
  expect(await server.metric('latchkey_revocation_head')).toBe(10);
});

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { START_OF_LOG, type RevocationCursor } from '../../src/domain/revocation/cursor.ts';
import type { RevocationEvent } from '../../src/domain/revocation/event.ts';
import {
  appendRevocation,
  ensureRevocationHead,
  listRevocations,
  purgeRevocations,
  readRevocationHead,
  readRevocationsAfter,
} from '../../src/storage/revocations.ts';
import { openStore } from '../../src/storage/open-store.ts';
import type { Queries } from '../../src/storage/store.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, NOW, useNodes } from './nodes.ts';

const WRITERS = 32;
const MINUTE_MS = 60_000;
const event: RevocationEvent = { kind: 'session', key: 'ses_0' };

describeEachDatabase('the revocation log', (database) => {
  const nodes = useNodes(database);

  const append = async (appended: RevocationEvent, dropAfter = NOW + 1) =>
    nodes().first.transaction((tx) => appendRevocation(tx, appended, NOW, dropAfter, randomBytes));

  /** As a reader asks, page by page: the places of the events, or `gone`. */
  async function follow(queries: Queries, after: RevocationCursor, limit: number): Promise<Place[] | 'gone'> {
    const places: Place[] = [];
    for (let cursor = after; ;) {
      const read = await readRevocationsAfter(queries, EPOCH, cursor, limit);
      if (read.kind === 'gone') return 'gone';
      const last = read.events.at(-1);
      if (last === undefined) return places;
      expect(read.head.seq).toBeGreaterThanOrEqual(last.seq);
      places.push(...read.events.map(({ seq, key }) => ({ seq, key })));
      cursor = last;
    }
  }

  test('keeps its first epoch, whoever starts at once or later', async () => {
    await nodes().transactAtOnce(20, (tx, index) => ensureRevocationHead(tx, `other epoch ${index}`));
    await expect(readRevocationHead(nodes().first.queries)).resolves.toMatchObject({ epoch: EPOCH });
  });

  test('gives events as they were written, each with a mark that the head has too', async () => {
    const { seq } = await readRevocationHead(nodes().first.queries);
    await append({ kind: 'session', key: 'ses_1' });
    await append({ kind: 'subject', key: 'usr_1', minVersion: 7 });
    await append({ kind: 'branch', key: 'ses_1:3.0' });
    const events = await listRevocations(nodes().node(1).queries, seq, 10);
    const times = { committed_at: NOW, drop_after: NOW + 1 };
    expect(events).toEqual([
      { seq: seq + 1, kind: 'session', key: 'ses_1', min_version: null, mark: events[0]?.mark, ...times },
      { seq: seq + 2, kind: 'subject', key: 'usr_1', min_version: 7, mark: events[1]?.mark, ...times },
      { seq: seq + 3, kind: 'branch', key: 'ses_1:3.0', min_version: null, mark: events[2]?.mark, ...times },
    ]);
    const marks = events.map(({ mark }) => mark);
    for (const mark of marks) expect(mark).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(new Set(marks).size).toBe(3);
    await expect(readRevocationHead(nodes().first.queries)).resolves.toEqual({
      epoch: EPOCH,
      seq: seq + 3,
      mark: marks[2],
    });
  });

  test('has no gaps, and a reader who follows it misses nothing, while 32 write at once', async () => {
    const start = await readRevocationHead(nodes().first.queries);
    let writing = true;
    const followLive = async (node: number) => {
      const seen: Place[] = [];
      let after: RevocationCursor = start;
      for (let last = false; !last;) {
        last = !writing;
        const read = await readRevocationsAfter(nodes().node(node).queries, EPOCH, after, last ? WRITERS : 3);
        if (read.kind === 'gone') return 'gone';
        after = read.events.at(-1) ?? after;
        seen.push(...read.events.map(({ seq, key }) => ({ seq, key })));
        await sleep(1);
      }
      return seen;
    };
    const readers = [followLive(0), followLive(1), followLive(2)];
    const ended: string[] = [];
    await nodes().transactAtOnce(WRITERS, async (tx, index) => {
      // The transactions end in another order than they begin.
      await sleep((index * 7) % 20);
      await appendRevocation(tx, { kind: 'session', key: `ses_${index}` }, NOW, NOW + 1, randomBytes);
      await sleep((index * 5) % 3);
      // Nobody else is between here and the commit.
      ended.push(`ses_${index}`);
    });
    writing = false;
    const expected = ended.map((key, index) => ({ seq: start.seq + index + 1, key }));
    expect(expected).toHaveLength(WRITERS);
    await expect(Promise.all(readers)).resolves.toEqual([expected, expected, expected]);
    await expect(readRevocationHead(nodes().first.queries)).resolves.toMatchObject({ seq: start.seq + WRITERS });
  });

  test('shows nothing of a transaction that commits late, and then all of it in its place', async () => {
    // Those who write wait with all connections that their nodes have.
    await using reader = openReader(database.url);
    const { queries } = reader.store;
    const start = await readRevocationHead(queries);
    const [appended, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late = nodes().first.transaction(async (tx) => {
      await appendRevocation(tx, { kind: 'session', key: 'ses_late' }, NOW, NOW + 1, randomBytes);
      appended.resolve();
      await mayCommit.promise;
    });
    await appended.promise;
    const others = Promise.allSettled(
      Array.from({ length: WRITERS }, (_, index) =>
        nodes()
          .node(index)
          .transaction(async (tx) => {
            const key = `ses_${index}` as const;
            await appendRevocation(tx, { kind: 'session', key }, NOW, NOW + 1, randomBytes);
            if (index % 4 === 3) throw new Error('abandoned');
          }),
      ),
    );
    await sleep(30);
    await expect(follow(queries, start, 5)).resolves.toEqual([]);
    mayCommit.resolve();
    await late;
    const outcomes = await others;
    const committed = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [`ses_${index}`] : []));
    expect(committed).toHaveLength((WRITERS * 3) / 4);
    const seen = (await follow(queries, start, 5)) as Place[];
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_each, index) => start.seq + 1 + index));
    expect(seen[0]).toMatchObject({ key: 'ses_late' });
    expect(new Set(seen.slice(1).map(({ key }) => key))).toEqual(new Set(committed));
    expect(seen).toHaveLength(1 + committed.length);
  });

  test('gives no number and no mark to what is rolled back', async () => {
    const head = await readRevocationHead(nodes().first.queries);
    const abandoned = nodes().first.transaction(async (tx) => {
      await appendRevocation(tx, event, NOW, NOW + 1, randomBytes);
      throw new Error('abandoned');
    });
    await expect(abandoned).rejects.toThrow('abandoned');
    await expect(readRevocationHead(nodes().first.queries)).resolves.toEqual(head);
    await append(event);
    await expect(listRevocations(nodes().first.queries, head.seq, 10)).resolves.toMatchObject([{ seq: head.seq + 1 }]);
  });

  test('cannot say what came after a place of another log, or one that it has not reached', async () => {
    const { queries } = nodes().first;
    const head = await readRevocationHead(queries);
    await expect(readRevocationsAfter(queries, EPOCH, head, 5)).resolves.toEqual({ kind: 'page', head, events: [] });
    await expect(readRevocationsAfter(queries, 'other', head, 5)).resolves.toEqual({ kind: 'gone' });
    await expect(follow(queries, { ...head, seq: head.seq + 1 }, 5)).resolves.toBe('gone');
    await expect(follow(queries, { ...head, mark: 'other' }, 5)).resolves.toBe('gone');
  });

  test('is found out when it was put back to a backup, also when it has grown past the reader since', async () => {
    const { queries } = nodes().first;
    for (let count = 0; count < 3; count += 1) await append(event);
    const backup = await readRevocationHead(queries);
    await append({ kind: 'session', key: 'ses_lost' });
    const [before, reader] = [backup, await readRevocationHead(queries)];
    // What restoring does.
    await queries.deleteFrom('revocation_events').where('seq', '>', backup.seq).execute();
    await queries.updateTable('revocation_head').set({ seq: backup.seq, mark: backup.mark }).execute();
    await expect(follow(queries, reader, 5)).resolves.toBe('gone');
    await append({ kind: 'session', key: 'ses_other' });
    // Now another event has the reader's place.
    await expect(follow(queries, reader, 5)).resolves.toBe('gone');
    await append(event);
    await append(event);
    await expect(follow(queries, reader, 5)).resolves.toBe('gone');
    await expect(follow(queries, before, 2)).resolves.toMatchObject([{ key: 'ses_other' }, {}, {}]);
  });

  test('cannot say what came next where some of it was dropped, or where the event of the cursor was', async () => {
    const { queries } = nodes().first;
    const start = await readRevocationHead(queries);
    for (let count = 0; count < 4; count += 1) await append(event);
    const [first] = await listRevocations(queries, start.seq, 1);
    await queries
      .deleteFrom('revocation_events')
      .where('seq', '=', start.seq + 2)
      .execute();
    await expect(follow(queries, start, 2)).resolves.toBe('gone');
    await expect(follow(queries, first!, 2)).resolves.toBe('gone');
    await expect(follow(queries, { seq: start.seq + 2, mark: first!.mark }, 2)).resolves.toBe('gone');
    await expect(follow(queries, START_OF_LOG, 100)).resolves.toBe('gone');
  });

  test('forgets events at their instant, and never a number', async () => {
    const { seq } = await readRevocationHead(nodes().first.queries);
    for (const dropAfter of [NOW + 2 * MINUTE_MS, NOW + 2 * MINUTE_MS + 1, NOW + 1]) await append(event, dropAfter);
    const purge = async (now: number) => nodes().transactAtOnce(10, (tx) => purgeRevocations(tx, now, 1000));
    await purge(NOW + 2 * MINUTE_MS);
    await expect(listRevocations(nodes().first.queries, 0, 10)).resolves.toMatchObject([
      { seq: seq + 2 },
      { seq: seq + 3 },
    ]);
    const purged = await purge(NOW + 2 * MINUTE_MS + 1);
    expect(purged.reduce((sum, count) => sum + count)).toBe(1);
    await append(event);
    await expect(listRevocations(nodes().first.queries, 0, 10)).resolves.toMatchObject([
      { seq: seq + 3 },
      { seq: seq + 4 },
    ]);
  });

  test('keeps the event where a reader stands who is up to date, until the next one is a minute old', async () => {
    const { first } = nodes();
    const late = NOW + 10 * MINUTE_MS;
    const purge = (now: number) => first.transaction((tx) => purgeRevocations(tx, now, 1000));
    await append(event);
    await purge(late);
    const reader = await readRevocationHead(first.queries);
    await first.transaction((tx) => appendRevocation(tx, event, late, late + 5, randomBytes));
    await purge(late + MINUTE_MS - 1);
    await expect(follow(first.queries, reader, 5)).resolves.toMatchObject([{ seq: reader.seq + 1 }]);
    await purge(late + MINUTE_MS);
    await expect(follow(first.queries, reader, 5)).resolves.toBe('gone');
  });
});

/** A node of its own. */
function openReader(url: string) {
  const store = openStore({ url });
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

interface Place {
  readonly seq: number;
  readonly key: string;
}

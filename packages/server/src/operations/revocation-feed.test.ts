import type { RevocationPage } from '@latchkey/protocol';
import { describe, expect, test } from 'vitest';
import { aSessionEvent, revokeMany, revokeOne } from '../../test/revocations/feed-server.ts';
import { createTestContext, TestClock } from '../../test/support/test-server.ts';
import type { RevocationCursor } from '../domain/revocation/cursor.ts';
import { readRevocationHead } from '../storage/revocations.ts';
import { followRevocations } from './follow-revocations.ts';
import { RevocationFeed, type FeedLimits, type FeedSink } from './revocation-feed.ts';
import { monotonicNow } from './revocation-page.ts';

const MINUTE_MS = 60_000;

/** A reader that takes everything at once. */
class Reader implements FeedSink {
  readonly pages: RevocationPage[] = [];
  queuedBytes = 0;
  outcome: 'open' | 'ended' | 'cut off' = 'open';
  mayDrain = Promise.withResolvers<void>();

  get places(): readonly number[] {
    return this.pages.flatMap(({ events }) => events.map(({ seq }) => seq));
  }

  write(text: string): void {
    this.pages.push(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '') as RevocationPage);
  }

  async drained(): Promise<void> {
    await this.mayDrain.promise;
    this.queuedBytes = 0;
  }

  end(): void {
    this.outcome = 'ended';
  }

  cutOff(): void {
    this.outcome = 'cut off';
  }
}

async function startFeed(limits?: FeedLimits) {
  const context = await createTestContext(new TestClock());
  const { operations } = context;
  const feed = new RevocationFeed(operations, limits);
  const follow = followRevocations(operations, feed);
  await follow();
  const { epoch } = await readRevocationHead(operations.store.queries);
  const open = async (more: { after?: RevocationCursor; clientId?: string; agoMs?: number } = {}) => {
    const { clientId = 'cli_1', agoMs = 0 } = more;
    const after = more.after ?? (await readRevocationHead(operations.store.queries));
    const opening = await feed.open({ clientId, epoch, after, arrivedAtMs: monotonicNow() - agoMs });
    if (opening.kind !== 'open') return opening.kind;
    const reader = new Reader();
    const hasGone = opening.begin(reader);
    await expect.poll(() => reader.pages.length).toBeGreaterThan(0);
    return { reader, hasGone };
  };
  const reader = async (more: Parameters<typeof open>[0] = {}) => {
    const opened = await open(more);
    if (typeof opened === 'string') throw new Error(opened);
    return opened;
  };
  const round = async () => {
    await follow();
    await feed.settled();
  };
  return { operations, feed, open, reader, round, [Symbol.asyncDispose]: () => context[Symbol.asyncDispose]() };
}

describe('the streams of a node', () => {
  test('are bounded, of a client and at all, and make room when their readers go', async () => {
    await using feed = await startFeed({ streams: 3, streamsOfClient: 2 });
    const first = await feed.reader();
    await feed.reader();
    expect(await feed.open()).toBe('full');
    await feed.reader({ clientId: 'cli_2' });
    expect(await feed.open({ clientId: 'cli_3' })).toBe('full');
    first.hasGone();
    await feed.reader({ clientId: 'cli_3' });
    expect(feed.feed.counts.streams).toBe(3);
  });

  test('count no reader whose cursor is refused', async () => {
    await using feed = await startFeed({ streams: 1, streamsOfClient: 1 });
    expect(await feed.open({ after: { seq: 7, mark: 'x' } })).toBe('gone');
    await feed.reader();
  });

  test('end after some minutes, with all that there is', async () => {
    await using feed = await startFeed();
    const [young, old] = [await feed.reader({ agoMs: 3 * MINUTE_MS }), await feed.reader({ agoMs: 5 * MINUTE_MS })];
    await revokeOne(feed.operations, aSessionEvent());
    await feed.round();
    expect([young.reader.outcome, old.reader.outcome]).toEqual(['open', 'ended']);
    expect([young.reader.places, old.reader.places]).toEqual([[1], [1]]);
    expect(old.reader.pages.at(-1)?.elapsed_ms).toBeGreaterThanOrEqual(5 * MINUTE_MS);
  });

  test('end when the server stops, and none is opened any more', async () => {
    await using feed = await startFeed();
    const { reader } = await feed.reader();
    feed.feed.close();
    expect(reader.outcome).toBe('ended');
    expect(await feed.open()).toBe('full');
  });

  test('cannot break those of others by how they end', async () => {
    await using feed = await startFeed();
    const [gone, other] = [await feed.reader({ agoMs: 5 * MINUTE_MS }), await feed.reader()];
    gone.reader.end = () => {
      throw new TypeError('Invalid state: Controller is already closed');
    };
    await revokeOne(feed.operations, aSessionEvent());
    await feed.round();
    expect([other.reader.places, feed.feed.counts.streams]).toEqual([[1], 1]);
  });

  test('end when the server stops before they have begun', async () => {
    await using feed = await startFeed();
    const { epoch, ...after } = await readRevocationHead(feed.operations.store.queries);
    const opening = await feed.feed.open({ clientId: 'cli_1', epoch, after, arrivedAtMs: monotonicNow() });
    feed.feed.close();
    const reader = new Reader();
    if (opening.kind === 'open') opening.begin(reader);
    expect(reader.outcome).toBe('ended');
  });

  test('wait for a reader who is slow, and hold nobody else up', async () => {
    await using feed = await startFeed();
    const [slow, quick] = [(await feed.reader()).reader, (await feed.reader()).reader];
    slow.queuedBytes = 100_000;
    await revokeMany(feed.operations, 1200);
    await feed.round();
    await expect.poll(() => quick.places.length).toBe(1200);
    await revokeOne(feed.operations, aSessionEvent());
    await feed.round();
    expect(slow.places).toEqual([]);
    slow.mayDrain.resolve();
    await expect.poll(() => slow.places.length).toBe(1201);
    expect(slow.places).toEqual(Array.from({ length: 1201 }, (_, index) => index + 1));
    expect(quick.places).toEqual(slow.places);
    await revokeOne(feed.operations, aSessionEvent());
    await feed.round();
    expect([slow.places.at(-1), quick.places.at(-1)]).toEqual([1202, 1202]);
    // Pages never say that they are complete where they are not.
    for (const { seq, head } of slow.pages) expect(seq).toBeLessThanOrEqual(head);
  });

  test('end where the log was put back, and those that begin then find out', async () => {
    await using feed = await startFeed();
    const { queries } = feed.operations.store;
    await revokeMany(feed.operations, 3);
    await feed.round();
    const lost = await readRevocationHead(queries);
    const { reader } = await feed.reader();
    await queries.deleteFrom('revocation_events').where('seq', '>', 1).execute();
    await queries.updateTable('revocation_head').set({ seq: 1, mark: 'mark-1' }).execute();
    await revokeOne(feed.operations, aSessionEvent());
    await revokeOne(feed.operations, aSessionEvent());
    await feed.round();
    expect(reader.outcome).toBe('ended');
    expect(reader.places).toEqual([]);
    expect(await feed.open({ after: lost })).toBe('gone');
    const back = await feed.reader({ after: { seq: 1, mark: 'mark-1' } });
    expect(back.reader.places).toEqual([2, 3]);
  });
});

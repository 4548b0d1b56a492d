import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { RevocationEvent } from '../../src/domain/revocation/event.ts';
import {
  appendRevocation,
  ensureRevocationHead,
  listRevocations,
  purgeRevocations,
  readRevocationHead,
} from '../../src/storage/revocations.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { EPOCH, NOW, useNodes } from './nodes.ts';

const WRITERS = 32;
const event: RevocationEvent = { kind: 'session', key: 'ses_0' };

describeEachDatabase('the revocation log', (database) => {
  const nodes = useNodes(database);

  const append = async (appended: RevocationEvent, dropAfter = NOW + 1) =>
    nodes().first.transaction((tx) => appendRevocation(tx, appended, NOW, dropAfter));

  test('keeps its first epoch, whoever starts at once or later', async () => {
    await nodes().transactAtOnce(20, (tx, index) => ensureRevocationHead(tx, `other epoch ${index}`));
    await expect(readRevocationHead(nodes().first.queries)).resolves.toMatchObject({ epoch: EPOCH });
  });

  test('gives events as they were written', async () => {
    const { seq } = await readRevocationHead(nodes().first.queries);
    await append({ kind: 'session', key: 'ses_1' });
    await append({ kind: 'subject', key: 'usr_1', minVersion: 7 });
    await append({ kind: 'branch', key: 'ses_1:3.0' });
    const events = [
      { seq: seq + 1, kind: 'session', key: 'ses_1', min_version: null },
      { seq: seq + 2, kind: 'subject', key: 'usr_1', min_version: 7 },
      { seq: seq + 3, kind: 'branch', key: 'ses_1:3.0', min_version: null },
    ];
    await expect(listRevocations(nodes().node(1).queries, seq, 10)).resolves.toEqual(events);
    await expect(listRevocations(nodes().first.queries, seq + 1, 1)).resolves.toEqual([events[1]]);
  });

  test('has no gaps, and a reader who follows it misses nothing, while 32 write at once', async () => {
    const { seq: start } = await readRevocationHead(nodes().first.queries);
    let writing = true;
    const follow = async (node: number) => {
      const { queries } = nodes().node(node);
      const seen: number[] = [];
      for (let last = false; !last;) {
        last = !writing;
        for (const { seq } of await listRevocations(queries, seen.at(-1) ?? start, 3)) seen.push(seq);
        await sleep(1);
      }
      return seen.concat((await listRevocations(queries, seen.at(-1) ?? start, WRITERS)).map(({ seq }) => seq));
    };
    const readers = [follow(0), follow(1), follow(2)];
    await nodes().transactAtOnce(WRITERS, async (tx, index) => {
      // The transactions end in another order than they begin.
      await sleep((index * 7) % 20);
      await appendRevocation(tx, { kind: 'session', key: `ses_${index}` }, NOW, NOW + 1);
      await sleep((index * 5) % 3);
    });
    writing = false;
    const expected = Array.from({ length: WRITERS }, (_, index) => start + index + 1);
    await expect(Promise.all(readers)).resolves.toEqual([expected, expected, expected]);
    await expect(readRevocationHead(nodes().first.queries)).resolves.toEqual({ epoch: EPOCH, seq: start + WRITERS });
  });

  test('gives no number to what is rolled back', async () => {
    const { seq } = await readRevocationHead(nodes().first.queries);
    const abandoned = nodes().first.transaction(async (tx) => {
      await appendRevocation(tx, event, NOW, NOW + 1);
      throw new Error('abandoned');
    });
    await expect(abandoned).rejects.toThrow('abandoned');
    await append(event);
    await expect(listRevocations(nodes().first.queries, seq, 10)).resolves.toMatchObject([{ seq: seq + 1 }]);
  });

  test('forgets events at their instant, and never a number', async () => {
    await nodes().first.transaction((tx) => purgeRevocations(tx, Number.MAX_SAFE_INTEGER, 1000));
    const { seq } = await readRevocationHead(nodes().first.queries);
    await append(event, NOW + 10);
    await append(event, NOW + 11);
    const purged = await nodes().transactAtOnce(10, (tx) => purgeRevocations(tx, NOW + 10, 100));
    expect(purged.reduce((sum, count) => sum + count)).toBe(1);
    await expect(listRevocations(nodes().first.queries, 0, 10)).resolves.toMatchObject([{ seq: seq + 2 }]);
    await nodes().first.transaction((tx) => purgeRevocations(tx, NOW + 11, 100));
    await append(event);
    await expect(listRevocations(nodes().first.queries, 0, 10)).resolves.toMatchObject([{ seq: seq + 3 }]);
  });
});

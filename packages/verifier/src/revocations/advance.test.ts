import type { RevocationPage, WireRevocation } from '@latchkey/protocol';
import { describe, expect, test } from 'vitest';
import { advance, positionOfSnapshot, readAtMsOf, type LogPosition, type PageReading } from './advance.ts';

const event = (seq: number): WireRevocation => ({ seq, kind: 'session', key: `ses_${seq}`, drop_after: 9_000 });

function page(seqs: readonly number[], { after = 0, mark = '', ...rest }: PageChange = {}): RevocationPage {
  const seq = seqs.at(-1) ?? after;
  const events = seqs.map(event);
  return { epoch: 'e', head: seq, cursor: `${seq}.${mark}`, seq, elapsed_ms: 0, now: 0, events, ...rest };
}
type PageChange = Partial<RevocationPage> & { readonly after?: number; readonly mark?: string };

/** By default of a request that was sent after the position's page had come. */
const reading = (of: RevocationPage, sentAtMs = 200, receivedAtMs = sentAtMs + 10): PageReading => ({
  page: of,
  sentAtMs,
  receivedAtMs,
});

/** Behind event 5, read between 100 and 110. */
const AT_5: LogPosition = positionOfSnapshot(reading(page([3, 5]), 100));

describe('a page that continues', () => {
  test.each<[string, RevocationPage, readonly number[], number, boolean]>([
    ['nothing new', page([], { after: 5 }), [], 5, true],
    ['the next event', page([6]), [6], 6, true],
    ['several', page([6, 7, 8]), [6, 7, 8], 8, true],
    ['known ones, and new ones', page([3, 4, 5, 6, 7]), [6, 7], 7, true],
    ['known ones only', page([4, 5]), [], 5, true],
    ['known ones only, not even all', page([3, 4], { head: 5 }), [], 5, true],
    ['a part: the log is longer', page([6, 7], { head: 9 }), [6, 7], 7, false],
    ['nothing, though the log is longer', page([], { after: 5, head: 9 }), [], 5, false],
  ])('%s', (_what, of, seqs, seq, isComplete) => {
    const taken = advance(AT_5, reading(of));
    expect(taken).toMatchObject({ outcome: 'applied', isComplete, position: { epoch: 'e', seq, cursor: `${seq}.` } });
    expect(taken.outcome === 'applied' && taken.events.map((one) => one.seq)).toEqual(seqs);
  });
});

describe('a page that was read later, and does not fit', () => {
  test.each<[string, RevocationPage, string]>([
    ['another epoch', page([6], { epoch: 'f' }), 'another_epoch'],
    ['a head that went back', page([], { after: 4 }), 'head_went_back'],
    ['a head that went back to the beginning', page([]), 'head_went_back'],
    ['another event in the same place', page([5], { mark: 'x' }), 'another_event'],
    ['a gap before the first event', page([7]), 'gap'],
    ['a gap without an event', page([], { after: 6 }), 'gap'],
    ['a gap within', page([6, 8]), 'gap'],
    ['a place that is not that of the last event', { ...page([6]), seq: 7, head: 7 }, 'gap'],
  ])('%s', (_what, of, reason) => {
    expect(advance(AT_5, reading(of))).toEqual({ outcome: 'lost', reason });
  });
});

describe('a page that may have been read before', () => {
  test.each<[string, RevocationPage]>([
    ['a lower head', page([3, 4])],
    ['the epoch before', page([3, 4], { epoch: 'd' })],
    ['the event that was there before', page([5], { mark: 'x' })],
  ])('%s', (_what, of) => {
    // Sent before, at the same time, and while the other one was on its way; however late it comes.
    for (const sentAtMs of [0, 100, 109]) {
      const elapsed_ms = sentAtMs === 100 ? -1 : 0;
      expect(advance(AT_5, reading({ ...of, elapsed_ms }, sentAtMs, 5_000))).toEqual({ outcome: 'behind' });
    }
  });

  test('a server that reads from memory, from before the other page came', () => {
    const of = { ...page([3, 4]), elapsed_ms: -100 };
    expect(advance(AT_5, reading(of, 200)).outcome).toBe('behind');
    expect(advance(AT_5, reading(of, 210)).outcome).toBe('lost');
  });

  test('it still brings what is new, and hides no later step back', () => {
    const late = advance(AT_5, reading(page([4, 5, 6]), 50, 300));
    if (late.outcome !== 'applied') throw new TypeError(late.outcome);
    expect(late.events.map(({ seq }) => seq)).toEqual([6]);
    expect(late.position.newest).toEqual(AT_5.newest);
  });
});

test('within a stream, pages are read in the order of their times, however long they took', () => {
  const first = advance(AT_5, reading({ ...page([6]), elapsed_ms: 1000 }, 200, 9_000));
  if (first.outcome !== 'applied') throw new TypeError(first.outcome);
  const next = (elapsed_ms: number) => advance(first.position, reading({ ...page([5]), elapsed_ms }, 200, 9_001));
  expect(next(999).outcome).toBe('behind');
  expect(next(1001).outcome).toBe('lost');
});

test('a page is read when its request was sent and its server took its time, at most when it came', () => {
  const readAt = (elapsed_ms: number) => readAtMsOf(reading({ ...page([]), elapsed_ms }, 100, 150));
  expect([-20, 0, 30, 50, 9_999].map(readAt)).toEqual([80, 100, 130, 150, 150]);
});

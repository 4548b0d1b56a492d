import { expect, test } from 'vitest';
import { clockJumpMs, Freshness, type FeedReading } from './freshness.ts';
import { IssuerClock } from './issuer-clock.ts';

const WALL_MS = 1_800_000_000_000;

/** A page that was asked for and came, by clocks that agree unless it is said otherwise. */
function reading(
  given: Partial<Record<'sent' | 'received' | 'elapsed' | 'wallReceived' | 'wallSent' | 'issuer', number>> = {},
): FeedReading {
  const { sent = 0, received = sent + 20, elapsed = 0, issuer = 0 } = given;
  const { wallSent = sent, wallReceived = wallSent + received - sent } = given;
  return {
    page: { epoch: 'e', head: 0, cursor: '0.', seq: 0, elapsed_ms: elapsed, now: issuer, events: [] },
    sentAtMs: sent,
    receivedAtMs: received,
    sentWallMs: WALL_MS + wallSent,
    receivedWallMs: WALL_MS + wallReceived,
  };
}

function ageAfter(readings: readonly FeedReading[], monotonicMs: number, wallMs = monotonicMs): number {
  const freshness = new Freshness();
  for (const one of readings) freshness.prove(one);
  return freshness.ageMs(monotonicMs, WALL_MS + wallMs);
}

test.each<[string, FeedReading[], [number, number?], number]>([
  ['nothing is known', [], [100], Infinity],
  ['counted from the sending, not from the receipt', [reading({ sent: 0, received: 900 })], [1000], 1000],
  ['and what the server took before it read', [reading({ received: 900, elapsed: 300 })], [1000], 700],
  [
    'but a server that says too much makes nothing fresher than its answer',
    [reading({ received: 900, elapsed: 9999 })],
    [1000],
    100,
  ],
  ['a server that reads from memory says so', [reading({ received: 900, elapsed: -500 })], [1000], 1500],
  ['a page of a stream', [reading({ received: 60_010, elapsed: 60_000 })], [60_100], 100],
  ['the freshest counts, in any order', [reading({ sent: 500 }), reading({ sent: 100, received: 600 })], [1000], 500],
  ['the machine was suspended since', [reading()], [100, 600_000], 600_000],
  ['the wall clock was set forward since: older, to be safe', [reading()], [100, 3_600_000], 3_600_000],
  ['the wall clock was set back since: not fresher', [reading()], [100, -3_600_000], 100],
  [
    'suspended while the answer was on its way',
    [reading({ received: 20, wallReceived: 600_000 })],
    [30, 600_010],
    600_010,
  ],
  [
    'a stream of before a suspension',
    [reading({ received: 1000, elapsed: 60_000, wallReceived: 601_000 })],
    [1000, 601_000],
    600_000,
  ],
  [
    'it does not replace what was asked for after',
    [reading({ sent: 900, wallSent: 600_900 }), reading({ received: 1000, elapsed: 60_000, wallReceived: 601_000 })],
    [1000, 601_000],
    100,
  ],
])('%s', (_what, readings, [monotonicMs, wallMs], age) => {
  expect(ageAfter(readings, monotonicMs, wallMs)).toBe(age);
});

test('how far the clocks have moved apart', () => {
  expect(clockJumpMs(reading())).toBe(0);
  expect(clockJumpMs(reading({ wallReceived: 5020 }))).toBe(5000);
  expect(clockJumpMs(reading({ wallReceived: -4980 }))).toBe(5000);
});

test('the time at the issuer is never ahead of what it was', () => {
  const clock = new IssuerClock();
  expect(clock.nowMs(1e12)).toBe(Number.NEGATIVE_INFINITY);
  expect(clock.wallOffsetMs).toBeUndefined();
  // It stated 5,000 at some time between 0 and 20.
  clock.observe(reading({ sent: 0, received: 20, issuer: 5000 }));
  expect(clock.nowMs(20)).toBe(5000);
  expect(clock.nowMs(120)).toBe(5100);
  expect(clock.wallOffsetMs).toBe(WALL_MS + 20 - 5000);
  // An old page that comes late changes nothing; a later one may set the clock right.
  clock.observe(reading({ sent: -900, received: 130, issuer: 4000 }));
  expect(clock.nowMs(130)).toBe(5110);
  clock.observe(reading({ sent: 200, received: 220, issuer: 3000 }));
  expect(clock.nowMs(220)).toBe(3000);
});

import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RevocationPage } from '@latchkey/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TestLog } from '../../test/support/test-log.ts';
import type { PageReading } from './advance.ts';
import { compactId, expandId } from './compact-id.ts';
import { LiveRevocations, type RevocableClaims, type Revocation } from './live-revocations.ts';
import { LogFollower } from './log-follower.ts';

const NOW_MS = 1_800_000_000_000;
const LATER_MS = NOW_MS + 900_000;
const FORMER = { jti: 'j9', kid: 'k0', client_id: 'cli_0', cv: 2 };
const CLAIMS: RevocableClaims = { sub: 'usr_1', client_id: 'cli_1', jti: 'j1', sid: 's1', sv: 3, cv: 5, br: '0.1' };

/** A claim that is set to undefined is left out. */
type Changes = { readonly [Claim in keyof RevocableClaims]?: RevocableClaims[Claim] | undefined };

function holding(...events: readonly Partial<Revocation>[]): LiveRevocations {
  const live = new LiveRevocations();
  live.add(events.map((event) => ({ kind: 'session', key: 'x', drop_after: LATER_MS, ...event })));
  return live;
}

describe('a token is refused', () => {
  test.each<[string, Partial<Revocation>, Changes, boolean]>([
    ['by its session', { kind: 'session', key: 's1' }, {}, true],
    ['not by another session', { kind: 'session', key: 's2' }, {}, false],
    ['not by a session, where it has none', { kind: 'session', key: 'undefined' }, { sid: undefined }, false],
    ['by its branch', { kind: 'branch', key: 's1:0.1' }, {}, true],
    ['not by another branch', { kind: 'branch', key: 's1:0.10' }, {}, false],
    ['not by a branch of another session', { kind: 'branch', key: 's2:0.1' }, {}, false],
    ['by a higher version of its subject', { kind: 'subject', key: 'usr_1', min_version: 4 }, {}, true],
    ['not by its own version', { kind: 'subject', key: 'usr_1', min_version: 3 }, {}, false],
    ['not by the version of another', { kind: 'subject', key: 'usr_2', min_version: 9 }, {}, false],
    ['by any version, where it has none', { kind: 'subject', key: 'usr_1', min_version: 0 }, { sv: undefined }, true],
    ['by a higher version of its client', { kind: 'client', key: 'cli_1', min_version: 6 }, {}, true],
    ['not by the version of its client', { kind: 'client', key: 'cli_1', min_version: 5 }, {}, false],
    [
      'by any version of its client, where it has none',
      { kind: 'client', key: 'cli_1', min_version: 0 },
      { cv: undefined },
      true,
    ],
    ['by its id', { kind: 'token', key: 'j1' }, {}, true],
    ['by its key', { kind: 'key', key: 'k1' }, {}, true],
    ['not by another key', { kind: 'key', key: 'k2' }, {}, false],
    ['not by its subject as a session', { kind: 'session', key: 'usr_1' }, {}, false],
    ['by a former token', { kind: 'token', key: 'j0' }, { via: [FORMER, { ...FORMER, jti: 'j0' }] }, true],
    ['by the key of a former token', { kind: 'key', key: 'k0' }, { via: [FORMER] }, true],
    ['by the client of a former token', { kind: 'client', key: 'cli_0', min_version: 3 }, { via: [FORMER] }, true],
    ['not by its version', { kind: 'client', key: 'cli_0', min_version: 2 }, { via: [FORMER] }, false],
    [
      'by the client of a former token, where that has no version',
      { kind: 'client', key: 'cli_0', min_version: 0 },
      { via: [{ jti: 'j', kid: 'k', client_id: 'cli_0' }] },
      true,
    ],
    ['not by another former token', { kind: 'token', key: 'j0' }, { via: [FORMER] }, false],
    ['not by an unknown kind', { kind: 'planet' as never, key: 's1' }, {}, false],
    ['not by the name of a method', { kind: 'constructor' as never, key: 's1' }, {}, false],
  ])('%s', (_what, event, claims, expected) => {
    const token = { ...CLAIMS, ...claims } as RevocableClaims;
    expect(holding(event).revokes(token, 'k1')).toBe(expected);
  });
});

test('the highest version and the latest time win, in any order', () => {
  const bound = (min_version: number, drop_after: number) =>
    ({ kind: 'subject', key: 'u', min_version, drop_after }) as const;
  for (const events of [
    [bound(5, NOW_MS + 1000), bound(2, NOW_MS + 9000)],
    [bound(2, NOW_MS + 9000), bound(5, NOW_MS + 1000)],
  ]) {
    expect([...holding(...events)]).toEqual([bound(5, NOW_MS + 9000)]);
  }
});

test.each([-1, 0, 1, 2 ** 22, 2 ** 22 + 1, 2 ** 31, Number.MAX_SAFE_INTEGER])(
  'a bound may be version %d',
  (version) => {
    const event = { kind: 'subject', key: 'usr_1', min_version: version, drop_after: LATER_MS } as const;
    const live = holding(event, { ...event, min_version: version - 1, drop_after: LATER_MS + 1000 });
    expect([...live]).toEqual([{ ...event, drop_after: LATER_MS + 1000 }]);
    expect(live.revokes({ ...CLAIMS, sv: version }, 'k1')).toBe(false);
    expect(live.revokes({ ...CLAIMS, sv: version - 1 }, 'k1')).toBe(true);
  },
);

test('what is over falls out, a minute later, and not before', () => {
  const live = holding(
    { key: 'a', drop_after: NOW_MS },
    { kind: 'client', key: 'b', min_version: 1, drop_after: NOW_MS },
  );
  live.sweep(NOW_MS + 59_000);
  expect(live.size).toBe(2);
  live.sweep(NOW_MS + 60_000);
  expect(live.size).toBe(0);
});

test('each sweep looks at a part, and some dozens at all', () => {
  const live = new LiveRevocations();
  live.add(
    Array.from({ length: 20_000 }, (_, i) => ({
      kind: 'token',
      key: `${i}`,
      drop_after: i % 2 === 0 ? NOW_MS : LATER_MS,
    })),
  );
  live.sweep(NOW_MS + 60_000);
  expect(live.size).toBeGreaterThan(15_000);
  for (let i = 0; i < 60; i += 1) live.sweep(NOW_MS + 60_000);
  expect(live.size).toBe(10_000);
  expect(live.revokes({ ...CLAIMS, jti: '1' }, 'k1')).toBe(true);
});

test('nothing is dropped while no time is known at the issuer', () => {
  const live = holding({ drop_after: 1 });
  live.sweep(Number.NEGATIVE_INFINITY);
  expect(live.size).toBe(1);
});

test('times beyond all bounds are kept as late as can be', () => {
  const live = holding({ key: 'a', drop_after: 1e300 }, { key: 'b', drop_after: -1e300 });
  live.sweep(NOW_MS);
  expect([...live].map(({ key }) => key)).toEqual(['a']);
});

test('every change counts', () => {
  const live = new LiveRevocations();
  const before = live.changes;
  live.add([{ kind: 'session', key: 's', drop_after: LATER_MS }]);
  expect(live.changes).toBeGreaterThan(before);
});

test('compact ids are as different as ids, and shorter where they are usual', () => {
  const usual = fc
    .tuple(fc.constantFrom('ses', 'usr', 'cli', 'SES', 'xyz'), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(([prefix, bytes]) => `${prefix}_${Buffer.from(bytes).toString('hex')}`);
  const key = fc.oneof(
    usual,
    fc.string({ unit: 'binary' }),
    usual.map((id) => id.toUpperCase()),
    fc.tuple(usual, fc.string({ unit: 'binary' })).map(([id, more]) => id + more),
    usual.map((id) => compactId(id, 'ses_')),
  );
  fc.assert(
    fc.property(key, key, (one, other) => {
      expect(expandId(compactId(one, 'ses_'), 'ses_')).toBe(one);
      expect(compactId(one, 'ses_') === compactId(other, 'ses_')).toBe(one === other);
    }),
    { seed: 1 },
  );
  expect(compactId(`ses_${'0f'.repeat(16)}`, 'ses_')).toHaveLength(16);
  expect(compactId(`ses_${'0f'.repeat(16)}:12.1`, 'ses_')).toHaveLength(21);
});

test.each<[Revocation['kind'], string, number]>([
  // A number at which the map has just grown, so that half of it is empty.
  ['session', 'ses_%', 70_000],
  ['branch', 'ses_%:12.1', 100_000],
  ['subject', 'usr_%', 100_000],
])('a %s event takes less than 100 bytes, and keeps no page alive', (kind, form, count) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const newKey = (): string => form.replace('%', randomBytes(16).toString('hex'));
  const fill = (size: number): LiveRevocations => {
    const live = new LiveRevocations();
    for (let at = 0; at < size; at += 500) {
      const events = Array.from({ length: 500 }, () => ({ kind, key: newKey(), min_version: 3, drop_after: LATER_MS }));
      live.add(JSON.parse(JSON.stringify(events)) as Revocation[]);
    }
    return live;
  };
  fill(1000);
  collect();
  const before = process.memoryUsage().heapUsed;
  const live = fill(count);
  collect();
  expect((process.memoryUsage().heapUsed - before) / count).toBeLessThan(100);
  expect(live.size).toBe(count);
});

describe('whatever way the log comes', () => {
  const keys = fc.constantFrom('a', 'b', 'c', 'd');
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom('session', 'branch', 'token', 'key'), key: keys }),
    fc.record({ kind: fc.constantFrom('subject', 'client'), key: keys, min_version: fc.nat(9) }),
  );
  interface Step {
    readonly do: 'add' | 'poll' | 'stream' | 'old' | 'cut';
    readonly pick: number;
  }
  const step = fc.record({ do: fc.constantFrom('add', 'add', 'poll', 'stream', 'old', 'cut'), pick: fc.nat(20) });

  test('duplicated, delayed, cut and reordered, in the end everything of it is known', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 30 }),
        fc.array(step, { maxLength: 60 }),
        async (events, steps) => {
          const log = new TestLog(NOW_MS);
          const live = new LiveRevocations();
          let clockMs = 0;
          /** Pages that were read at some time, and may come at any later one, or twice. */
          const underway: PageReading[] = [];
          const read = (page: RevocationPage): PageReading => {
            clockMs += 2;
            const reading = { page, sentAtMs: clockMs - 2, receivedAtMs: clockMs };
            underway.push(reading);
            return reading;
          };
          const source = {
            after: async ({ epoch, cursor }: { readonly epoch: string; readonly cursor: string }) => {
              const page = log.after(epoch, cursor, 3);
              return page === 'gone' ? page : read(page);
            },
            snapshot: async () => read(log.snapshot()),
          };
          const sink = {
            apply: (of: Iterable<Revocation>) => live.add(of),
            resync: ({ events: of }: RevocationPage) => live.add(of),
          };
          const follower = new LogFollower(source, sink);
          const left = [...events];
          const act: Record<Step['do'], (pick: number) => unknown> = {
            add: () => log.add(...(left.splice(0, 2) as never[])),
            poll: () => follower.poll(),
            // From any place in the log, as a stream that was opened there.
            stream: (pick) => {
              const cursors = underway.map(({ page }) => page.cursor);
              const page = log.after(log.epoch, cursors[pick % cursors.length] ?? '0.');
              if (page !== 'gone') follower.take(read(page));
            },
            old: (pick) => {
              const reading = underway[pick % underway.length];
              if (reading !== undefined) follower.take({ ...reading, receivedAtMs: (clockMs += 1) });
            },
            cut: () => underway.splice(0, underway.length / 2),
          };
          for (const { do: what, pick } of steps as Step[]) await act[what](pick);
          log.add(...(left as never[]));
          await follower.poll();
          await follower.poll();
          const expected = new LiveRevocations();
          expected.add(log.live);
          const sorted = (of: LiveRevocations) => [...of].map((one) => JSON.stringify(one)).toSorted();
          expect(sorted(live)).toEqual(sorted(expected));
          expect(follower.position?.seq).toBe(log.head);
        },
      ),
      { seed: 2, numRuns: process.env['LATCHKEY_SOAK'] === '1' ? 20_000 : 300 },
    );
  });
});

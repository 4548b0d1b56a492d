import type { RevocationPage } from '@latchkey/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestLog } from '../../test/support/test-log.ts';
import { LogFollower, timedSource } from './log-follower.ts';

const NOW_MS = 1_800_000_000_000;
const session = (key: string) => ({ kind: 'session', key }) as const;

let log: TestLog;
let monotonicMs: number;
let requests: string[];
/** What the sink was told, in order. */
let told: string[];
let follower: LogFollower;
/** What is answered instead of the log's own page. */
let answer: ((page: RevocationPage | 'gone') => Promise<RevocationPage | 'gone'>) | undefined;

beforeEach(() => {
  log = new TestLog(NOW_MS);
  monotonicMs = 0;
  requests = [];
  told = [];
  answer = undefined;
  const source = {
    after: async ({ epoch, cursor }: { readonly epoch: string; readonly cursor: string }) => {
      requests.push(`after ${cursor.split('.')[0]}`);
      const page = log.after(epoch, cursor, 2);
      monotonicMs += 1;
      return answer === undefined ? page : answer(page);
    },
    snapshot: async () => {
      requests.push('snapshot');
      monotonicMs += 1;
      return log.snapshot();
    },
  };
  follower = new LogFollower(
    timedSource(source, () => monotonicMs),
    {
      apply: (events) => told.push(...events.map(({ key }) => key)),
      resync: ({ events }) => told.push(`all: ${events.map(({ key }) => key).join(' ')}`),
      complete: ({ sentAtMs }) => told.push(`complete at ${sentAtMs}`),
    },
  );
});

/** What the next poll asks for, and tells. */
async function poll(): Promise<{ requests: string[]; told: string[] }> {
  requests = [];
  told = [];
  monotonicMs += 100;
  await follower.poll();
  return { requests, told };
}

test('begins with a snapshot, and then asks for what is new, page after page', async () => {
  log.add(session('a'), session('b'));
  expect(await poll()).toEqual({ requests: ['snapshot'], told: ['all: a b', 'complete at 100'] });
  expect(await poll()).toEqual({ requests: ['after 2'], told: ['complete at 201'] });
  log.add(session('c'), session('d'), session('e'));
  const { requests: asked, told: heard } = await poll();
  expect(asked).toEqual(['after 2', 'after 4']);
  expect(heard).toEqual(['c', 'd', 'e', 'complete at 303']);
});

describe('takes a snapshot', () => {
  test.each<[string, () => void]>([
    ['of another log', () => (log.epoch = 'epoch-2')],
    ['where its place is not in the log any more', () => log.purge(log.nowMs + 1_000_000)],
    ['where the log went back', () => log.restore(new TestLog(NOW_MS).backUp())],
    [
      'where the log went back and grew again',
      () => {
        log.restore(new TestLog(NOW_MS).backUp());
        for (let i = 0; i < 9; i += 1) log.add(session('z'));
      },
    ],
  ])('%s', async (_what, change) => {
    log.add(session('a'), session('b'));
    await poll();
    log.add(session('c'));
    await poll();
    log.add(session('d'), session('e'));
    change();
    expect((await poll()).requests.at(-1)).toBe('snapshot');
    expect(follower.position).toMatchObject({ epoch: log.epoch, seq: log.head });
    expect((await poll()).requests).toEqual([`after ${log.head}`]);
  });

  test('also if the server does not notice that the log went back', async () => {
    log.add(session('a'), session('b'));
    await poll();
    answer = () => Promise.resolve({ ...log.snapshot(), seq: 1, head: 1, cursor: '1.x', events: [] });
    expect((await poll()).requests).toEqual(['after 2', 'snapshot']);
  });
});

describe('pages of a stream', () => {
  const pageAfter = (cursor: string) => log.after(log.epoch, cursor) as RevocationPage;

  test('are taken once, whether by stream or by poll', async () => {
    await poll();
    const { cursor } = follower.position!;
    log.add(session('a'), session('b'));
    const page = pageAfter(cursor);
    const reading = { page, sentAtMs: monotonicMs, receivedAtMs: monotonicMs };
    told = [];
    expect([follower.take(reading), follower.take(reading)]).toEqual(['applied', 'applied']);
    await follower.poll();
    expect(told.filter((what) => !what.startsWith('complete'))).toEqual(['a', 'b']);
  });

  test('count for nothing before the first snapshot, and where the thread is lost', async () => {
    log.add(session('a'));
    const streamed = () => ({ page: log.snapshot(), sentAtMs: monotonicMs, receivedAtMs: monotonicMs });
    expect(follower.take(streamed())).toBe('lost');
    await poll();
    log.add(session('b'), session('c'));
    log.epoch = 'epoch-2';
    expect([follower.take(streamed()), follower.take(streamed())]).toEqual(['lost', 'lost']);
    expect(follower.position).toBeUndefined();
    expect(await poll()).toEqual({ requests: ['snapshot'], told: ['all: a b c', expect.stringMatching(/^complete/)] });
    expect(follower.take(streamed())).toBe('applied');
  });

  test('of a log that was left do not hide what the one of now has in the same places', async () => {
    log.add(session('a'));
    await poll();
    const old = log.backUp();
    log.add(session('b'), session('c'), session('d'));
    const streamed = { page: pageAfter(follower.position!.cursor), sentAtMs: monotonicMs, receivedAtMs: 0 };
    // The stream's page is held back on its way, while the log is put back further and grows again.
    log.restore({ ...old, events: old.events.map((event) => ({ ...event, mark: 'z' })), mark: 'z' });
    await poll();
    log.add(session('x'), session('y'), session('z'), session('revoked'));
    const held = Promise.withResolvers<undefined>();
    answer = () => held.promise.then(() => pageAfter('1.z'));
    const polling = follower.poll();
    expect(follower.take({ ...streamed, receivedAtMs: monotonicMs })).toBe('lost');
    held.resolve(undefined);
    await polling;
    expect(told).toEqual(expect.arrayContaining(['x', 'y', 'z', 'revoked']));
  });

  test('that come while a page is on its way are not undone by it', async () => {
    await poll();
    const { cursor } = follower.position!;
    const held = Promise.withResolvers<undefined>();
    answer = (page) => held.promise.then(() => page);
    log.add(session('a'));
    const polling = follower.poll();
    log.add(session('b'), session('c'));
    monotonicMs += 5;
    follower.take({ page: pageAfter(cursor), sentAtMs: monotonicMs, receivedAtMs: monotonicMs });
    held.resolve(undefined);
    await polling;
    expect(follower.position).toMatchObject({ seq: 3 });
    expect(told.filter((what) => !what.startsWith('complete'))).toEqual(['all: ', 'a', 'b', 'c']);
    expect(requests).toEqual(['snapshot', 'after 0']);
  });
});

test('two polls at once are one', async () => {
  await Promise.all([follower.poll(), follower.poll(), follower.poll()]);
  expect(requests).toEqual(['snapshot']);
});

test('a source that fails leaves what is known, and is asked again', async () => {
  log.add(session('a'));
  await poll();
  answer = () => Promise.reject(new Error('no network'));
  await expect(follower.poll()).rejects.toThrow();
  expect(follower.position).toMatchObject({ seq: 1 });
  answer = undefined;
  expect((await poll()).requests).toEqual(['after 1']);
});

test('events that a sink could not take come again', async () => {
  await poll();
  log.add(session('a'));
  let attempts = 0;
  const failing = new LogFollower(
    timedSource(
      { after: async ({ epoch, cursor }) => log.after(epoch, cursor), snapshot: async () => log.snapshot() },
      () => monotonicMs,
    ),
    {
      resync: () => {},
      apply: () => {
        attempts += 1;
        if (attempts === 1) throw new Error('full');
      },
    },
  );
  await failing.poll();
  log.add(session('b'));
  await expect(failing.poll()).rejects.toThrow();
  await failing.poll();
  expect([attempts, failing.position?.seq]).toEqual([2, 2]);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CapturedLog } from '../../test/support/test-server.ts';
import { every } from './repeat.ts';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

test('comes again and again, one round at a time, and not after it was stopped', async () => {
  let rounds = 0;
  let running = 0;
  const work = every(1, new CapturedLog(), 'work', async () => {
    running += 1;
    expect(running).toBe(1);
    rounds += 1;
    await sleep(2);
    running -= 1;
  });
  await until(() => rounds >= 3);
  await work.stop();
  const stoppedAt = rounds;
  expect(running).toBe(0);
  await sleep(20);
  expect(rounds).toBe(stoppedAt);
});

test('a failure is logged, and does not end it', async () => {
  const log = new CapturedLog();
  let rounds = 0;
  const work = every(1, log, 'purge', () => {
    rounds += 1;
    throw new Error('the database is away');
  });
  await until(() => rounds >= 3);
  await work.stop();
  expect(log.entries.length).toBeGreaterThanOrEqual(3);
  expect(log.entries[0]).toMatchObject({ level: 'warn', fields: { work: 'purge' } });
});

test('waking it begins a round at once, also while one runs', async () => {
  let rounds = 0;
  const work = every(60_000, new CapturedLog(), 'work', async () => {
    rounds += 1;
    await sleep(5);
  });
  await until(() => rounds === 1);
  work.wake();
  await until(() => rounds === 2);
  await sleep(10);
  expect(rounds).toBe(2);
  work.wake();
  await until(() => rounds === 3);
  await work.stop();
  expect(rounds).toBe(3);
});

test('a stop waits for the round that runs, tells it so, and is quick otherwise', async () => {
  let done = false;
  let told = false;
  const work = every(60_000, new CapturedLog(), 'work', async (isStopping) => {
    await sleep(20);
    told = isStopping();
    done = true;
  });
  await work.stop();
  expect([done, told]).toEqual([true, true]);
});

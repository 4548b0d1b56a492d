/** 200 wrong passwords at once: sessions are checked as before, memory stays, and the right user gets in. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestBrowser, type TestServer } from '../support/test-server.ts';

const GUESSES = 200;
const MIB = 1024 * 1024;
/** What a timer of a machine whose cores are all busy may be late by; more is ours. */
const MACHINE_MS = 50;

let server: TestServer;
let browser: TestBrowser;
beforeAll(async () => {
  server = await startTestServer();
  browser = await server.signedIn('right@example.com');
});
afterAll(() => server.close());

/** Times of session checks, one after the other, until there is nothing more to wait for. */
async function checkUntil(isDone: () => boolean): Promise<readonly number[]> {
  const times: number[] = [];
  while (!isDone()) {
    const startedAt = performance.now();
    const { status } = await browser.request(ROUTES.session);
    times.push(performance.now() - startedAt);
    expect(status).toBe(200);
    await sleep(5);
  }
  return times;
}

const p99 = (times: readonly number[]) => times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99)]!;

test('a flood of wrong passwords', { timeout: 60_000 }, async () => {
  let left = 300;
  await checkUntil(() => (left -= 1) < 150);
  const idle = await checkUntil(() => (left -= 1) < 0);
  const memory = process.memoryUsage().rss;

  let done = 0;
  const flood = Array.from({ length: GUESSES }, async (_, index) => {
    const email = index % 2 === 0 ? `guess-${index}@example.com` : 'right@example.com';
    const response = await server.browser().signIn(email, 'a wrong password');
    done += 1;
    return response.status;
  });
  const rightUser = (async () => {
    for (let attempt = 1; ; attempt += 1) {
      const { status } = await browser.signIn('right@example.com');
      if (status !== 503) return status;
      await sleep(20);
    }
  })();
  const busy = await checkUntil(() => done === GUESSES);

  const statuses = await Promise.all(flood);
  // Compared, slowed down, or sent away because too many wait: never let in, never an error of ours.
  expect(statuses.filter((status) => ![401, 429, 503].includes(status))).toEqual([]);
  expect(statuses.filter((status) => status === 401).length).toBeGreaterThan(10);
  expect(await rightUser).toBe(200);
  expect(p99(busy)).toBeLessThan(Math.max(5 * p99(idle), MACHINE_MS));
  expect(process.memoryUsage().rss - memory).toBeLessThan(100 * MIB);
});

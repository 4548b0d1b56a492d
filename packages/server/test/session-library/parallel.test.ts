/** 50 presentations at once, in two threads that have ten connections to one database file. */
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sqliteSessions, type StoredSession } from '../../src/session-library/index.ts';
import { sqlitePath } from '../../src/storage/sqlite-path.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import type { Round, RoundResult, WorkerData } from './parallel-worker.ts';
import { NOW, openTrial, R, SECRET, sent, W, type Trial } from './trial.ts';

const AT_ONCE = 50;
const THREADS = 2;
const CONNECTIONS = 5;

let file: TestDatabase;
let database: DatabaseSync;
let trial: Trial;
const workers: Worker[] = [];
beforeAll(async () => {
  file = await createTestDatabase('sqlite');
  const path = sqlitePath(file.url)!;
  database = new DatabaseSync(path);
  trial = openTrial({ store: sqliteSessions(database) });
  const arrived = new SharedArrayBuffer(4);
  const data: WorkerData = { path, secret: SECRET, connections: CONNECTIONS, threads: THREADS, arrived };
  for (let count = 0; count < THREADS; count += 1) {
    workers.push(new Worker(new URL('parallel-worker.ts', import.meta.url), { workerData: data }));
  }
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
  database.close();
  await file.drop();
});

async function present(now: number, cookieFor: (index: number) => string): Promise<RoundResult> {
  const cookies = Array.from({ length: AT_ONCE }, (_, index) => cookieFor(index));
  const share = AT_ONCE / THREADS;
  const results = await Promise.all(
    workers.map(async (worker, index) => {
      const round: Round = { cookies: cookies.slice(index * share, (index + 1) * share), now };
      worker.postMessage(round, []);
      const [result] = (await once(worker, 'message')) as [RoundResult];
      return result;
    }),
  );
  return {
    answers: results.flatMap(({ answers }) => answers),
    thefts: results.reduce((sum, { thefts }) => sum + thefts, 0),
  };
}

async function begin(changes: Partial<StoredSession> = {}): Promise<StoredSession> {
  const { session } = await trial.sessions.begin({ subject: 'alice', remember: true });
  const next = { ...session, ...changes };
  return trial.store.change(session.id, () => ({ next, result: next }));
}

/** The cookies that were given: the one that all got, or several. */
const given = ({ answers }: RoundResult) => [...new Set(answers.map(({ setCookie }) => setCookie && sent(setCookie)))];
const live = ({ answers }: RoundResult) => answers.filter(({ isLive }) => isLive).length;

test('the current cookie, due: one rotation, and all get the same', async () => {
  const session = await begin();
  const result = await present(NOW + R, () => trial.cookie(session));
  expect([live(result), result.thefts, given(result)]).toEqual([AT_ONCE, 0, [trial.cookie(session, 1)]]);
  expect(await trial.store.find(session.id)).toMatchObject({ generation: 1, attempt: 0, rotatedAt: NOW + R });
});

test('the one before, late, its child unseen: one other child for all', async () => {
  const session = await begin({ generation: 1, previousAttempt: 0 });
  const result = await present(NOW + W, () => trial.cookie(session, 0));
  expect([live(result), result.thefts, given(result)]).toEqual([AT_ONCE, 0, [trial.cookie(session, 1, 1)]]);
  expect(await trial.store.find(session.id)).toMatchObject({ generation: 1, attempt: 1 });
});

test('a stolen one: the session ends, and that is told once', async () => {
  const session = await begin({ generation: 2 });
  const result = await present(NOW + W, () => trial.cookie(session, 0));
  expect([live(result), result.thefts, given(result)]).toEqual([0, 1, [undefined]]);
  expect(await trial.store.find(session.id)).toBeUndefined();
});

test('a stolen one among the current ones: nobody is served after it, and that is told once', async () => {
  const session = await begin({ generation: 2 });
  const result = await present(NOW + R, (index) => trial.cookie(session, index % 2 === 0 ? 2 : 0));
  expect(result.thefts).toBe(1);
  expect(given(result).filter((cookie) => cookie !== undefined && cookie !== trial.cookie(session, 3))).toEqual([]);
  expect(await trial.store.find(session.id)).toBeUndefined();
});

/** A thread with connections of its own: presents cookies when all threads are there, and tells what came of it. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { createSessions, sqliteSessions } from '../../src/session-library/index.ts';

export interface WorkerData {
  readonly path: string;
  readonly secret: string;
  readonly connections: number;
  /** How many threads there are. */
  readonly threads: number;
  /** One number that all threads share: how many have arrived at the barrier, in all rounds. */
  readonly arrived: SharedArrayBuffer;
}

export interface Round {
  readonly cookies: readonly string[];
  readonly now: number;
}

export interface RoundResult {
  readonly answers: readonly { readonly isLive: boolean; readonly setCookie: string | undefined }[];
  readonly thefts: number;
}

const { path, secret, connections, threads, arrived } = workerData as WorkerData;
const barrier = new Int32Array(arrived);
let clock = 0;
let thefts = 0;
let rounds = 0;
const servers = Array.from({ length: connections }, () =>
  createSessions({
    store: sqliteSessions(new DatabaseSync(path)),
    secret,
    cookieName: 'sawal',
    secure: true,
    now: () => clock,
    onTheft: () => {
      thefts += 1;
    },
  }),
);

async function play({ cookies, now }: Round): Promise<RoundResult> {
  clock = now;
  thefts = 0;
  rounds += 1;
  Atomics.add(barrier, 0, 1);
  Atomics.notify(barrier, 0);
  for (;;) {
    const there = Atomics.load(barrier, 0);
    if (there >= rounds * threads) break;
    Atomics.wait(barrier, 0, there);
  }
  const checks = await Promise.all(cookies.map((cookie, index) => servers[index % connections]!.check({ cookie })));
  const answers = checks.map((check) => ({ isLive: check.session !== undefined, setCookie: check.setCookie() }));
  return { answers, thefts };
}

parentPort!.on('message', (round: Round) => {
  void play(round).then((result) => {
    parentPort!.postMessage(result, []);
  });
});

import { setImmediate as nextTurn } from 'node:timers/promises';

const US_PER_MS = 1000;

/** Runs a synchronous action for about `forMs`, and tells how many microseconds one run took. */
export function timeSync(forMs: number, action: () => unknown): number {
  const start = performance.now();
  let runs = 0;
  let elapsedMs = 0;
  for (let batch = 1; elapsedMs < forMs; batch = nextBatch(runs, elapsedMs)) {
    for (let run = 0; run < batch; run += 1) action();
    runs += batch;
    elapsedMs = performance.now() - start;
  }
  return (elapsedMs / runs) * US_PER_MS;
}

/**
 * As {@link timeSync}, for an action whose answer has to be awaited: one run after the other. About once a millisecond
 * what else the process has to do has its turn, such as what came over the network. That counts, too.
 */
export async function timeAsync(forMs: number, action: () => unknown): Promise<number> {
  const start = performance.now();
  let runs = 0;
  let elapsedMs = 0;
  for (let batch = 1; elapsedMs < forMs; batch = nextBatch(runs, elapsedMs)) {
    for (let run = 0; run < batch; run += 1) await action();
    await nextTurn();
    runs += batch;
    elapsedMs = performance.now() - start;
  }
  return (elapsedMs / runs) * US_PER_MS;
}

/** About a millisecond's worth, so that reading the clock costs nothing and the end is not overshot. */
function nextBatch(runs: number, elapsedMs: number): number {
  return Math.max(1, Math.min(runs, Math.round(runs / Math.max(elapsedMs, 0.001))));
}

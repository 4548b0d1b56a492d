import type { Log } from '../http/environment.ts';

/** Work that nobody waits for, but a stop does. What it throws goes to the log. */
export interface Background {
  run(what: string, work: () => Promise<unknown>): void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, work) {
      const done = work()
        .then(
          () => undefined,
          (error: unknown) => log.warn({ err: error }, `${what} failed`),
        )
        .finally(() => running.delete(done));
      running.add(done);
    },
    settled: async () => {
      await Promise.all(running);
    },
  };
}

import type { Log } from '../http/environment.ts';

/** Background work that comes again and again. */
export interface Repeating {
  /** Resolves once the round that runs has ended; no other begins. */
  stop(): Promise<void>;
}

/** Runs `work`, waits, and runs it again. A failure is logged, and the next round comes all the same. */
export function every(
  intervalMs: number,
  log: Log,
  name: string,
  work: (isStopping: () => boolean) => Promise<void>,
): Repeating {
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    try {
      await work(() => stopping);
    } catch (error) {
      log.warn({ err: error, work: name }, 'background work failed');
    }
    if (!stopping) timer = setTimeout(start, intervalMs).unref();
  };
  let running: Promise<void> = Promise.resolve();
  const start = (): void => {
    running = round();
  };
  start();
  return {
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      await running;
    },
  };
}

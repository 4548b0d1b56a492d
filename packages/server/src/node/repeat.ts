import type { Log } from '../http/environment.ts';

/** Background work that comes again and again. */
export interface Repeating {
  /** Lets the next round begin at once; a round that runs is followed by another. */
  wake(): void;
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
  let wakeUp = (): void => {};
  let woken = false;

  const pause = async (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, woken ? 0 : intervalMs);
      timer.unref();
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    while (!stopping) {
      woken = false;
      try {
        await work(() => stopping);
      } catch (error) {
        log.warn({ err: error, work: name }, 'background work failed');
      }
      if (!stopping) await pause();
    }
  };
  const wake = (): void => {
    woken = true;
    wakeUp();
  };
  const running = run();
  return {
    wake,
    stop: async () => {
      stopping = true;
      wake();
      await running;
    },
  };
}

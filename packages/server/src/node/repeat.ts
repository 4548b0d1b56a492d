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
  const stop = new AbortController();
  let pause: PromiseWithResolvers<void> | undefined;
  let woken = false;

  const wait = async (): Promise<void> => {
    pause = Promise.withResolvers();
    const timer = setTimeout(pause.resolve, woken ? 0 : intervalMs);
    timer.unref();
    await pause.promise;
    clearTimeout(timer);
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      woken = false;
      try {
        await work(() => stop.signal.aborted);
      } catch (error) {
        log.warn({ err: error, work: name }, 'background work failed');
      }
      if (!stop.signal.aborted) await wait();
    }
  };
  const wake = (): void => {
    woken = true;
    pause?.resolve();
  };
  const running = run();
  return {
    wake,
    stop: async () => {
      stop.abort();
      wake();
      await running;
    },
  };
}

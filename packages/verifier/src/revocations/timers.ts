/** A timer that does not keep a process alive, where the platform knows the difference. */
export function startTimer(callback: () => void, ms: number): () => void {
  // A number in browsers and the like.
  const timer: number | NodeJS.Timeout = setTimeout(callback, ms);
  if (typeof timer === 'object') timer.unref();
  return () => clearTimeout(timer);
}

/** Aborts what it guards when nothing has happened for a time. */
export class Watchdog implements Disposable {
  readonly #abort = new AbortController();
  readonly #quietMs: number;
  readonly #stopFollowing: () => void;
  #stop: () => void;

  /** @param outer - Aborts it, too. */
  constructor(quietMs: number, outer: AbortSignal) {
    this.#quietMs = quietMs;
    const onAbort = (): void => this.#abort.abort(outer.reason);
    if (outer.aborted) onAbort();
    outer.addEventListener('abort', onAbort, { once: true });
    this.#stopFollowing = () => outer.removeEventListener('abort', onAbort);
    this.#stop = this.#start();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something has happened. */
  calm(): void {
    this.#stop();
    this.#stop = this.#start();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#stopFollowing();
    // Ends the request, if it still goes on.
    this.#abort.abort();
  }

  #start(): () => void {
    return startTimer(() => this.#abort.abort(new Error(`Nothing came for ${this.#quietMs} ms`)), this.#quietMs);
  }
}

/** A wait that others can end. If they do so while nobody waits, the next wait is over at once. */
export class Pause {
  #isEnded = false;
  #end: (() => void) | undefined;

  wait(ms: number): Promise<void> {
    if (this.#isEnded) {
      this.#isEnded = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const finish = (): void => {
        stop();
        this.#end = undefined;
        resolve();
      };
      const stop = startTimer(finish, ms);
      this.#end = finish;
    });
  }

  end(): void {
    if (this.#end === undefined) this.#isEnded = true;
    else this.#end();
  }
}

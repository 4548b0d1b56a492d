/** How long another tab may keep a lock before it counts as dead or frozen. */
const LOCK_WAIT_MS = 2000;
/** How long after its lock the other tab's result may still be on its way. */
const LATE_MESSAGE_MS = 30;

/**
 * One piece of work that all tabs want done at the same moments: whoever asks while it is done waits for its result.
 * Across tabs by Web Locks; where a tab keeps the lock for too long, others do the work all the same.
 */
export class Flight<Result> {
  readonly #name: string;
  readonly #work: () => Promise<Result>;
  #channel: BroadcastChannel | undefined;
  #running: Promise<Result> | undefined;
  #landed: { readonly result: Result; readonly atMs: number } | undefined;

  /**
   * @param name - Of the work: tabs with the same one share it.
   * @param hear - Called with the results of the other tabs.
   */
  constructor(name: string, work: () => Promise<Result>, hear: (result: Result) => void) {
    this.#name = name;
    this.#work = work;
    // Where there is none each tab is by itself. A server has one as well, between its threads: no business of ours, and it
    // would keep the process alive.
    if (typeof BroadcastChannel === 'undefined' || typeof document === 'undefined') return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener('message', ({ data: result }: MessageEvent<Result>) => {
      this.#landed = { result, atMs: performance.now() };
      hear(result);
    });
  }

  /** Gives the other tabs a result. */
  tell(result: Result): void {
    this.#channel?.postMessage(result);
  }

  /** Neither hears nor tells any more. */
  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }

  run(): Promise<Result> {
    this.#running ??= this.#runAlone().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runAlone(): Promise<Result> {
    // Not there on pages without https.
    const locks = typeof navigator === 'undefined' ? undefined : (navigator.locks as LockManager | undefined);
    if (locks === undefined) return this.#fly();
    const free = { ifAvailable: true };
    const first = await locks.request(this.#name, free, (lock) => (lock === null ? undefined : this.#flyBoxed()));
    return first === undefined ? this.#waitFor(locks) : first.result;
  }

  /** Another tab is at it, or was a moment ago. */
  async #waitFor(locks: LockManager): Promise<Result> {
    const askedMs = performance.now();
    const landed = () => (this.#landed !== undefined && this.#landed.atMs >= askedMs ? this.#landed : undefined);
    let isMine = false;
    try {
      const { result } = await locks.request(this.#name, { signal: AbortSignal.timeout(LOCK_WAIT_MS) }, async () => {
        isMine = true;
        if (landed() === undefined) await new Promise((resolve) => setTimeout(resolve, LATE_MESSAGE_MS));
        return landed() ?? this.#flyBoxed();
      });
      return result;
    } catch (error) {
      // The wait alone was given up; what the work threw is the caller's.
      if (isMine) throw error;
      return this.#fly();
    }
  }

  /** In an object, so that nothing that the work may give looks like a lock that was not free. */
  async #flyBoxed(): Promise<{ readonly result: Result }> {
    return { result: await this.#fly() };
  }

  async #fly(): Promise<Result> {
    const result = await this.#work();
    this.tell(result);
    return result;
  }
}

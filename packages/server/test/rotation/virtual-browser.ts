/** A browser: a jar that its tabs share, and a disk that lags behind it. */
export class VirtualBrowser {
  #jar: string;
  #since: number;
  /** What was in the jar before, the newest first. */
  #past: { readonly credential: string; readonly since: number }[] = [];
  /** How often it has started: what was sent before the last start, nobody waits for. */
  starts = 0;

  constructor(credential: string, now: number) {
    this.#jar = credential;
    this.#since = now;
  }

  get jar(): string {
    return this.#jar;
  }

  receive(credential: string, now: number): void {
    if (credential === this.#jar) return;
    this.#past.unshift({ credential: this.#jar, since: this.#since });
    this.#jar = credential;
    this.#since = now;
  }

  /** What a restart at some moment from now until `lagMs` ago could bring back, and what is in the jar. */
  holds(now: number, lagMs: number): string[] {
    const held = [this.#jar];
    let until = this.#since;
    for (const { credential, since } of this.#past) {
      if (until < now - lagMs) break;
      held.push(credential);
      until = since;
    }
    return held;
  }

  /** Crashes, and starts with what was in the jar at `at`. */
  restartFrom(at: number, now: number): void {
    const then = [{ credential: this.#jar, since: this.#since }, ...this.#past].find(({ since }) => since <= at);
    this.#jar = then?.credential ?? this.#past.at(-1)?.credential ?? this.#jar;
    this.#since = now;
    this.#past = [];
    this.starts += 1;
  }
}

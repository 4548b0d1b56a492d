import type { Mac } from '../runtime.ts';

/** A nonce is given out for this long, and good for as long again. */
const PERIOD_MS = 150_000;

/**
 * Nonces of a server (RFC 9449 §8): each is the MAC of a stretch of time, so that all nodes with the secret know them
 * and none keeps anything. One is good for two and a half to five minutes. They are no secrets, but nobody knows the
 * next one before its time: a proof with a nonce was made not long ago, whatever clock its maker has.
 */
export class Nonces {
  readonly #mac: Mac;

  constructor(mac: Mac) {
    this.#mac = mac;
  }

  /** The one to give out now. */
  current(nowMs: number): Promise<string> {
    return this.#ofPeriod(periodOf(nowMs));
  }

  /**
   * When a nonce ends, in milliseconds since the epoch, the same however often it is asked. Undefined for one that has
   * ended and for any other text. The next one is good already: another node's clock may be ahead.
   */
  async expiryOf(nonce: string, nowMs: number): Promise<number | undefined> {
    const now = periodOf(nowMs);
    for (const period of [now, now - 1, now + 1]) {
      if (areEqual(nonce, await this.#ofPeriod(period))) return (period + 2) * PERIOD_MS;
    }
    return undefined;
  }

  async #ofPeriod(period: number): Promise<string> {
    return this.#mac(`dpop-nonce:${period}`);
  }
}

function periodOf(nowMs: number): number {
  return Math.floor(nowMs / PERIOD_MS);
}

/** In a time that does not tell how much of a guess at the next one was right. */
function areEqual(given: string, right: string): boolean {
  if (given.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < right.length; at += 1) difference |= given.charCodeAt(at) ^ right.charCodeAt(at);
  return difference === 0;
}

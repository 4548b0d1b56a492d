/**
 * The server's clock, as far as its answers tell: this machine's own may be wrong, and a proof of possession must be of now.
 */
export class ServerClock {
  #aheadMs = 0;

  /** @param date - The `Date` header of an answer that has just come (RFC 9110 §6.6.1). */
  heard(date: string | null): void {
    const atMs = Date.parse(date ?? '');
    if (!Number.isNaN(atMs)) this.#aheadMs = atMs - Date.now();
  }

  /** In milliseconds since 1970, to within some seconds. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }
}

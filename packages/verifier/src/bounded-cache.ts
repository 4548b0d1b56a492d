/**
 * A map from texts to what was found out about them, of bounded size. Two generations instead of a
 * list of uses: a read is one look-up, and what nobody read for a while goes with the old half.
 *
 * The key is always the whole text, never a part or a digest: two tokens may have all but their
 * signatures in common, and only one of these be right.
 */
export class BoundedCache<Entry> {
  readonly #generationSize: number;
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();

  /** @param size - Entries to hold at most, rounded up to an even number; 0 for none. */
  constructor(size: number) {
    this.#generationSize = Math.ceil(size / 2);
  }

  get(text: string): Entry | undefined {
    const entry = this.#young.get(text);
    if (entry !== undefined) return entry;
    const old = this.#old.get(text);
    if (old !== undefined) {
      this.#old.delete(text);
      this.set(text, old);
    }
    return old;
  }

  set(text: string, entry: Entry): void {
    if (this.#generationSize === 0) return;
    if (this.#young.size >= this.#generationSize && !this.#young.has(text)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, entry);
  }

  deleteWhere(isGone: (entry: Entry) => boolean): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [text, entry] of generation) if (isGone(entry)) generation.delete(text);
    }
  }
}

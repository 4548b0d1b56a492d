import type { ReplayStore } from './replay-store.ts';

/** Proofs are forgotten by the bucket, once the last in it has expired. */
const BUCKET_MS = 10_000;
/** So that whoever has one token, and signs proofs as fast as they can, shuts nobody else out. */
const SHARE_OF_ONE_KEY = 10;

interface Bucket {
  readonly ids: Set<string>;
  readonly countByKey: Map<string, number>;
}

/**
 * The proofs that this process has seen, until they expire. It is bounded, and never forgets one that is still good:
 * where there is no room, for all or for one key, the next proof is refused.
 */
export class ReplayMemory implements ReplayStore {
  readonly #size: number;
  readonly #now: () => number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #countByKey = new Map<string, number>();
  #count = 0;
  /** Buckets below have been forgotten. A clock that is put back must not let their proofs in again. */
  #firstBucket = Number.NEGATIVE_INFINITY;

  constructor(size: number, now: () => number) {
    this.#size = size;
    this.#now = now;
  }

  take(keyThumbprint: string, id: string, expiresAtMs: number): 'first' | 'seen' | 'full' {
    this.#forgetExpired();
    // A proof says when it expires, so that the same one is always looked for in the same bucket.
    const index = Math.floor(expiresAtMs / BUCKET_MS);
    if (!(index >= this.#firstBucket)) return 'seen';
    const bucket: Bucket = this.#buckets.get(index) ?? { ids: new Set(), countByKey: new Map() };
    if (bucket.ids.has(id)) return 'seen';
    const countOfKey = this.#countByKey.get(keyThumbprint) ?? 0;
    if (this.#count >= this.#size || countOfKey >= this.#size / SHARE_OF_ONE_KEY) return 'full';

    this.#buckets.set(index, bucket);
    bucket.ids.add(id);
    bucket.countByKey.set(keyThumbprint, (bucket.countByKey.get(keyThumbprint) ?? 0) + 1);
    this.#countByKey.set(keyThumbprint, countOfKey + 1);
    this.#count += 1;
    return 'first';
  }

  #forgetExpired(): void {
    const current = Math.floor(this.#now() / BUCKET_MS);
    if (!(current > this.#firstBucket)) return;
    this.#firstBucket = current;
    for (const [index, bucket] of this.#buckets) if (index < current) this.#forget(index, bucket);
  }

  #forget(index: number, { ids, countByKey }: Bucket): void {
    this.#buckets.delete(index);
    this.#count -= ids.size;
    for (const [key, count] of countByKey) {
      const left = (this.#countByKey.get(key) ?? 0) - count;
      if (left > 0) this.#countByKey.set(key, left);
      else this.#countByKey.delete(key);
    }
  }
}

import { randomInt } from 'node:crypto';

/** Numbers from 0 up to 1 that come again with the same seed. */
export interface SeededRandom {
  readonly seed: number;
  next(): number;
}

/** Say the seed where a test fails: `seededRandom(SEED)` then gives the same numbers. */
export function seededRandom(seed = randomInt(2 ** 32)): SeededRandom {
  let state = seed;
  return {
    seed,
    next() {
      // mulberry32: good enough to choose moments by.
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

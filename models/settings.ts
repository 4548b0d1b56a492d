import type { Setting } from './world.ts';

/**
 * Everything is measured in parts of W, the overlap: 60 s by default, so a tick of the fine world is 5 s.
 *
 * A credential that replaces another is on its way for a while, and what is on its way must have arrived for good,
 * or be lost for good, before anything depends on it. The rules are safe if
 *
 *     P + A + D + Q ≤ W
 *
 * where an answer repeats the new credential while its age is below P, an answer that carries one arrives within A
 * of the decision or never, a browser's disk lags D behind, and a request is decided on within Q of the moment the
 * client picked its credential, or never. The explorer shows that one tick more of any of them is too much.
 */
export interface Scale {
  readonly tickSeconds: number;
  /** W. */
  readonly overlap: number;
  /** R of a cookie: some ticks more than W, which is R of a refresh token. */
  readonly cookieRotateAfter: number;
  readonly setting: Setting;
}

function scaleOf(overlap: number): Scale {
  const sixth = overlap / 6;
  return {
    tickSeconds: 60 / overlap,
    overlap,
    cookieRotateAfter: overlap + 2 * sixth,
    setting: {
      overlap,
      requestDelay: sixth,
      answerDelay: sixth,
      diskDelay: overlap / 2,
      refreshAge: 0,
      failoverLoss: 0,
      tabs: 2,
      reads: false,
      calm: false,
      thief: false,
      faultsAfterTheft: 0,
    },
  };
}

/** Ticks of 5 s. */
export const FINE = scaleOf(12);
/** Ticks of 10 s: enough to show a failure. */
export const COARSE = scaleOf(6);

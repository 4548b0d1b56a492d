import { explore } from './explore.ts';
import { latchkey } from './policies/latchkey.ts';
import { COARSE } from './settings.ts';

/** One choice of the four durations, in ticks, and what came of it. */
export interface BoundedWorld {
  readonly repeat: number;
  readonly answer: number;
  readonly disk: number;
  readonly request: number;
  /** Whether P + A + D + Q ≤ W. */
  readonly isWithin: boolean;
  /** Whether no honest actor can be signed out. */
  readonly isSafe: boolean;
}

const W = 5;
const R = 7;

/**
 * Explores every small choice of P, A, D and Q: the rules are safe where P + A + D + Q ≤ W, and nowhere else.
 *
 * @param which - `edge`: those alone whose sum is W or a tick more, where the verdict turns. Less of one of the four
 *   only leaves things out that may happen, and more of it adds some.
 */
export function sweepBound(which: 'all' | 'edge' = 'all'): readonly BoundedWorld[] {
  const worlds: BoundedWorld[] = [];
  for (const { repeat, answer, disk, request } of choices()) {
    const sum = repeat + answer + disk + request;
    if (which === 'edge' && sum !== W && sum !== W + 1) continue;
    const policy = latchkey({ overlapMs: W, repeatMs: repeat, rotateAfterMs: R });
    const delays = { requestDelay: request, answerDelay: answer, diskDelay: disk };
    const { failure } = explore(policy, { ...COARSE.setting, ...delays, overlap: W });
    worlds.push({ repeat, answer, disk, request, isWithin: sum <= W, isSafe: failure === undefined });
  }
  return worlds;
}

function* choices(): Generator<Pick<BoundedWorld, 'repeat' | 'answer' | 'disk' | 'request'>> {
  for (const repeat of [1, 2, 3]) {
    for (const answer of [0, 1, 2, 3]) {
      for (const disk of [0, 1, 2, 3, 4]) {
        for (const request of [0, 1, 2, 3]) yield { repeat, answer, disk, request };
      }
    }
  }
}

import { coexistenceIn } from './coexistence.ts';
import { explore } from './explore.ts';
import type { Mutant } from './mutants.ts';
import { tellEndless, tellFailure } from './narrate.ts';
import { latchkey } from './policies/latchkey.ts';
import type { Invariant } from './policy.ts';
import { COARSE as scale } from './settings.ts';
import { watched } from './watch.ts';
import { decideRefresh, rotationPolicy } from '../packages/server/src/domain/sessions/decide-refresh.ts';

export interface Catch {
  /** Undefined if the mutant got through. */
  readonly invariant: Invariant | undefined;
  readonly words: string;
  readonly states: number;
}

/** Explores a mutant of the rules, with the cookie's R: only there every rule can be reached. */
export function catchMutant({ mutate, rules: change, where }: Mutant): Catch {
  const promised = rotationPolicy(scale.overlap, scale.cookieRotateAfter);
  const expiry = where === 'expiry' ? { expiresAt: 3 * scale.overlap } : {};
  const rules = { ...promised, ...expiry, foreignThief: where === 'foreign thief', ...change?.(promised) };
  const decide = mutate === undefined ? decideRefresh : mutate(decideRefresh);
  const policy = watched(latchkey(rules, decide), { decide, rules, overlap: promised.overlapMs });

  const thief = where === 'thief' || where === 'foreign thief';
  const failoverLoss = where === 'failover' ? scale.overlap - 1 : 0;
  const exploration = explore(policy, { ...scale.setting, thief, failoverLoss });
  const { failure, states } = exploration;
  if (failure !== undefined) {
    return { invariant: failure.invariant, words: tellFailure(policy, failure, scale.tickSeconds), states };
  }
  // A thief who is noticed must be found even in step.
  const coexistence = thief ? coexistenceIn(exploration, where === 'foreign thief') : undefined;
  if (coexistence?.kind !== 'endless') return { invariant: undefined, words: '', states };
  return { invariant: 'I5', words: tellEndless(policy, coexistence.story(), scale.tickSeconds), states };
}

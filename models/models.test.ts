import { describe, expect, test } from 'vitest';
import { sweepBound } from './bound.ts';
import { comparisonIn, variations, type Case } from './cases.ts';
import { catchMutant } from './catch.ts';
import { componentsOf } from './components.ts';
import type { Judgement } from './judge.ts';
import { stepsFrom } from './moves.ts';
import { mutants } from './mutants.ts';
import { latchkey } from './policies/latchkey.ts';
import { oryHydra } from './policies/ory-hydra.ts';
import { supabase } from './policies/supabase.ts';
import { superTokens } from './policies/supertokens.ts';
import type { Policy } from './policy.ts';
import { COARSE } from './settings.ts';
import { watched } from './watch.ts';
import { firstWorld, keyOf, type Setting, type World } from './world.ts';
import { decideRefresh, rotationPolicy } from '../packages/server/src/domain/sessions/decide-refresh.ts';

/** The verdict in the form of the expectation, without what that does not speak of. */
function verdictOf({ expected }: Case, { honest, thief }: Judgement): object {
  const { apart, inStep } = thief ?? {};
  return {
    honest: honest ?? 'nothing',
    ...(expected.apart === undefined ? {} : { apart: apart?.kind === 'found' ? apart.afterRenewal : 'never found' }),
    ...(expected.inStep === undefined ? {} : { inStep: inStep?.kind === 'found' ? 'found' : 'never found' }),
  };
}

describe('the table', () => {
  test.each([...comparisonIn(COARSE), ...variations].map((each) => [each.name.trim(), each] as const))(
    '%s',
    (_name, each) => {
      const judgement = each.judge();
      expect(verdictOf(each, judgement)).toEqual(each.expected);
      expect(judgement.thief?.broken).toBeUndefined();
      const hasFailed = each.expected.honest !== 'nothing' || each.expected.apart === 'never found';
      expect(judgement.counterexamples.length > 0).toBe(hasFailed);
    },
  );
});

test('safe exactly where P + A + D + Q ≤ W', () => {
  const worlds = sweepBound('edge');
  expect(worlds.filter(({ isWithin, isSafe }) => isWithin !== isSafe)).toEqual([]);
  expect(worlds.length).toBeGreaterThan(60);
  expect(new Set(worlds.map(({ isSafe }) => isSafe)).size).toBe(2);
});

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))('caught: %s', (_name, mutant) => {
  expect(catchMutant(mutant).invariant).toBe(mutant.caughtBy);
});

describe('worlds of one key behave alike', () => {
  const W = COARSE.overlap;
  const rules = { ...rotationPolicy(W, COARSE.cookieRotateAfter), foreignThief: true };
  const ours = watched(latchkey(rules), { decide: decideRefresh, rules, overlap: W });
  const stolen = { ...COARSE.setting, thief: true, reads: true };

  test('ours, with a thief', () => expectAlike(ours, stolen));
  test('ours, with a fail-over', () => expectAlike(ours, { ...COARSE.setting, failoverLoss: W - 1 }));
  test('Supabase', () => expectAlike(supabase(W), { ...stolen, refreshAge: W }));
  test('Ory Hydra', () => expectAlike(oryHydra(W), { ...stolen, refreshAge: W }));
  test('SuperTokens', () => expectAlike(superTokens(W), { ...stolen, refreshAge: W }));
});

/** Without this, leaving something out of a key would look like a proof. */
function expectAlike<Row>(policy: Policy<Row>, setting: Setting): void {
  const futures = new Map<string, string>();
  const queue: World<Row>[] = [firstWorld(policy, setting)];
  let compared = 0;
  for (const world of queue) {
    const key = keyOf(policy, setting, world);
    const steps = stepsFrom(policy, setting, world);
    const future = steps
      .map(({ move, next }) => `${move.kind}: ${keyOf(policy, setting, next)}`)
      .toSorted()
      .join('\n');
    const known = futures.get(key);
    if (known === undefined) {
      futures.set(key, future);
      queue.push(...steps.map(({ next }) => next));
    } else {
      compared += 1;
      if (known !== future) expect(future, key).toBe(known);
    }
    if (queue.length > 12_000) break;
  }
  expect(compared).toBeGreaterThan(1000);
}

test('components: two rounds, the way between them, and a dead end', () => {
  const edges = [[1], [0, 2], [3], [4, 5], [3], []];
  const component = [...componentsOf(edges.length, (state) => edges[state] ?? [])];
  expect(component[0]).toBe(component[1]);
  expect(component[3]).toBe(component[4]);
  expect(new Set(component).size).toBe(4);
  for (const [state, targets] of edges.entries()) {
    for (const target of targets) expect(component[target]).toBeLessThanOrEqual(component[state] ?? -1);
  }
});

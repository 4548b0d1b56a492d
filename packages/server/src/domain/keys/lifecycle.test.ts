import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINUTE_MS, SECOND_MS } from '../instant.ts';
import { isSpent, knownFrom, planAtStart, planRevocation, planRotation, type KeyPlan } from './lifecycle.ts';
import { SIGNING_ALGORITHMS, type SigningAlgorithm, type SigningKeyState } from './signing-key.ts';

interface Key {
  readonly kid: string;
  readonly state: SigningKeyState;
  readonly algorithm: SigningAlgorithm;
  readonly retiredAt: number | null;
}

/** `next:ES256` and so on; the kid is the text itself, with a number where it comes again. */
function keys(...texts: readonly string[]): Key[] {
  return texts.map((text, index) => {
    const [state, algorithm] = text.split(':') as [SigningKeyState, SigningAlgorithm];
    const kid = texts.indexOf(text) === index ? text : `${text}#${index}`;
    return { kid, state, algorithm, retiredAt: state === 'retired' ? 0 : null };
  });
}

/** What the keys are once the plan has been carried out. */
function carriedOut(before: readonly Key[], plan: KeyPlan, algorithm: SigningAlgorithm): Key[] {
  const after = before.map((key): Key => {
    if (plan.retire.includes(key.kid)) return { ...key, state: 'retired', retiredAt: 1 };
    return key.kid === plan.activate ? { ...key, state: 'active' } : key;
  });
  if (plan.activate === 'create') after.push({ kid: 'made active', state: 'active', algorithm, retiredAt: null });
  if (plan.createNext) after.push({ kid: 'made next', state: 'next', algorithm, retiredAt: null });
  return after;
}

const inState = (all: readonly Key[], state: SigningKeyState) => all.filter((key) => key.state === state);

describe('at the start', () => {
  test.each<[string, Key[], SigningAlgorithm, KeyPlan]>([
    ['no keys', keys(), 'ES256', { retire: [], activate: 'create', createNext: true }],
    ['all there', keys('active:ES256', 'next:ES256'), 'ES256', { retire: [], activate: undefined, createNext: false }],
    ['no next', keys('active:ES256'), 'ES256', { retire: [], activate: undefined, createNext: true }],
    ['no active', keys('next:ES256'), 'ES256', { retire: [], activate: 'next:ES256', createNext: true }],
    ['only retired', keys('retired:ES256'), 'ES256', { retire: [], activate: 'create', createNext: true }],
    [
      'another algorithm than before',
      keys('active:ES256', 'next:ES256', 'retired:ES256'),
      'EdDSA',
      { retire: ['active:ES256', 'next:ES256'], activate: 'create', createNext: true },
    ],
    [
      'back to the algorithm of retired keys: those stay retired',
      keys('active:EdDSA', 'next:EdDSA', 'retired:ES256'),
      'ES256',
      { retire: ['active:EdDSA', 'next:EdDSA'], activate: 'create', createNext: true },
    ],
    [
      'a next of another algorithm only',
      keys('active:ES256', 'next:RS256'),
      'ES256',
      { retire: ['next:RS256'], activate: undefined, createNext: true },
    ],
    [
      'an active of another algorithm, and a next of this one',
      keys('active:RS256', 'next:ES256'),
      'ES256',
      { retire: ['active:RS256'], activate: 'next:ES256', createNext: true },
    ],
  ])('%s', (_name, before, algorithm, plan) => {
    expect(planAtStart(before, algorithm)).toEqual(plan);
  });
});

describe('a rotation', () => {
  test.each<[string, Key[], SigningAlgorithm, KeyPlan]>([
    [
      'the next signs, the active retires',
      keys('active:ES256', 'next:ES256', 'retired:ES256'),
      'ES256',
      { retire: ['active:ES256'], activate: 'next:ES256', createNext: true },
    ],
    [
      'without a next',
      keys('active:ES256'),
      'ES256',
      { retire: ['active:ES256'], activate: 'create', createNext: true },
    ],
    ['without any key', keys(), 'RS256', { retire: [], activate: 'create', createNext: true }],
    [
      'to another algorithm',
      keys('active:ES256', 'next:ES256'),
      'EdDSA',
      { retire: ['active:ES256', 'next:ES256'], activate: 'create', createNext: true },
    ],
    [
      'with a next of another algorithm',
      keys('active:ES256', 'next:RS256'),
      'ES256',
      { retire: ['next:RS256', 'active:ES256'], activate: 'create', createNext: true },
    ],
  ])('%s', (_name, before, algorithm, plan) => {
    expect(planRotation(before, algorithm)).toEqual(plan);
  });
});

describe('a revocation', () => {
  const all = keys('active:ES256', 'next:ES256', 'retired:ES256');
  test.each<[kid: string, KeyPlan]>([
    ['active:ES256', { retire: [], activate: 'next:ES256', createNext: true }],
    ['next:ES256', { retire: [], activate: undefined, createNext: true }],
    ['retired:ES256', { retire: [], activate: undefined, createNext: false }],
  ])('of %s', (kid, plan) => {
    expect(planRevocation(all, kid, 'ES256')).toEqual(plan);
  });

  test('of the only key', () => {
    expect(planRevocation(keys('active:ES256'), 'active:ES256', 'ES256')).toEqual({
      retire: [],
      activate: 'create',
      createNext: true,
    });
  });
});

test('a key is known to all verifiers a minute after the oldest key set without it has become stale', () => {
  expect(knownFrom({ createdAt: 1000 })).toBe(1000 + 300 * SECOND_MS + MINUTE_MS);
});

describe('from any keys, to any algorithm', () => {
  // The database holds at most one active and one next key.
  const algorithms = fc.constantFrom(...SIGNING_ALGORITHMS);
  const some = (state: SigningKeyState, max: number) =>
    fc.array(
      algorithms.map((name) => `${state}:${name}`),
      { maxLength: max },
    );
  const anyKeys = fc
    .tuple(some('active', 1), some('next', 1), some('retired', 3))
    .map((groups) => keys(...groups.flat()));

  test.each([
    ['start', planAtStart],
    ['rotation', planRotation],
  ])('%s: one active and one next key of the algorithm, no retired one comes back', (_name, plan) => {
    fc.assert(
      fc.property(anyKeys, algorithms, (before, algorithm) => {
        const after = carriedOut(before, plan(before, algorithm), algorithm);
        expect(inState(after, 'active').map((key) => key.algorithm)).toEqual([algorithm]);
        expect(inState(after, 'next').map((key) => key.algorithm)).toEqual([algorithm]);
        for (const retired of inState(before, 'retired')) expect(after).toContainEqual(retired);
        expect(after.length).toBeGreaterThanOrEqual(before.length);
      }),
    );
  });

  test('a second start changes nothing', () => {
    fc.assert(
      fc.property(anyKeys, algorithms, (before, algorithm) => {
        const after = carriedOut(before, planAtStart(before, algorithm), algorithm);
        expect(planAtStart(after, algorithm)).toEqual({ retire: [], activate: undefined, createNext: false });
      }),
    );
  });

  test('a rotation always changes the key that signs', () => {
    fc.assert(
      fc.property(anyKeys, algorithms, (before, algorithm) => {
        const after = carriedOut(before, planRotation(before, algorithm), algorithm);
        expect(inState(after, 'active')[0]?.kid).not.toBe(inState(before, 'active')[0]?.kid);
      }),
    );
  });
});

describe('a retired key goes once no token that it signed can be alive', () => {
  const NOW = Date.UTC(2026, 0, 1);
  const spentAfterMs = 600 * SECOND_MS + MINUTE_MS;
  const retired = { ...keys('retired:ES256')[0]!, retiredAt: NOW };
  test.each([
    ['at once', NOW, false],
    ['a moment before', NOW + spentAfterMs - 1, false],
    ['at the end', NOW + spentAfterMs, true],
  ])('%s', (_name, now, expected) => {
    expect(isSpent(retired, 600, now)).toBe(expected);
  });

  test.each(['active', 'next'])('never an %s one', (state) => {
    expect(isSpent(keys(`${state}:ES256`)[0]!, 600, NOW + 1e12)).toBe(false);
  });
});

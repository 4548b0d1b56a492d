import { coexistenceIn, type Coexistence } from './coexistence.ts';
import { explore, type Exploration, type Failure } from './explore.ts';
import { tellEndless, tellFailure } from './narrate.ts';
import type { Invariant, Policy } from './policy.ts';
import type { Setting } from './world.ts';

export interface Counterexample {
  readonly title: string;
  readonly words: string;
}

/** What becomes of a thief: 'found' after at most so many switches, or 'never'. */
export type Detection =
  | { readonly kind: 'found'; readonly switches: number; readonly afterRenewal: number }
  | { readonly kind: 'never' };

export interface Judgement {
  /** What honest actors alone break; undefined if nothing. */
  readonly honest: Invariant | undefined;
  /** Undefined where no thief was asked for. */
  readonly thief?: ThiefJudgement;
  readonly states: number;
  readonly counterexamples: readonly Counterexample[];
}

export interface ThiefJudgement {
  /** What is broken besides I5. */
  readonly broken: Invariant | undefined;
  /** Victim and thief more than the overlap apart: I5. */
  readonly apart: Detection;
  /** The thief within the overlap of the victim, every time. */
  readonly inStep: Detection;
}

type Teller<Row> = (failure: Failure<Row>) => string;

/** Explores a policy with honest actors alone and, if the setting has one, with a thief. */
export function judge<Row>(policy: Policy<Row>, setting: Setting, tickSeconds: number): Judgement {
  const tell: Teller<Row> = (failure) => tellFailure(policy, failure, tickSeconds);
  const honest = explore(policy, { ...setting, thief: false });
  const alone = {
    honest: honest.failure?.invariant,
    states: honest.states,
    counterexamples: honestCounterexamples(policy, setting, honest, tell),
  };
  if (!setting.thief) return alone;

  const stolen = explore(policy, setting);
  const { failure } = stolen;
  const apart = coexistenceIn(stolen, false);
  const inStep = coexistenceIn(stolen, true);
  const broken = failure && { title: `${failure.invariant}, with a thief`, words: tell(failure) };
  const endless = apart.kind === 'endless' && {
    title: 'theft never found',
    words: tellEndless(policy, apart.story(), tickSeconds),
  };
  return {
    ...alone,
    thief: { broken: failure?.invariant, apart: detectionOf(apart), inStep: detectionOf(inStep) },
    states: honest.states + stolen.states,
    counterexamples: [...alone.counterexamples, ...(broken ? [broken] : []), ...(endless ? [endless] : [])],
  };
}

/** The shortest one of all, and the shortest ones of kinder worlds, where they differ. */
function honestCounterexamples<Row>(
  policy: Policy<Row>,
  setting: Setting,
  { failure }: Exploration<Row>,
  tell: Teller<Row>,
): Counterexample[] {
  if (failure === undefined) return [];
  const found = new Map([[tell(failure), `honest sign-out (${failure.invariant})`]]);
  const variants = [
    { title: 'with one request at a time', changed: { tabs: 1 } },
    { title: 'without a lost message', changed: { calm: true } },
    { title: 'without a crash of the browser', changed: { diskDelay: -1 } },
  ];
  for (const { title, changed } of variants) {
    const variant = explore(policy, { ...setting, ...changed, thief: false }).failure;
    const words = variant && tell(variant);
    if (words !== undefined && !found.has(words)) found.set(words, `… ${title}`);
  }
  return [...found].map(([words, title]) => ({ title, words }));
}

function detectionOf<Row>(coexistence: Coexistence<Row>): Detection {
  if (coexistence.kind === 'endless') return { kind: 'never' };
  return { kind: 'found', switches: coexistence.switches, afterRenewal: coexistence.switchesAfterRenewal };
}

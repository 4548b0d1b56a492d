import type { Invariant } from './policy.ts';
import type { Decide, Rules } from './policies/latchkey.ts';

/** A small mistake in the rules, and the invariant that has to notice it. */
export interface Mutant {
  readonly name: string;
  readonly caughtBy: Invariant;
  readonly mutate?: (decide: Decide) => Decide;
  readonly rules?: (rules: Rules) => Partial<Rules>;
  /** The world in which it shows. */
  readonly where: 'honest' | 'thief' | 'foreign thief' | 'failover' | 'expiry';
}

/** A checker that cannot fail proves nothing: each of these must be caught, by the invariant that it names. */
export const mutants: readonly Mutant[] = [
  { name: 'no overlap (W = 0)', caughtBy: 'I1', where: 'honest', rules: () => ({ overlapMs: 0, repeatMs: 0 }) },
  {
    name: 'rule 4 repeats for all of W',
    caughtBy: 'I1',
    where: 'honest',
    rules: ({ overlapMs }) => ({ repeatMs: overlapMs }),
  },
  {
    name: 'rule 3 confirms within W',
    caughtBy: 'I1',
    where: 'honest',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      const isCurrent = presented.generation === row.generation;
      return decision.kind === 'accept' && isCurrent && !row.confirmed ? { kind: 'confirm' } : decision;
    },
  },
  {
    name: 'rule 5 leaves the clock of the voided child',
    caughtBy: 'I1',
    where: 'honest',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      if (decision.kind !== 'branch') return decision;
      return { ...decision, next: { ...decision.next, rotatedAt: row.rotatedAt } };
    },
  },
  { name: 'every answer repeats what was presented', caughtBy: 'I1', where: 'honest', rules: () => ({ echo: true }) },
  {
    name: 'rule 5 answers with the same child',
    caughtBy: 'I5',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      return decision.kind === 'branch' ? { kind: 'repeat' } : decision;
    },
  },
  {
    name: 'nothing ever rotates',
    caughtBy: 'I5',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      return decision.kind === 'rotate' ? { kind: 'accept' } : decision;
    },
  },
  {
    name: 'rule 5 also after a suspicious use',
    caughtBy: 'I5',
    where: 'foreign thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      const isOff = decision.kind === 'theft' && row.strictGeneration === row.generation + 1;
      return isOff ? decide({ ...row, strictGeneration: null }, presented, now, policy) : decision;
    },
  },
  {
    name: 'rule 5 voids nothing',
    caughtBy: 'I3',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const isVoid = presented.generation === row.generation && presented.attempt < row.attempt;
      return decide(row, isVoid ? { ...presented, attempt: row.attempt } : presented, now, policy);
    },
  },
  {
    name: 'the previous credential is accepted for ever',
    caughtBy: 'I3',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      const isPrevious = presented.generation === row.generation - 1 && presented.attempt === row.previousAttempt;
      return decision.kind === 'theft' && isPrevious ? { kind: 'repeat' } : decision;
    },
  },
  {
    name: 'rule 5 although the child is confirmed',
    caughtBy: 'I3',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => decide({ ...row, confirmed: false }, presented, now, policy),
  },
  {
    name: 'every retry extends the overlap (rule 4 moves rotated_at)',
    caughtBy: 'I3',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      const isPrevious = presented.generation === row.generation - 1;
      const isRetry = isPrevious && (decision.kind === 'repeat' || decision.kind === 'hold');
      return isRetry ? { kind: 'adopt', next: { ...row, rotatedAt: now } } : decision;
    },
  },
  {
    name: 'rule 7 takes over what is not ahead',
    caughtBy: 'I3',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      if (decision.kind !== 'theft') return decision;
      const { generation, attempt } = presented;
      return { kind: 'adopt', next: { generation, attempt, previousAttempt: null, rotatedAt: now, confirmed: false } };
    },
  },
  {
    name: 'a generation for every request (R = 0)',
    caughtBy: 'I4',
    where: 'honest',
    rules: () => ({ rotateAfterMs: 0 }),
  },
  {
    name: 'R a tick less than W',
    caughtBy: 'I4',
    where: 'honest',
    rules: ({ overlapMs }) => ({ rotateAfterMs: overlapMs - 1 }),
  },
  {
    name: 'the MAC is checked after the decision',
    caughtBy: 'MAC',
    where: 'honest',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, { ...presented, authentic: true }, now, policy);
      return decision.kind === 'theft' ? decision : decide(row, presented, now, policy);
    },
  },
  {
    name: 'a revoked session goes on',
    caughtBy: 'I6',
    where: 'thief',
    mutate: (decide) => (row, presented, now, policy) => decide({ ...row, revokedAt: null }, presented, now, policy),
  },
  {
    name: 'no rule 7: what is ahead is theft',
    caughtBy: 'I1',
    where: 'failover',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      return decision.kind === 'adopt' ? { kind: 'theft' } : decision;
    },
  },
  {
    name: 'no rule 7: what is ahead is refused',
    caughtBy: 'I2',
    where: 'failover',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      return decision.kind === 'adopt' ? { kind: 'refuse', reason: 'forged' } : decision;
    },
  },
  {
    name: 'a rotation extends the session',
    caughtBy: 'I7',
    where: 'expiry',
    mutate: (decide) => (row, presented, now, policy) => {
      const decision = decide(row, presented, now, policy);
      if (decision.kind !== 'rotate') return decision;
      const extended = { ...decision.next, expiresAt: row.expiresAt + 1 };
      return { ...decision, next: extended };
    },
  },
  {
    name: 'the end is inclusive',
    caughtBy: 'I7',
    where: 'expiry',
    mutate: (decide) => (row, presented, now, policy) =>
      decide({ ...row, expiresAt: row.expiresAt + 1, idleExpiresAt: row.idleExpiresAt + 1 }, presented, now, policy),
  },
];

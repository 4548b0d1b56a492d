import {
  decideRefresh,
  type Branch,
  type RefreshableSession,
  type RefreshDecision,
  type RotationPolicy,
} from '../../packages/server/src/domain/sessions/decide-refresh.ts';
import { WORTHLESS, type Credential, type Outcome, type Party, type Policy } from '../policy.ts';

export type Decide = typeof decideRefresh;

/** The policy that the server is given, in ticks instead of milliseconds, and what else is about its world. */
export interface Rules extends RotationPolicy {
  /** When the session ends; never, if undefined. */
  readonly expiresAt?: number;
  /** Whether the thief comes from another network and another browser, so that the operation notices him. */
  readonly foreignThief?: boolean;
  /** Whether an answer that has no other credential to give repeats the one that was presented. */
  readonly echo?: boolean;
}

export interface Row extends RefreshableSession {
  /** Whose network and browser the row knows. */
  readonly knows?: Party;
}

const ATTEMPTS = 10_000;
export const credentialOf = ({ generation, attempt }: Branch): Credential => generation * ATTEMPTS + attempt;
export const branchOf = (credential: Credential): Branch => {
  return { generation: Math.floor(credential / ATTEMPTS), attempt: credential % ATTEMPTS };
};

/** The server's own rules: the function that it runs, or a mutant of it. */
export function latchkey(rules: Rules, decide: Decide = decideRefresh): Policy<Row> {
  const oldest = Math.max(rules.overlapMs, rules.rotateAfterMs);
  return {
    start: (now) => ({ row: newSession(rules, now), credential: credentialOf({ generation: 0, attempt: 0 }) }),
    use(row, credential, now, by, canRenew) {
      const decision = decide(row, { ...branchOf(credential), authentic: true }, now, rules);
      if (canRenew) return outcomeOf(rules, row, decision, { credential, now, by });
      const { answer: _, ...outcome } = outcomeOf(rules, row, withoutRenewal(row, decision), { credential, now, by });
      return outcome;
    },
    rowKey(row, now) {
      const age = Math.min(now - row.rotatedAt, oldest);
      const strict = (row.strictGeneration ?? -1) < row.generation ? '' : (row.strictGeneration ?? 0) - row.generation;
      const left = Number.isFinite(row.expiresAt) ? Math.max(row.expiresAt - now, 0) : '';
      return `${age}${row.confirmed ? 'c' : 'u'}${strict}~${left}${row.knows ?? ''}`;
    },
    credentialKey,
    nameOf: (credential) => nameOf(branchOf(credential)),
  };
}

function newSession({ expiresAt = Number.POSITIVE_INFINITY }: Rules, now: number): Row {
  return {
    generation: 0,
    attempt: 0,
    previousAttempt: 0,
    rotatedAt: now,
    confirmed: false,
    strictGeneration: null,
    revokedAt: null,
    idleExpiresAt: expiresAt,
    expiresAt,
  };
}

interface Presentation {
  readonly credential: Credential;
  readonly now: number;
  readonly by: Party;
}

/** Rules 1 and 5 where the answer can carry no credential, as the operation has it. */
function withoutRenewal(row: Row, decision: RefreshDecision): RefreshDecision {
  if (decision.kind === 'rotate') return { kind: row.confirmed ? 'accept' : 'confirm' };
  return decision.kind === 'branch' ? { kind: 'accept' } : decision;
}

/** What the operation makes of a decision: the row that it writes, and the credential that its answer carries. */
function outcomeOf(
  rules: Rules,
  row: Row,
  decision: RefreshDecision,
  { credential, now, by }: Presentation,
): Outcome<Row> {
  const known = rules.foreignThief === true ? { knows: by } : {};
  const carried = rules.echo === true ? { answer: credential } : {};
  const served = { verdict: 'served', renewed: false } as const;
  switch (decision.kind) {
    case 'rotate':
    case 'adopt':
    case 'branch': {
      const next = { ...row, ...decision.next, ...known };
      const words = { rotate: 'rotates to', adopt: 'takes over', branch: `voids ${nameOf(row)} and makes` }[
        decision.kind
      ];
      const renewed = credentialOf(next) !== credential;
      return { ...served, row: next, answer: credentialOf(next), renewed, words: `${words} ${nameOf(next)}` };
    }
    case 'confirm':
      return { ...served, row: { ...row, confirmed: true }, ...carried, words: 'accepts and confirms it' };
    case 'accept':
      return { ...served, row, ...carried, words: 'accepts it' };
    case 'hold':
      return { ...served, row: noticing(row, by), ...carried, words: 'accepts it' };
    case 'repeat':
      return { ...served, row: noticing(row, by), answer: credentialOf(row), words: `repeats ${nameOf(row)}` };
    case 'theft':
      return { verdict: 'revoked', renewed: false, row: { ...row, revokedAt: now }, words: 'sees theft: revoked' };
    case 'refuse': {
      const verdict = decision.reason === 'expired' ? 'expired' : 'refused';
      return { verdict, renewed: false, row, words: `refuses it as ${decision.reason}` };
    }
  }
}

/** The credential before, used at once from another network and another browser: the next generation is strict. */
function noticing(row: Row, by: Party): Row {
  const strictGeneration = row.generation + 1;
  const isForeign = row.knows !== undefined && row.knows !== by;
  return isForeign && row.strictGeneration !== strictGeneration ? { ...row, strictGeneration } : row;
}

function credentialKey(row: Row, credential: Credential): string {
  const { generation, attempt } = branchOf(credential);
  const ahead = generation - row.generation;
  if (ahead > 0) return `+${ahead}.${attempt}`;
  if (ahead === 0) {
    if (attempt < row.attempt) return WORTHLESS;
    return attempt === row.attempt ? 'c' : `+${attempt - row.attempt}`;
  }
  const isPrevious = ahead === -1 && (row.previousAttempt === null || attempt === row.previousAttempt);
  return isPrevious ? 'p' : WORTHLESS;
}

export function nameOf({ generation, attempt }: Branch): string {
  return attempt === 0 ? `g${generation}` : `g${generation}.${attempt}`;
}

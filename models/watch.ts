import type { Branch } from '../packages/server/src/domain/sessions/decide-refresh.ts';
import { branchOf, credentialOf, nameOf, type Decide, type Row, type Rules } from './policies/latchkey.ts';
import type { Invariant, Lawlessness, Outcome, Policy } from './policy.ts';

/** The row, and beside it what a witness remembers who trusts nothing that the rules themselves write. */
export interface Watched {
  readonly row: Row;
  /** When the current credential was made, and whether it was used when it was at least W old. */
  readonly madeAt: number;
  readonly wasUsedLate: boolean;
  /** Attempt of the generation before that was current when this one was made; null where a fail-over lost it. */
  readonly parentAttempt: number | null;
  readonly generationMadeAt: number;
  readonly expiresAt: number;
}

/** Whom to watch, and the overlap that was promised, whatever the rules make of it. */
export interface Suspect {
  readonly decide: Decide;
  readonly rules: Rules;
  readonly overlap: number;
}

/** Watches the server's rules: every decision is checked against the invariants, in words of its own. */
export function watched(policy: Policy<Row>, { decide, rules, overlap: W }: Suspect): Policy<Watched> {
  return {
    start(now) {
      const { row, credential } = policy.start(now);
      const memory = { madeAt: now, wasUsedLate: false, parentAttempt: 0, generationMadeAt: now };
      return { row: { row, ...memory, expiresAt: row.expiresAt }, credential };
    },
    use(before, credential, now, by, canRenew) {
      const outcome = policy.use(before.row, credential, now, by, canRenew);
      const broken = brokenBy(before, credential, now, outcome, W) ?? lastingEnd(policy, outcome, now);
      const row = remember(before, credential, now, outcome, W);
      return broken === undefined ? { ...outcome, row } : { ...outcome, row, broken };
    },
    inspect: (memory, now) => (now < memory.expiresAt ? inspected(memory, now, decide, rules, W) : undefined),
    rowKey({ row, madeAt, generationMadeAt, wasUsedLate, parentAttempt }, now) {
      const ages = `${Math.min(now - madeAt, W)}/${Math.min(now - generationMadeAt, W)}`;
      return `${policy.rowKey(row, now)};${ages}${wasUsedLate}${parentAttempt === row.previousAttempt}`;
    },
    credentialKey: ({ row }, credential, now) => policy.credentialKey(row, credential, now),
    nameOf: (credential) => policy.nameOf(credential),
  };
}

function remember(
  before: Watched,
  credential: number,
  now: number,
  { row, verdict }: Outcome<Row>,
  W: number,
): Watched {
  if (row === before.row && (before.wasUsedLate || now - before.madeAt < W)) return before;
  if (credentialOf(row) !== credentialOf(before.row)) {
    const isNew = row.generation !== before.row.generation;
    const parentAttempt = row.previousAttempt === null ? null : isNew ? before.row.attempt : before.parentAttempt;
    const generationMadeAt = isNew ? now : before.generationMadeAt;
    return { ...before, row, madeAt: now, wasUsedLate: false, parentAttempt, generationMadeAt };
  }
  const isLateUse = verdict === 'served' && credential === credentialOf(row) && now - before.madeAt >= W;
  return { ...before, row, wasUsedLate: before.wasUsedLate || isLateUse };
}

function brokenBy(
  before: Watched,
  credential: number,
  now: number,
  outcome: Outcome<Row>,
  W: number,
): Invariant | undefined {
  const { row } = before;
  const { row: next, verdict } = outcome;
  // I4: generations only grow, one at a time and at most once per W, unless a later one was shown.
  const growth = next.generation - row.generation;
  const isAhead = credential > credentialOf(row);
  if (credentialOf(next) < credentialOf(row)) return 'I4';
  if (!isAhead && (growth > 1 || (growth === 1 && now - before.generationMadeAt < W))) return 'I4';
  if (verdict !== 'expired' && isOld(before, branchOf(credential), now, W) && verdict !== 'revoked') return 'I3';
  const isExtended = next.expiresAt !== before.expiresAt || next.idleExpiresAt > before.expiresAt;
  if (isExtended || (verdict === 'served' && now >= before.expiresAt)) return 'I7';
  return undefined;
}

/** I3: void, older than the one before, or the one before although its child was in use late enough. */
function isOld(before: Watched, { generation, attempt }: Branch, now: number, W: number): boolean {
  const { row, parentAttempt } = before;
  if (generation === row.generation) return attempt < row.attempt;
  if (generation !== row.generation - 1) return generation < row.generation;
  if (parentAttempt !== null && attempt < parentAttempt) return true;
  if (parentAttempt !== null && attempt > parentAttempt) return false;
  return before.wasUsedLate && now - before.madeAt >= W;
}

/** I6: after a revocation nothing is ever accepted, and nothing changes. */
function lastingEnd(policy: Policy<Row>, { verdict, row }: Outcome<Row>, now: number): Invariant | undefined {
  if (verdict !== 'revoked') return undefined;
  const tries = candidates(row).map((branch) => policy.use(row, credentialOf(branch), now, 'victim', true));
  return tries.every((after) => after.verdict === 'refused' && after.row === row) ? undefined : 'I6';
}

function inspected(memory: Watched, now: number, decide: Decide, rules: Rules, W: number): Lawlessness | undefined {
  const { row } = memory;
  const shown = (branch: Branch, authentic: boolean) => decide(row, { ...branch, authentic }, now, rules).kind;
  for (const branch of candidates(row)) {
    // Whoever knows no more than the session's id can show any generation and attempt, but no MAC.
    const forged = shown(branch, false);
    if (forged !== 'refuse') return { invariant: 'MAC', words: `a forged ${nameOf(branch)}: server decides ${forged}` };
    const old = isOld(memory, branch, now, W) ? shown(branch, true) : 'theft';
    if (old !== 'theft') return { invariant: 'I3', words: `the old ${nameOf(branch)}: server decides ${old}` };
  }
  const current = shown(row, true);
  if (current !== 'theft' && current !== 'refuse') return undefined;
  return { invariant: 'I2', words: `the current ${nameOf(row)}: server decides ${current}` };
}

/** Around the current one, on every side: older, void, previous, current, later. */
function candidates({ generation, attempt, previousAttempt }: Row): Branch[] {
  const before = previousAttempt ?? 0;
  const around = [
    { generation: generation - 2, attempt: 0 },
    { generation: generation - 1, attempt: before - 1 },
    { generation: generation - 1, attempt: before },
    { generation, attempt: attempt - 1 },
    { generation, attempt },
    { generation, attempt: attempt + 1 },
    { generation: generation + 1, attempt: 0 },
  ];
  return around.filter((branch) => branch.generation >= 0 && branch.attempt >= 0);
}

import type { Instant } from '../instant.ts';
import { MAX_ATTEMPT } from './credential.ts';
import type { Session } from './session.ts';

/** One credential of a session: every rotation makes a generation, every late retry an attempt within it. */
export interface Branch {
  readonly generation: number;
  readonly attempt: number;
}

/** What a decision writes to the row. */
export interface Rotation extends Branch {
  /** Attempt of the generation before; null where a fail-over lost it, and any attempt counts. */
  readonly previousAttempt: number | null;
  readonly rotatedAt: Instant;
  readonly confirmed: boolean;
}

/** The part of the row that is decided on. */
export type RefreshableSession = Rotation &
  Pick<Session, 'strictGeneration' | 'revokedAt' | 'idleExpiresAt' | 'expiresAt'>;

export interface PresentedBranch extends Branch {
  /** Whether the MAC was right. Whatever is not authentic never changes anything. */
  readonly authentic: boolean;
}

/** All in milliseconds. */
export interface RotationPolicy {
  /**
   * W: for how long the credential before is still accepted. Longer than a client's time-out, and than a browser
   * takes to write its cookies to disk. 0 is the strict mode of RFC 9700 §4.14.2.
   */
  readonly overlapMs: number;
  /**
   * P: for how long it is answered with the current one. What is sent for the last time at P must have arrived, been
   * written to disk and been sent back, or be lost for good, when W is over: P + A + D + Q ≤ W, with A for the answer,
   * D for the disk and Q for the request. The models show that one step more of any of them is too much.
   */
  readonly repeatMs: number;
  /** R: how old the current credential is when it is rotated; at least W. */
  readonly rotateAfterMs: number;
}

/** A sixth each for P, A and Q leaves half of W for the disk: 30 s of the usual 60, as Chrome takes. */
const SHARE = 6;

export function rotationPolicy(overlapMs: number, rotateAfterMs: number): RotationPolicy {
  return { overlapMs, rotateAfterMs, repeatMs: overlapMs / SHARE };
}

/**
 * How long after its decision an answer with a new credential may leave, in milliseconds: half of A, so that the
 * other half is the network's. Without an overlap there is nothing that a late answer could overtake.
 */
export function answerWithinMs({ overlapMs }: RotationPolicy): number {
  return overlapMs === 0 ? Number.POSITIVE_INFINITY : overlapMs / SHARE / 2;
}

export type RefreshDecision =
  /** Rules 1 and 7: the row becomes `next`, and the answer carries its credential. */
  | { readonly kind: 'rotate' | 'adopt'; readonly next: Rotation }
  /** Rule 2: the row is confirmed. */
  | { readonly kind: 'confirm' }
  /** Rule 3: nothing is written. */
  | { readonly kind: 'accept' }
  /** Rule 4, before P: nothing is written; the answer carries the current credential once more, byte for byte. */
  | { readonly kind: 'repeat' }
  /** Rule 4, from P on: accepted, and the answer carries none. */
  | { readonly kind: 'hold' }
  /** Rule 5: the row becomes `next`; the access tokens of the `voided` branch die by a revocation event. */
  | { readonly kind: 'branch'; readonly next: Rotation; readonly voided: Branch }
  /** Rule 6: the session is revoked. */
  | { readonly kind: 'theft' }
  /** Rule 8: one error outside, the reason for the log. */
  | { readonly kind: 'refuse'; readonly reason: 'forged' | 'revoked' | 'expired' };

/**
 * Decides what a presented credential does to its session: one rule set for the session cookie and the refresh
 * token. The caller reads the row locked, on the primary, with the database's clock, and writes the outcome in
 * the same transaction. Decided on a copy, only `accept` may be acted upon.
 */
export function decideRefresh(
  row: RefreshableSession,
  presented: PresentedBranch,
  now: Instant,
  policy: RotationPolicy,
): RefreshDecision {
  // 8. Nothing that this server did not write, and nothing that has ended, gets further.
  if (!presented.authentic) return { kind: 'refuse', reason: 'forged' };
  if (row.revokedAt !== null) return { kind: 'refuse', reason: 'revoked' };
  if (now >= row.expiresAt || now >= row.idleExpiresAt) return { kind: 'refuse', reason: 'expired' };

  // A clock that went back makes nothing younger than new: else what has no overlap would have one for that long.
  const age = Math.max(0, now - row.rotatedAt);
  const overlapMs = row.strictGeneration === row.generation ? 0 : policy.overlapMs;
  switch (relationOf(row, presented)) {
    case 'current':
      // 1. Old enough: the next generation begins.
      if (age >= policy.rotateAfterMs) return { kind: 'rotate', next: nextGeneration(row, now) };
      // 2. Seen in use when no retry of the one before can be under way any more: that one is done with.
      if (age >= overlapMs && !row.confirmed) return { kind: 'confirm' };
      // 3. Within W it does not confirm: a browser that crashes now may come back with the one before.
      return { kind: 'accept' };
    case 'previous':
      // 4. A second tab, or a retry after a lost answer.
      if (age < overlapMs) return { kind: age < policy.repeatMs ? 'repeat' : 'hold' };
      // 5. Later, but its child was never seen in use late enough: that child was lost. It gets another. Not where
      // somebody suspicious was seen: late retries would keep the strict generation from ever coming.
      if (!row.confirmed && overlapMs > 0 && row.strictGeneration !== row.generation + 1) return lateRetry(row, now);
      // 6. Its child is in use: two hold this session.
      return { kind: 'theft' };
    case 'void':
      // 6. Older, or of a branch that was given up.
      return { kind: 'theft' };
    case 'ahead':
      // 7. A fail-over lost commits that had been answered: what was answered stands.
      return {
        kind: 'adopt',
        next: { ...branchOf(presented), previousAttempt: null, rotatedAt: now, confirmed: false },
      };
  }
}

function relationOf(row: Rotation, presented: Branch): 'current' | 'previous' | 'void' | 'ahead' {
  if (presented.generation > row.generation) return 'ahead';
  if (presented.generation === row.generation) {
    if (presented.attempt === row.attempt) return 'current';
    return presented.attempt > row.attempt ? 'ahead' : 'void';
  }
  if (presented.generation < row.generation - 1) return 'void';
  return row.previousAttempt === null || presented.attempt === row.previousAttempt ? 'previous' : 'void';
}

function nextGeneration(row: Rotation, now: Instant): Rotation {
  return { generation: row.generation + 1, attempt: 0, previousAttempt: row.attempt, rotatedAt: now, confirmed: false };
}

function lateRetry(row: Rotation, now: Instant): RefreshDecision {
  // Thousands of attempts without a single use are no retries any more.
  if (row.attempt >= MAX_ATTEMPT) return { kind: 'theft' };
  const { generation, previousAttempt } = row;
  const next = { generation, attempt: row.attempt + 1, previousAttempt, rotatedAt: now, confirmed: false };
  return { kind: 'branch', next, voided: branchOf(row) };
}

function branchOf({ generation, attempt }: Branch): Branch {
  return { generation, attempt };
}

import type { Instant } from './types.ts';

const HOUR_MS = 3_600_000;

/** How often one author may do what, in an hour. */
export const paces = {
  ask: { acts: 6, periodMs: HOUR_MS },
  answer: { acts: 30, periodMs: HOUR_MS },
  comment: { acts: 60, periodMs: HOUR_MS },
  edit: { acts: 60, periodMs: HOUR_MS },
  vote: { acts: 300, periodMs: HOUR_MS },
  preview: { acts: 200, periodMs: HOUR_MS },
} as const;

export type PacedAct = keyof typeof paces;

export type PaceDecision =
  | { readonly kind: 'go'; readonly wholeAt: Instant }
  | { readonly kind: 'wait'; readonly retryAfterSeconds: number };

/**
 * A bucket that leaks: each act takes a share of the period, and all may be taken at once. `wholeAt` is when the bucket
 * is empty again: one number for each author and kind of act, however many acts there were.
 */
export function decidePace(act: PacedAct, wholeAt: Instant | undefined, now: Instant): PaceDecision {
  const { acts, periodMs } = paces[act];
  // A clock that was set back must not lock anybody out for longer than a period.
  const from = Math.min(Math.max(wholeAt ?? 0, now), now + periodMs);
  const next = from + periodMs / acts;
  const waitMs = next - (now + periodMs);
  return waitMs > 0
    ? { kind: 'wait', retryAfterSeconds: Math.ceil(waitMs / 1000) }
    : { kind: 'go', wholeAt: Math.ceil(next) };
}

import type { Policy } from '../policy.ts';

export interface Row {
  readonly counter: number;
  readonly refreshedAt: number;
}

/**
 * Supabase Auth 2.196, refresh token algorithm 2 (`internal/tokens/service.go`): a token carries a counter. The
 * current one moves the counter; the one before is always answered with the current one; older ones too, if the
 * session was refreshed less than the reuse interval ago; else the session is ended. A counter that is ahead is
 * refused. Every refresh, also a reuse, counts as one for the interval.
 */
export function supabase(reuseInterval: number): Policy<Row> {
  return {
    start: (now) => ({ row: { counter: 0, refreshedAt: now }, credential: 0 }),
    use(row, credential, now) {
      const behind = row.counter - credential;
      if (behind < 0) return { verdict: 'refused', row, renewed: false, words: 'refuses: not issued here' };
      if (behind === 0) {
        const counter = row.counter + 1;
        const words = `rotates to g${counter}`;
        return { verdict: 'served', row: { counter, refreshedAt: now }, answer: counter, renewed: true, words };
      }
      if (behind > 1 && now - row.refreshedAt >= reuseInterval) {
        return { verdict: 'revoked', row, renewed: false, words: 'ends the session' };
      }
      const words = `answers with g${row.counter} once more`;
      return { verdict: 'served', row: { ...row, refreshedAt: now }, answer: row.counter, renewed: false, words };
    },
    rowKey: (row, now) => `${Math.min(now - row.refreshedAt, reuseInterval)}`,
    // However old: a refresh makes it usable again for an interval, so it is never worthless.
    credentialKey: (row, credential) => `${Math.min(row.counter - credential, 2)}`,
    nameOf: (credential) => `g${credential}`,
  };
}

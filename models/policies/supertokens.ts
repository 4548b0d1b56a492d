import { WORTHLESS, type Policy } from '../policy.ts';

export interface Row {
  readonly current: number;
  readonly previous: number | undefined;
  readonly rotatedAt: number;
  readonly made: number;
}

/**
 * SuperTokens Core 12.1 with CDI 5.6 (`session/Session.java`, `refreshSessionHelper`): the current token rotates; the
 * previous one, for `refresh_token_rotation_grace_period` after the rotation, makes another child that replaces the
 * one made before, without moving the period; everything else is reuse, and ends the session whatever
 * `recent_token_reuse_behaviour` says.
 */
export function superTokens(gracePeriod: number): Policy<Row> {
  return {
    start: (now) => ({ row: { current: 0, previous: undefined, rotatedAt: now, made: 0 }, credential: 0 }),
    use(row, credential, now) {
      const made = row.made + 1;
      const served = { verdict: 'served', answer: made, renewed: true } as const;
      if (credential === row.current) {
        return {
          ...served,
          row: { current: made, previous: credential, rotatedAt: now, made },
          words: `rotates to t${made}`,
        };
      }
      if (credential === row.previous && now <= row.rotatedAt + gracePeriod) {
        return { ...served, row: { ...row, current: made, made }, words: `replaces t${row.current} by t${made}` };
      }
      return { verdict: 'revoked', row, renewed: false, words: 'sees theft and revokes the session' };
    },
    rowKey: (row, now) => `${Math.min(now - row.rotatedAt, gracePeriod + 1)}`,
    credentialKey(row, credential, now) {
      if (credential === row.current) return 'c';
      return credential === row.previous && now <= row.rotatedAt + gracePeriod ? 'p' : WORTHLESS;
    },
    nameOf: (credential) => `t${credential}`,
  };
}

import { WORTHLESS, type Policy } from '../policy.ts';

/** The newest credential is the only one that counts. */
export interface Row {
  readonly newest: number;
}

/**
 * RFC 9700 §4.14.2 read literally: every refresh makes a new token and ends the one before; whoever shows an ended
 * one is taken for a thief, and the whole grant is revoked.
 */
export const strictRotation = strictPolicy('revokes the session');

/**
 * Better Auth 1.7.1, `packages/oauth-provider/src/token.ts`: rotation is a compare-and-swap on the token's row,
 * `refreshTokenReuseInterval` is 0 unless set, and a token that was rotated before calls `invalidateRefreshFamily`,
 * which deletes every refresh token of this user with this client, on whichever device. See also its issue 8512.
 * The loser of the swap itself is refused without that; it is the one a moment later that ends them all.
 */
export const betterAuth = strictPolicy('revokes every session of this user with this client');

function strictPolicy(revocation: string): Policy<Row> {
  return {
    start: () => ({ row: { newest: 0 }, credential: 0 }),
    use(row, credential) {
      if (credential !== row.newest) return { verdict: 'revoked', row, renewed: false, words: revocation };
      const newest = row.newest + 1;
      return { verdict: 'served', row: { newest }, answer: newest, renewed: true, words: `rotates to g${newest}` };
    },
    rowKey: () => '',
    credentialKey: (row, credential) => (credential === row.newest ? 'c' : WORTHLESS),
    nameOf: (credential) => `g${credential}`,
  };
}

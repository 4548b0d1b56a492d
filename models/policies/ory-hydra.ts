import { WORTHLESS, type Credential, type Policy } from '../policy.ts';

export interface Row {
  /** When each token was used for the first time; undefined for one that was not used. */
  readonly firstUsedAt: readonly (number | undefined)[];
}

/**
 * Ory Hydra 26.2 with `oauth2.grant.refresh_token.rotation_grace_period` (`persistence/sql/persister_oauth2.go`,
 * `gracefulRefreshRotation` and `GetRefreshTokenSession`): a token goes on working for the grace period after its
 * first use, and every use makes another token, each the root of a chain of its own. A use after the grace period
 * ends all tokens of the grant (`fosite/handler/oauth2/flow_refresh.go`). Without the period, which is the default,
 * Hydra is strict rotation.
 */
export function oryHydra(gracePeriod: number): Policy<Row> {
  const usedAgo = (row: Row, credential: Credential, now: number): number | undefined => {
    const usedAt = row.firstUsedAt[credential];
    return usedAt === undefined ? undefined : now - usedAt;
  };
  return {
    start: () => ({ row: { firstUsedAt: [undefined] }, credential: 0 }),
    use(row, credential, now) {
      const ago = usedAgo(row, credential, now);
      if (ago !== undefined && ago >= gracePeriod) {
        return { verdict: 'revoked', row, renewed: false, words: 'revokes the session' };
      }
      const answer = row.firstUsedAt.length;
      const firstUsedAt = [...row.firstUsedAt.with(credential, row.firstUsedAt[credential] ?? now), undefined];
      const words = `makes ${ago === undefined ? '' : 'its sibling '}t${answer}`;
      return { verdict: 'served', row: { firstUsedAt }, answer, renewed: true, words };
    },
    rowKey: () => '',
    credentialKey(row, credential, now) {
      const ago = usedAgo(row, credential, now);
      if (ago === undefined) return 'n';
      return ago >= gracePeriod ? WORTHLESS : `u${ago}`;
    },
    hasSiblings: true,
    nameOf: (credential) => `t${credential}`,
  };
}

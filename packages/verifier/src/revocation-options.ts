import { INTROSPECT_SCOPE, REVOCATIONS_SCOPE, ROUTES } from '@latchkey/protocol';
import { check, inRange, isFilledString, urlOf } from './check-option.ts';
import type { RevocationSettings } from './revocations/feed-revocation-check.ts';
import type { WhenStale } from './revocations/revocation-check.ts';
import type { SnapshotStore } from './revocations/saved-revocations.ts';
import type { VerifiedToken } from './verified-token.ts';

/** How revoked tokens are refused. Either `client` or `revocation: 'none'` is needed. */
export interface RevocationOptions {
  /**
   * This resource server as a client of the issuer, which lets it follow the revocations: its id and its secret, as
   * printed by `latchkey clients add NAME --scope "revocations:read introspect"`.
   */
  readonly client?: { readonly id: string; readonly secret: string };
  /** `none`: do without. A token is then good until it expires, whatever has happened to its user since. */
  readonly revocation?: 'none';
  /**
   * How old the knowledge of revocations may be. Default 5, at least 2, at most 3,600. Usually it is a fraction of a
   * second old; this is for when the issuer cannot be reached.
   */
  readonly maxStalenessSeconds?: number;
  /**
   * What to do while it is older: `introspect` (default) asks the issuer about each token, `closed` refuses with 503,
   * `open` accepts. A route may have its own.
   */
  readonly whenStale?: WhenStale;
  /** Where the feed of revocations is. Default: `/revocations` below the issuer. https, or http on loopback. */
  readonly revocationsUri?: string;
  /** Where tokens are introspected (RFC 7662). Default: `/oauth/introspect` below the issuer. */
  readonly introspectionUri?: string;
  /** Time for one introspection. Default 3. */
  readonly introspectionTimeoutSeconds?: number;
  /**
   * Keeps the revocations over a restart, so that a token that was known to be revoked is refused from the first moment.
   * `/node` has one that uses a file.
   */
  readonly snapshot?: SnapshotStore;
  /** Called when the feed fails, for the first failure of several of a kind: with a `FeedError`. For the log. */
  readonly onFeedFailed?: (error: unknown) => void;
  /** Called for each token that was accepted though nobody could say whether it is revoked: by `whenStale: 'open'`. */
  readonly onStaleAccepted?: (token: VerifiedToken) => void;
  /** Called when the snapshot could not be loaded, read or saved. For the log. */
  readonly onSnapshotFailed?: (error: unknown) => void;
}

const POLICIES: readonly WhenStale[] = ['introspect', 'closed', 'open'];

/** @throws {TypeError} that names the option and what it may be. */
export function readRevocationOptions(
  options: RevocationOptions,
  common: Pick<RevocationSettings, 'issuer' | 'fetch' | 'now' | 'monotonicNow'>,
): RevocationSettings | undefined {
  const { client, revocation, whenStale = 'introspect' } = options;
  if (client === undefined && revocation === undefined) throw new TypeError(HOW_TO_CHOOSE);
  check(revocation === undefined || revocation === 'none', 'revocation', `'none', or left out`);
  if (client === undefined) return undefined;
  check(revocation === undefined, 'revocation', 'left out where there is a client');
  check(isFilledString(client.id), 'client.id', 'a non-empty string');
  check(isFilledString(client.secret), 'client.secret', 'a non-empty string');
  check(POLICIES.includes(whenStale), 'whenStale', POLICIES.join(', '));
  const { issuer } = common;
  return {
    ...common,
    client: { id: client.id, secret: client.secret },
    whenStale,
    feedUri: urlOf('revocationsUri', options.revocationsUri, issuer, ROUTES.revocations),
    introspectionUri: urlOf('introspectionUri', options.introspectionUri, issuer, ROUTES.introspect),
    maxStalenessMs: 1000 * inRange('maxStalenessSeconds', options.maxStalenessSeconds ?? 5, 2, 3600),
    introspectionTimeoutMs:
      1000 * inRange('introspectionTimeoutSeconds', options.introspectionTimeoutSeconds ?? 3, 0.05, 60),
    snapshot: options.snapshot,
    onFeedFailed: options.onFeedFailed,
    onStaleAccepted: options.onStaleAccepted,
    onSnapshotFailed: options.onSnapshotFailed,
  };
}

const HOW_TO_CHOOSE =
  'createVerifier: client is needed, so that revoked tokens are refused. ' +
  `Register this API with: latchkey clients add NAME --scope "${REVOCATIONS_SCOPE} ${INTROSPECT_SCOPE}" ` +
  "and hand in { client: { id, secret } }, or say revocation: 'none' to accept revoked tokens until they expire";

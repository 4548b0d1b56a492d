import { ROUTES } from '@latchkey/protocol';
import { readDpopOptions, type DpopOptions, type DpopSettings } from './dpop-options.ts';
import { check, inRange, isFilledString, urlOf } from './check-option.ts';
import { DEFAULT_ALGORITHMS, isSignatureAlgorithm, type SignatureAlgorithm } from './keys/algorithms.ts';
import type { FetchLike } from './keys/fetch-key-set.ts';
import { readRevocationOptions, type RevocationOptions } from './revocation-options.ts';
import type { RevocationSettings } from './revocations/feed-revocation-check.ts';

/** `issuer`, `audience` and `client` need a thought; the rest is safe as it is. */
export interface VerifierOptions extends RevocationOptions {
  /** Issuer identifier of the authorization server, exactly as in its tokens: `https://auth.example.com`. */
  readonly issuer: string;
  /** The name of this resource server, or its names: a token must be for one of them. */
  readonly audience: string | readonly string[];
  /** Where the issuer's key set is. Default: `/.well-known/jwks.json` below the issuer. https, or http on loopback. */
  readonly jwksUri?: string;
  /** Algorithms that a key may have. Default: `ES256`, `EdDSA` and `RS256`. A key without `alg` is never used. */
  readonly algorithms?: readonly SignatureAlgorithm[];
  /**
   * How far the issuer's clock may be ahead of ours, for `iat` and `nbf`. Default 30, at most 300. It
   * does not apply to `exp`: a token is never accepted at or after its expiry.
   */
  readonly clockToleranceSeconds?: number;
  /** Longest token, in characters; longer ones are not even looked at. Default 8,192. */
  readonly maxTokenLength?: number;
  /**
   * How many verified tokens to remember; 0 for none. Default 5,000, some 10 MB of usual tokens. A token
   * is forgotten when it expires and when its key leaves the key set.
   */
  readonly cacheSize?: number;
  /** Age at which the key set is fetched again, in the background. Default 600. */
  readonly keyMaxAgeSeconds?: number;
  /**
   * How much longer the keys are used while the issuer does not answer. Default 3,600: longer than any
   * access token lives. After that every token is refused with `keys_unavailable`.
   */
  readonly keyMaxStaleSeconds?: number;
  /** Least time between two fetches of the key set, however many tokens name unknown keys. Default 10, at least 1. */
  readonly keyRefetchCooldownSeconds?: number;
  /** Time for one fetch of the key set, with its body. Default 5. */
  readonly keyFetchTimeoutSeconds?: number;
  /**
   * Whether clients may show themselves by a JWT that they signed with a key of their own, for at most five minutes.
   * Default false. Needs `client`; `kind` of what `verify` gives is then `client`, and its scopes are those that the
   * client was registered with.
   */
  readonly clientTokens?: boolean;
  /** Where the keys of clients are. Default: `/client-keys` below the issuer. https, or http on loopback. */
  readonly clientKeysUri?: string;
  /** About tokens that are bound to a key. */
  readonly dpop?: DpopOptions;
  /** Called when the key set could not be had, even if older keys still serve. For the log. */
  readonly onKeyFetchFailed?: (error: unknown) => void;
  /** Used instead of the global `fetch`, for a proxy or a private certificate authority. */
  readonly fetch?: FetchLike;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** Milliseconds since any moment, never going back; ages are measured with it. Default `performance.now`. */
  readonly monotonicNow?: () => number;
}

/** Options, checked and complete. */
export interface VerifierSettings {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly clockToleranceMs: number;
  readonly maxTokenLength: number;
  readonly cacheSize: number;
  readonly keyMaxAgeMs: number;
  readonly keyMaxStaleMs: number;
  readonly keyRefetchCooldownMs: number;
  readonly keyFetchTimeoutMs: number;
  readonly dpop: DpopSettings;
  /** Undefined where clients may not show themselves. */
  readonly clientKeysUri: string | undefined;
  readonly onKeyFetchFailed: ((error: unknown) => void) | undefined;
  readonly fetch: FetchLike;
  readonly now: () => number;
  readonly monotonicNow: () => number;
  /** Undefined where the caller does without. */
  readonly revocation: RevocationSettings | undefined;
}

/** @throws {TypeError} that names the option and what it may be. */
export function readOptions(options: VerifierOptions): VerifierSettings {
  const { issuer, jwksUri } = options;
  check(isFilledString(issuer), 'issuer', 'a non-empty string');
  const audiences = [options.audience].flat();
  check(audiences.length > 0 && audiences.every(isFilledString), 'audience', 'a non-empty string or several');
  const algorithms = [...(options.algorithms ?? DEFAULT_ALGORITHMS)];
  check(
    algorithms.length > 0 && algorithms.every(isSignatureAlgorithm),
    'algorithms',
    'asymmetric ones that are known here',
  );
  // Looked up at each call, so that a global fetch that is replaced later is the one in use.
  const fetch: FetchLike = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const now = options.now ?? (() => Date.now());
  const monotonicNow = options.monotonicNow ?? (() => performance.now());
  return {
    issuer,
    audiences,
    algorithms,
    jwksUri: urlOf('jwksUri', jwksUri, issuer, ROUTES.jwks),
    clockToleranceMs: 1000 * inRange('clockToleranceSeconds', options.clockToleranceSeconds ?? 30, 0, 300),
    maxTokenLength: inRange('maxTokenLength', options.maxTokenLength ?? 8192, 256, 65_536),
    cacheSize: inRange('cacheSize', options.cacheSize ?? 5000, 0, 10_000_000),
    keyMaxAgeMs: 1000 * inRange('keyMaxAgeSeconds', options.keyMaxAgeSeconds ?? 600, 1, 86_400),
    keyMaxStaleMs: 1000 * inRange('keyMaxStaleSeconds', options.keyMaxStaleSeconds ?? 3600, 0, 86_400),
    keyRefetchCooldownMs: 1000 * inRange('keyRefetchCooldownSeconds', options.keyRefetchCooldownSeconds ?? 10, 1, 3600),
    keyFetchTimeoutMs: 1000 * inRange('keyFetchTimeoutSeconds', options.keyFetchTimeoutSeconds ?? 5, 0.05, 60),
    dpop: readDpopOptions(options.dpop),
    clientKeysUri: readClientKeysUri(options),
    onKeyFetchFailed: options.onKeyFetchFailed,
    fetch,
    now,
    monotonicNow,
    revocation: readRevocationOptions(options, { issuer, fetch, now, monotonicNow }),
  };
}

function readClientKeysUri({
  clientTokens = false,
  clientKeysUri,
  client,
  issuer,
}: VerifierOptions): string | undefined {
  check(typeof clientTokens === 'boolean', 'clientTokens', 'true or false');
  if (!clientTokens) return undefined;
  // Without the revocations a key that was taken back would be good for minutes, whatever happens.
  check(client !== undefined, 'client', 'there where clientTokens is true');
  return urlOf('clientKeysUri', clientKeysUri, issuer, ROUTES.clientKeys);
}

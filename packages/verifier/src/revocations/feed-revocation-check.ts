import { VerifierError } from '../errors.ts';
import type { FetchLike } from '../keys/fetch-key-set.ts';
import { notify } from '../notify.ts';
import type { VerifiedToken } from '../verified-token.ts';
import { FEED_PACE, FeedClient } from './feed-client.ts';
import type { FeedError } from './feed-error.ts';
import { Introspector } from './introspector.ts';
import { basicAuthorization, type ClientCredential } from './issuer-requests.ts';
import { LiveRevocations, type Revocation } from './live-revocations.ts';
import type {
  CheckedToken,
  KeyListener,
  RevocationCheck,
  RevocationPolicy,
  VerifierStatus,
  WhenStale,
} from './revocation-check.ts';
import { RevokedListeners, type RevokedListener } from './revoked-listeners.ts';
import { SavedRevocations } from './saved-revocations.ts';
import type { SnapshotStore } from './saved-revocations.ts';

export interface RevocationSettings {
  readonly issuer: string;
  readonly client: ClientCredential;
  readonly feedUri: string;
  readonly introspectionUri: string;
  readonly maxStalenessMs: number;
  readonly whenStale: WhenStale;
  readonly introspectionTimeoutMs: number;
  readonly snapshot: SnapshotStore | undefined;
  readonly onFeedFailed: ((error: unknown) => void) | undefined;
  readonly onStaleAccepted: ((token: VerifiedToken) => void) | undefined;
  readonly onSnapshotFailed: ((error: unknown) => void) | undefined;
  readonly fetch: FetchLike;
  readonly now: () => number;
  readonly monotonicNow: () => number;
}

/** What a caller is told who asks while nothing is known: the feed tries again within seconds. */
const RETRY_AFTER_SECONDS = 2;

/** A stream sends something every second; with more than one lost it is given up. */
const MIN_QUIET_MS = 1500;
const MAX_QUIET_MS = 2500;

/** Checks tokens against the issuer's revocations, which it follows. */
export class FeedRevocationCheck implements RevocationCheck {
  readonly #settings: RevocationSettings;
  readonly #live = new LiveRevocations();
  readonly #feed: FeedClient;
  readonly #introspector: Introspector;
  readonly #saved: SavedRevocations | undefined;
  readonly #listeners = new RevokedListeners();
  #refused = 0;

  constructor(settings: RevocationSettings, listener: KeyListener) {
    const { client, issuer, fetch, now, monotonicNow, snapshot, onSnapshotFailed } = settings;
    this.#settings = settings;
    const authorization = basicAuthorization(client);
    const onNews = (events: readonly Revocation[]): void => this.#listeners.tell(events);
    const moment = () => ({ monotonicMs: monotonicNow(), wallMs: now() });
    const feedSettings = {
      feedUri: settings.feedUri,
      authorization,
      fetch,
      moment,
      quietMs: Math.min(Math.max(settings.maxStalenessMs / 2, MIN_QUIET_MS), MAX_QUIET_MS),
      pace: FEED_PACE,
      random: Math.random,
      onFailed: (error: FeedError) => notify(settings.onFeedFailed, error),
      onNews,
      ...listener,
    };
    this.#feed = new FeedClient(feedSettings, this.#live);
    this.#introspector = new Introspector({
      uri: settings.introspectionUri,
      authorization,
      fetch,
      timeoutMs: settings.introspectionTimeoutMs,
      maxAgeMs: settings.maxStalenessMs,
      moment,
    });
    const savedSettings = { issuer, onFailed: onSnapshotFailed, onKeyRevoked: listener.onKeyRevoked, onNews };
    this.#saved = snapshot && new SavedRevocations({ ...savedSettings, store: snapshot }, this.#live);
  }

  isClear(
    { clearedAt, expiresAtMs }: CheckedToken,
    wallMs: number,
    monotonicMs: number,
    policy: RevocationPolicy | undefined,
  ): boolean {
    const { freshness, issuerClock } = this.#feed;
    return (
      clearedAt === this.#live.changes &&
      freshness.ageMs(monotonicMs, wallMs) <= this.#settings.maxStalenessMs &&
      issuerClock.nowMs(monotonicMs) < expiresAtMs &&
      policy?.check === undefined
    );
  }

  async decide(checked: CheckedToken, policy: RevocationPolicy = {}): Promise<VerifiedToken> {
    this.start();
    this.#refuseKnown(checked);
    const isOfClient = checked.verified.kind === 'client';
    // The issuer is asked about its own tokens alone, so a route that asks each time takes no others.
    if (policy.check === 'introspect' && isOfClient) throw new VerifierError('token_type');
    if (policy.check === 'introspect') return this.#introspect(checked);
    if (this.#isFresh()) return checked.verified;
    const whenStale = policy.whenStale ?? this.#settings.whenStale;
    switch (whenStale) {
      case 'introspect':
        if (!isOfClient) return this.#introspect(checked);
        throw new VerifierError('revocation_unknown', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      case 'closed':
        throw new VerifierError('revocation_unknown', { retryAfterSeconds: RETRY_AFTER_SECONDS });
      case 'open':
        // What an earlier process knew may be on its way.
        await this.#saved?.loaded;
        this.#refuseKnown(checked);
        notify(this.#settings.onStaleAccepted, checked.verified);
        return checked.verified;
    }
  }

  /** What is known already, fresh or not. @throws {VerifierError} */
  #refuseKnown(checked: CheckedToken): void {
    // Events are dropped by the issuer's clock, so tokens expire by it, too: otherwise an event might go before its token.
    const issuerNowMs = this.#feed.issuerClock.nowMs(this.#settings.monotonicNow());
    if (!(issuerNowMs < checked.expiresAtMs)) throw new VerifierError('token_expired', { claim: 'exp' });
    const { changes } = this.#live;
    if (checked.clearedAt === changes) return;
    if (this.#live.revokes(checked.revocable, checked.kid)) throw this.#revoked();
    checked.clearedAt = changes;
  }

  async #introspect(checked: CheckedToken): Promise<VerifiedToken> {
    let isActive: boolean;
    try {
      isActive = await this.#introspector.isActive(checked.token);
    } catch (cause) {
      throw new VerifierError('revocation_unknown', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
    }
    if (!isActive) throw this.#revoked();
    // The feed may have been faster than the answer.
    this.#refuseKnown(checked);
    return checked.verified;
  }

  #revoked(): VerifierError {
    this.#refused += 1;
    return new VerifierError('token_revoked');
  }

  #stalenessMs(): number {
    return Math.max(0, this.#feed.freshness.ageMs(this.#settings.monotonicNow(), this.#settings.now()));
  }

  #isFresh(): boolean {
    return this.#stalenessMs() <= this.#settings.maxStalenessMs;
  }

  isKeyRevoked(kid: string): boolean {
    return this.#live.revokesKey(kid);
  }

  isClientRevoked(clientId: string, version: number): boolean {
    return this.#live.revokesClient(clientId, version);
  }

  onRevoked(listener: RevokedListener): () => void {
    const stop = this.#listeners.add(listener);
    this.start();
    return stop;
  }

  start(): void {
    this.#saved?.start();
    this.#feed.start();
  }

  async ready(timeoutMs: number): Promise<void> {
    this.start();
    const timeout = Promise.withResolvers<never>();
    // This one keeps a process alive: somebody waits, and there may be nothing else yet that does.
    const timer = setTimeout(
      () => timeout.reject(new VerifierError('revocation_unknown', { retryAfterSeconds: RETRY_AFTER_SECONDS })),
      timeoutMs,
    );
    try {
      await Promise.race([this.#feed.synchronised, timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  status(): VerifierStatus {
    return {
      synchronised: this.#feed.isSynchronised,
      stalenessMs: this.#stalenessMs(),
      events: this.#live.size,
      refused: this.#refused,
      transport: this.#feed.transport,
      clockOffsetMs: this.#feed.issuerClock.wallOffsetMs,
    };
  }

  async close(): Promise<void> {
    this.#feed.close();
    this.#listeners.clear();
    await this.#saved?.close();
  }
}

import { VerifierError } from '../errors.ts';
import type { JsonObject } from '../token/json-object.ts';
import type { VerificationKey } from './read-key-set.ts';

/** Where keys come from, and for how long they hold. All times by the monotonic clock. */
export interface KeySourceSettings<Key extends VerificationKey = VerificationKey> {
  readonly fetchKeySet: () => Promise<JsonObject>;
  readonly readKeySet: (keySet: JsonObject, previous: KeysOf<Key>) => Promise<KeysOf<Key> | undefined>;
  /** Whether the issuer has revoked the key of this name. It is not used then, even if the key set still has it. */
  readonly isRevoked: (kid: string) => boolean;
  /** Whether a key that was fetched is of a state that was revoked since: it is left out. Default: none is. */
  readonly isOutdated?: (key: Key) => boolean;
  /** Milliseconds since any fixed moment; never goes back. */
  readonly monotonicNow: () => number;
  /** Age from which a key set is fetched again, behind the requests that still use it. */
  readonly maxAgeMs: number;
  /** How long beyond that it is used while the issuer cannot be reached. */
  readonly maxStaleMs: number;
  /** Least time between two fetches. */
  readonly refetchCooldownMs: number;
  readonly onReplaced: () => void;
  readonly onFetchFailed: (error: unknown) => void;
}

/** Without usable keys a failed fetch is tried again after this, then twice this, up to the cooldown. */
const FIRST_RETRY_MS = 1000;
/** How long to remember a key id that the issuer was asked for in vain. */
const ABSENT_FOR_MS = 60_000;

type KeysOf<Key> = ReadonlyMap<string, Key>;

/** The issuer's key set, kept at hand. One fetch at a time, and never more of them than the cooldown allows. */
export class KeySource<Key extends VerificationKey = VerificationKey> {
  readonly #settings: KeySourceSettings<Key>;
  #keys: KeysOf<Key> = new Map();
  #freshUntilMs = Number.NEGATIVE_INFINITY;
  #usableUntilMs = Number.NEGATIVE_INFINITY;
  #nextFetchMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #lastFailure: unknown;
  #fetching: Promise<void> | undefined;
  readonly #absentUntilMs = new Map<string, number>();

  constructor(settings: KeySourceSettings<Key>) {
    this.#settings = settings;
  }

  /** Whether this very key is still one of the issuer's, as far as is known. */
  holds(key: VerificationKey): boolean {
    return this.#keys.get(key.kid) === key;
  }

  /**
   * Whether the keys at hand may be used. Keys past their age are, while the issuer does not answer,
   * up to the stated bound; asking for the new ones is started here.
   *
   * @param nowMs - By the monotonic clock, where the caller has just read it.
   */
  isUsable(nowMs = this.#settings.monotonicNow()): boolean {
    if (nowMs < this.#freshUntilMs) return true;
    if (!(nowMs < this.#usableUntilMs)) return false;
    if (nowMs >= this.#nextFetchMs) void this.#refetch();
    return true;
  }

  /**
   * The key of this name: at once where it is known, after a fetch where one is due.
   *
   * @throws {VerifierError} `key_unknown`, or `keys_unavailable` if no usable key set is at hand. The
   * promise rejects likewise.
   */
  find(kid: string): Key | Promise<Key> {
    if (this.#settings.isRevoked(kid)) throw new VerifierError('key_unknown');
    const isUsable = this.isUsable();
    const key = isUsable ? this.#keys.get(kid) : undefined;
    if (key !== undefined) return key;
    const nowMs = this.#settings.monotonicNow();
    const mayFetch = this.#fetching !== undefined || nowMs >= this.#nextFetchMs;
    if (isUsable && (!mayFetch || this.#isAbsent(kid, nowMs))) throw new VerifierError('key_unknown');
    if (!mayFetch) throw this.#unavailable();
    return this.#findAfterFetch(kid);
  }

  /** Drops a key at once, and asks for the set that the issuer has instead, whenever it was asked last. */
  revoke(kid: string): void {
    const keys = new Map(this.#keys);
    if (keys.delete(kid)) {
      this.#keys = keys;
      this.#settings.onReplaced();
    }
    this.#fetchAnew();
  }

  /** Drops the keys that are outdated by now, and where there were any, asks for what the issuer has instead. */
  dropOutdated(): void {
    const { isOutdated = () => false, onReplaced } = this.#settings;
    const keys = new Map([...this.#keys].filter(([, key]) => !isOutdated(key)));
    if (keys.size === this.#keys.size) return;
    this.#keys = keys;
    onReplaced();
    this.#fetchAnew();
  }

  /** Lets no key be used before the set has been fetched anew, whenever that was done last. */
  expire(): void {
    if (this.#usableUntilMs === Number.NEGATIVE_INFINITY && this.#fetching === undefined) return;
    this.#freshUntilMs = Number.NEGATIVE_INFINITY;
    this.#usableUntilMs = Number.NEGATIVE_INFINITY;
    this.#fetchAnew();
  }

  /** Whenever it was asked last. */
  #fetchAnew(): void {
    // An answer that is on its way may be from before the change.
    if (this.#fetching === undefined) void this.#refetch();
    else void this.#fetching.then(() => this.#refetch());
  }

  async #findAfterFetch(kid: string): Promise<Key> {
    const isAskedForThisKey = this.#fetching === undefined;
    await this.#refetch();
    if (!this.isUsable()) throw this.#unavailable();
    const key = this.#keys.get(kid);
    if (key !== undefined) return key;
    // A fetch that was under way may have been answered before the key was published.
    if (isAskedForThisKey && this.#failures === 0) this.#rememberAbsent(kid);
    throw new VerifierError('key_unknown');
  }

  /** Single-flight. Never rejects: a failure shows in what is known afterwards. */
  #refetch(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { fetchKeySet, readKeySet, isRevoked, isOutdated, monotonicNow } = this.#settings;
    const { maxAgeMs, maxStaleMs, refetchCooldownMs } = this.#settings;
    // The answer may be as old as the request: all ages count from when it was sent.
    const sentAtMs = monotonicNow();
    try {
      const keys = await readKeySet(await fetchKeySet(), this.#keys);
      if (keys === undefined) throw new Error('The key set has no keys member');
      // A cache on the way may still hand out the set from before.
      this.#keys = new Map([...keys].filter(([kid, key]) => !isRevoked(kid) && isOutdated?.(key) !== true));
      this.#failures = 0;
      this.#freshUntilMs = sentAtMs + maxAgeMs;
      this.#usableUntilMs = this.#freshUntilMs + maxStaleMs;
      this.#nextFetchMs = sentAtMs + refetchCooldownMs;
      this.#settings.onReplaced();
    } catch (error) {
      const nowMs = monotonicNow();
      // Nothing can be verified without keys, so the first ones are asked for more eagerly.
      const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, refetchCooldownMs);
      this.#nextFetchMs = nowMs + (nowMs < this.#usableUntilMs ? refetchCooldownMs : backoffMs);
      this.#failures += 1;
      this.#lastFailure = error;
      this.#settings.onFetchFailed(error);
    }
  }

  #unavailable(): VerifierError {
    const waitMs = this.#nextFetchMs - this.#settings.monotonicNow();
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    return new VerifierError('keys_unavailable', { retryAfterSeconds, cause: this.#lastFailure });
  }

  #isAbsent(kid: string, nowMs: number): boolean {
    const untilMs = this.#absentUntilMs.get(kid);
    return untilMs !== undefined && nowMs < untilMs;
  }

  #rememberAbsent(kid: string): void {
    const nowMs = this.#settings.monotonicNow();
    for (const [old, untilMs] of this.#absentUntilMs) if (nowMs >= untilMs) this.#absentUntilMs.delete(old);
    // One for each fetch at most, and fetches have a second or more between them: there are never more than 60.
    this.#absentUntilMs.set(kid, nowMs + ABSENT_FOR_MS);
  }
}

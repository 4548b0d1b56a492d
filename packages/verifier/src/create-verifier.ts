import { checkClientClaims } from './client-tokens/claims.ts';
import { createClientKeySource } from './client-tokens/client-key-source.ts';
import { clientKeyName, type ClientKey } from './client-tokens/client-keys.ts';
import { PossessionCheck } from './dpop/possession-check.ts';
import type { PresentedProof } from './dpop/presented-proof.ts';
import { VerifierError, type Refusal } from './errors.ts';
import { fetchKeySet } from './keys/fetch-key-set.ts';
import { KeySource } from './keys/key-source.ts';
import { readKeySet, type VerificationKey } from './keys/read-key-set.ts';
import { notify } from './notify.ts';
import { readOptions, type VerifierOptions, type VerifierSettings } from './options.ts';
import { FeedRevocationCheck } from './revocations/feed-revocation-check.ts';
import { noRevocationCheck } from './revocations/no-revocation-check.ts';
import type {
  CheckedToken,
  KeyListener,
  RevocationCheck,
  RevocationPolicy,
  VerifierStatus,
} from './revocations/revocation-check.ts';
import type { RevokedListener } from './revocations/revoked-listeners.ts';
import type { Runtime } from './runtime.ts';
import { BoundedCache } from './bounded-cache.ts';
import { checkClaims } from './token/claims.ts';
import { splitCompactJws } from './token/compact-jws.ts';
import { readTokenHeader, type TokenHeader, type TokenType } from './token/header.ts';
import { parseJsonObject, type JsonObject } from './token/json-object.ts';
import { toVerifiedClient, toVerifiedToken, type VerifiedToken } from './verified-token.ts';

/** How a token was shown, and what its route asks for. */
export interface VerifyOptions extends RevocationPolicy {
  /**
   * The proof that came with a token which was shown by the scheme DPoP (RFC 9449 §7.1). Undefined: it was shown as
   * Bearer, and is refused where it is bound to a key.
   */
  readonly dpop?: PresentedProof | undefined;
}

export interface Verifier {
  /**
   * Verifies an access token (RFC 9068 §4) without asking the issuer, except for its keys, and where the revocations
   * that are known are too old or `policy` says so. With the option `clientTokens` also what a client signed itself:
   * `kind` of the answer says which of them it was.
   *
   * @param token - The compact JWS, without `Bearer `.
   * @param options - What this route does about revocation, where it differs from the verifier's options; and the proof
   * of possession that came with the token, which is used up.
   * @throws {VerifierError} The promise rejects with one for every token that is not accepted, and
   * with nothing else. It never throws before it returns.
   */
  verify(token: string, options?: VerifyOptions): Promise<VerifiedToken>;

  /**
   * Begins to follow the revocations, which otherwise the first token does, and waits until they are known. For the
   * start of a server that shall not introspect its first tokens.
   *
   * @param options.timeoutSeconds - Default 10.
   * @throws {VerifierError} `revocation_unknown` after that time. It is tried again all the same.
   */
  ready(options?: { readonly timeoutSeconds?: number }): Promise<void>;

  /**
   * Tells of what is revoked, so that more can be done about it than to refuse tokens: close a stream, end a session of
   * one's own, ask whether an account still exists. Begins to follow the revocations, as the first token does.
   *
   * The listener is called once for each event that this verifier did not know: first those of the snapshot (of what is
   * in the log already, and may still matter to a token) and of a `snapshot` that was saved, then in the order of the
   * log. When it is called, tokens of the event are refused already. What it throws, or rejects with, goes nowhere.
   * After `close()` nobody is called.
   *
   * Not promised: that each revocation is told of. What became known before the listener was there is not told again; of
   * the time before the start, and of an interruption, only what is in the snapshot then, which is what a token that is
   * alive could need: after a longer downtime the rest is gone. A restart tells again. So whoever must miss nothing looks
   * at its own records besides, at the start and now and then. Nor does the event say why: ask the issuer.
   *
   * @returns What ends it.
   * @throws {TypeError} where it was made with `revocation: 'none'`.
   */
  onRevoked(listener: RevokedListener): () => void;

  /** How it stands, for health checks and metrics. Cheap; starts nothing. */
  status(): VerifierStatus;

  /**
   * Ends the connection to the feed, which else keeps a process alive, and saves the snapshot. What is known serves on
   * until it is too old; then each token is decided by `whenStale`.
   */
  close(): Promise<void>;
}

/** A token that was verified, with all that decides whether it still counts. */
interface CacheEntry extends CheckedToken {
  readonly key: VerificationKey;
  /** Where the key is from. */
  readonly source: Pick<KeySource, 'isUsable' | 'holds'>;
  readonly validFromMs: number;
  /** Whether it may be shown by whoever has it. */
  readonly isBearer: boolean;
}

type CheckedPayload = Pick<CacheEntry, 'verified' | 'kid' | 'revocable' | 'source' | 'validFromMs' | 'expiresAtMs'>;

/** A well-formed token before anything in it is known to be true. */
interface UncheckedToken {
  readonly header: TokenHeader;
  readonly headerText: string;
  readonly payload: JsonObject;
  readonly signingInput: string;
  readonly signature: Uint8Array;
}

/**
 * All tokens of a key share their header, so its reading is remembered by its whole text, once a
 * signature has shown that the issuer wrote it.
 */
const MAX_KNOWN_HEADERS = 16;

const TAIL_CHARACTERS = 32;
const NEVER_CLEARED = -1;
const DEFAULT_READY_SECONDS = 10;

/** The verifier for a given platform. The public `createVerifier` is this one on Node's crypto. */
export function createVerifierOn(runtime: Runtime, options: VerifierOptions): Verifier {
  const core = new VerifierCore(runtime, readOptions(options));
  const { revocations } = core;
  return {
    verify: (token, policy) => core.verify(token, policy),
    ready: ({ timeoutSeconds = DEFAULT_READY_SECONDS } = {}) => revocations.ready(1000 * timeoutSeconds),
    onRevoked: (listener) => revocations.onRevoked(listener),
    status: () => revocations.status(),
    close: () => revocations.close(),
  };
}

class VerifierCore {
  readonly revocations: RevocationCheck;
  readonly #runtime: Runtime;
  readonly #settings: VerifierSettings;
  readonly #now: () => number;
  readonly #cache: BoundedCache<CacheEntry>;
  readonly #knownHeaders = new BoundedCache<TokenHeader>(MAX_KNOWN_HEADERS);
  readonly #keys: KeySource;
  /** Undefined where clients may not show themselves. */
  readonly #clientKeys: KeySource<ClientKey> | undefined;
  readonly #types: readonly TokenType[];
  readonly #possession: PossessionCheck;

  constructor(runtime: Runtime, settings: VerifierSettings) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#now = settings.now;
    this.#cache = new BoundedCache(settings.cacheSize);
    this.#possession = new PossessionCheck(runtime, settings.dpop, settings.now);
    this.revocations = createRevocationCheck(settings, {
      onKeyRevoked: (kid) => this.#keys.revoke(kid),
      onClientRevoked: () => this.#clientKeys?.dropOutdated(),
      onGap: () => {
        this.#keys.expire();
        this.#clientKeys?.expire();
      },
    });
    const forgetOthers = (): void => this.#cache.deleteWhere(({ source, key }) => !source.holds(key));
    this.#keys = createKeySource(runtime, settings, this.revocations, forgetOthers);
    this.#clientKeys = createClientKeySource(runtime, settings, this.revocations, forgetOthers);
    this.#types = this.#clientKeys === undefined ? ['access_token'] : ['access_token', 'client'];
  }

  verify(token: string, policy: VerifyOptions | undefined): Promise<VerifiedToken> {
    const hit = this.#cache.get(tailOf(token));
    if (hit !== undefined && hit.token === token) {
      const nowMs = this.#now();
      const monotonicMs = this.#settings.monotonicNow();
      if (nowMs < hit.expiresAtMs && nowMs >= hit.validFromMs && hit.source.isUsable(monotonicMs)) {
        if (!hit.isBearer || policy?.dpop !== undefined) return this.#prove(hit, policy);
        const { revocations } = this;
        return revocations.isClear(hit, nowMs, monotonicMs, policy) ? hit.answer : revocations.decide(hit, policy);
      }
    }
    try {
      return this.#verifyAnew(token, policy);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The rules in their order: form, header, key, signature, claims, revocation. */
  #verifyAnew(token: string, policy: VerifyOptions | undefined): Promise<VerifiedToken> {
    const unchecked = readToken(token, this.#settings, this.#runtime, this.#types, this.#knownHeaders);
    this.revocations.start();
    const key = this.#findKey(unchecked);
    if (key instanceof Promise) return key.then((found) => this.#verifyWith(found, token, unchecked, policy));
    return this.#verifyWith(key, token, unchecked, policy);
  }

  #findKey({ header, payload }: UncheckedToken): VerificationKey | Promise<VerificationKey> {
    if (header.type === 'access_token') return this.#keys.find(header.kid);
    // Who says to be somebody is looked for among that one's keys alone.
    const name = clientKeyName(payload['iss'], header.kid);
    if (name === undefined || this.#clientKeys === undefined) throw new VerifierError('key_unknown');
    return this.#clientKeys.find(name);
  }

  #verifyWith(
    key: VerificationKey,
    token: string,
    unchecked: UncheckedToken,
    policy: VerifyOptions | undefined,
  ): Promise<VerifiedToken> {
    const { header, signingInput, signature } = unchecked;
    // RFC 8725 §3.1: the key says which algorithm is used; the header may only agree.
    if (header.alg !== key.alg) throw new VerifierError('algorithm_not_allowed');
    const isSigned = key.verifySignature(signingInput, signature);
    if (typeof isSigned === 'boolean') return this.#admit(isSigned, key, token, unchecked, policy);
    return isSigned.then((isGood) => this.#admit(isGood, key, token, unchecked, policy));
  }

  #admit(
    isSigned: boolean,
    key: VerificationKey,
    token: string,
    { header, headerText, payload }: UncheckedToken,
    policy: VerifyOptions | undefined,
  ): Promise<VerifiedToken> {
    if (!isSigned) throw new VerifierError('signature_invalid');
    if (header.type === 'access_token') this.#knownHeaders.set(headerText, header);
    const checked = this.#checkPayload(payload, key);
    const { verified } = checked;
    const isBound = verified.kind === 'access_token' && verified.claims.cnf !== undefined;
    const isBearer = !isBound && !this.#settings.dpop.isRequired;
    const answer = Promise.resolve(verified);
    const entry = { ...checked, token, key, answer, isBearer, clearedAt: NEVER_CLEARED };
    // Where the signature took its time, the key may have gone meanwhile.
    if (!checked.source.holds(key)) throw new VerifierError('key_unknown');
    this.#cache.set(tailOf(token), entry);
    return isBearer && policy?.dpop === undefined ? this.revocations.decide(entry, policy) : this.#prove(entry, policy);
  }

  /** By the rules for whose key it is. */
  #checkPayload(payload: JsonObject, key: VerificationKey): CheckedPayload {
    if (!isClientKey(key) || this.#clientKeys === undefined) {
      const { claims, ...life } = orRefuse(checkClaims(payload, this.#settings, this.#now()));
      const verified = toVerifiedToken(claims, life.expiresAtMs);
      return { ...life, verified, kid: key.kid, revocable: claims, source: this.#keys };
    }
    const { client } = key;
    const { claims, ...life } = orRefuse(checkClientClaims(payload, client, this.#settings, this.#now()));
    const verified = toVerifiedClient(claims, client, life.expiresAtMs);
    const revocable = { sub: client.id, client_id: client.id, jti: claims.jti, cv: client.version };
    return { ...life, verified, kid: undefined, revocable, source: this.#clientKeys };
  }

  /** The last rule, for a token that not everybody may show, or that was not shown as such. */
  async #prove(entry: CacheEntry, policy: VerifyOptions | undefined): Promise<VerifiedToken> {
    const { token, verified } = entry;
    const bound = verified.kind === 'access_token' ? verified.claims.cnf?.jkt : undefined;
    // RFC 9449 §7.2: as Bearer it is refused, with whatever else came along.
    if (policy?.dpop === undefined) throw new VerifierError('dpop_proof_missing');
    await this.revocations.decide(entry, policy);
    await this.#possession.require(token, bound, policy.dpop);
    return verified;
  }
}

function readToken(
  token: string,
  { maxTokenLength, algorithms }: VerifierSettings,
  runtime: Runtime,
  types: readonly TokenType[],
  knownHeaders: BoundedCache<TokenHeader>,
): UncheckedToken {
  const jws = splitCompactJws(token, maxTokenLength);
  if ('refused' in jws) throw new VerifierError(jws.refused);
  const header = knownHeaders.get(jws.header) ?? readTokenHeader(readSegment(jws.header, runtime), algorithms, types);
  if ('refused' in header) throw new VerifierError(header.refused);
  const signature = runtime.decodeBase64Url(jws.signature);
  if (signature === undefined) throw new VerifierError('token_malformed');
  return {
    header,
    headerText: jws.header,
    payload: readSegment(jws.payload, runtime),
    signingInput: jws.signingInput,
    signature,
  };
}

function readSegment(text: string, runtime: Runtime): JsonObject {
  const bytes = runtime.decodeBase64Url(text);
  const value = bytes && parseJsonObject(bytes);
  if (value === undefined) throw new VerifierError('token_malformed');
  return value;
}

/**
 * The end of the signature: where a token is looked for. Hashing the whole text takes V8 longer than everything else
 * about a hit, and the comparison that follows is of the whole text.
 */
function tailOf(token: string): string {
  // A caller in JavaScript may have handed in anything; it is refused where tokens are taken apart.
  return typeof token === 'string' ? token.slice(-TAIL_CHARACTERS) : '';
}

function isClientKey(key: VerificationKey): key is ClientKey {
  return 'client' in key;
}

/** @throws {VerifierError} */
function orRefuse<Checked extends object>(checked: Checked | Refusal): Checked {
  if ('refused' in checked) throw new VerifierError(checked.refused, { claim: checked.claim });
  return checked;
}

function createRevocationCheck(settings: VerifierSettings, listener: KeyListener): RevocationCheck {
  return settings.revocation === undefined ? noRevocationCheck : new FeedRevocationCheck(settings.revocation, listener);
}

function createKeySource(
  runtime: Runtime,
  settings: VerifierSettings,
  revocations: RevocationCheck,
  onReplaced: () => void,
): KeySource {
  return new KeySource({
    fetchKeySet: () => fetchKeySet(settings.jwksUri, settings.fetch, settings.keyFetchTimeoutMs),
    readKeySet: (keySet, previous) => readKeySet(keySet, settings.algorithms, runtime, previous),
    isRevoked: (kid) => revocations.isKeyRevoked(kid),
    monotonicNow: settings.monotonicNow,
    maxAgeMs: settings.keyMaxAgeMs,
    maxStaleMs: settings.keyMaxStaleMs,
    refetchCooldownMs: settings.keyRefetchCooldownMs,
    onReplaced,
    onFetchFailed: (error) => notify(settings.onKeyFetchFailed, error),
  });
}

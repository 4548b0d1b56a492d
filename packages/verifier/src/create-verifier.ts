import { VerifierError } from './errors.ts';
import { fetchKeySet } from './keys/fetch-key-set.ts';
import { KeySource } from './keys/key-source.ts';
import { readKeySet, type VerificationKey } from './keys/read-key-set.ts';
import { notify } from './notify.ts';
import { readOptions, type VerifierOptions, type VerifierSettings } from './options.ts';
import type { Runtime } from './runtime.ts';
import { BoundedCache } from './bounded-cache.ts';
import { checkClaims } from './token/claims.ts';
import { splitCompactJws } from './token/compact-jws.ts';
import { readTokenHeader, type TokenHeader } from './token/header.ts';
import { parseJsonObject, type JsonObject } from './token/json-object.ts';
import { toVerifiedToken, type VerifiedToken } from './verified-token.ts';

export interface Verifier {
  /**
   * Verifies an access token (RFC 9068 §4) without asking the issuer, except for its keys.
   *
   * @param token - The compact JWS, without `Bearer `.
   * @throws {VerifierError} The promise rejects with one for every token that is not accepted, and
   * with nothing else. It never throws before it returns.
   */
  verify(token: string): Promise<VerifiedToken>;
}

/** A token that was verified, with all that decides whether it still counts. */
interface CacheEntry {
  /** Compared whole: the cache finds it by a part only. */
  readonly token: string;
  readonly key: VerificationKey;
  readonly validFromMs: number;
  readonly expiresAtMs: number;
  /** Resolved, and the same for every request: a hit makes no new object. */
  readonly answer: Promise<VerifiedToken>;
}

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

/** The verifier for a given platform. The public `createVerifier` is this one on Node's crypto. */
export function createVerifierOn(runtime: Runtime, options: VerifierOptions): Verifier {
  const settings = readOptions(options);
  const { now } = settings;
  const cache = new BoundedCache<CacheEntry>(settings.cacheSize);
  const knownHeaders = new BoundedCache<TokenHeader>(MAX_KNOWN_HEADERS);
  const keys = createKeySource(runtime, settings, () => cache.deleteWhere((entry) => !keys.holds(entry.key)));

  function verify(token: string): Promise<VerifiedToken> {
    const hit = cache.get(tailOf(token));
    if (hit !== undefined && hit.token === token) {
      const nowMs = now();
      if (nowMs < hit.expiresAtMs && nowMs >= hit.validFromMs && keys.isUsable()) return hit.answer;
    }
    try {
      return verifyAnew(token);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The rules in their order: form, header, key, signature, claims. */
  function verifyAnew(token: string): Promise<VerifiedToken> {
    const unchecked = readToken(token);
    const key = keys.find(unchecked.header.kid);
    if (key instanceof Promise) return key.then((found) => verifyWith(found, token, unchecked));
    return verifyWith(key, token, unchecked);
  }

  function readToken(token: string): UncheckedToken {
    const jws = splitCompactJws(token, settings.maxTokenLength);
    if ('refused' in jws) throw new VerifierError(jws.refused);
    const header = knownHeaders.get(jws.header) ?? readTokenHeader(readSegment(jws.header), settings.algorithms);
    if ('refused' in header) throw new VerifierError(header.refused);
    const signature = runtime.decodeBase64Url(jws.signature);
    if (signature === undefined) throw new VerifierError('token_malformed');
    return {
      header,
      headerText: jws.header,
      payload: readSegment(jws.payload),
      signingInput: jws.signingInput,
      signature,
    };
  }

  function readSegment(text: string): JsonObject {
    const bytes = runtime.decodeBase64Url(text);
    const value = bytes && parseJsonObject(bytes);
    if (value === undefined) throw new VerifierError('token_malformed');
    return value;
  }

  function verifyWith(key: VerificationKey, token: string, unchecked: UncheckedToken): Promise<VerifiedToken> {
    const { header, headerText, payload, signingInput, signature } = unchecked;
    // RFC 8725 §3.1: the key says which algorithm is used; the header may only agree.
    if (header.alg !== key.alg) throw new VerifierError('algorithm_not_allowed');
    if (!key.verifySignature(signingInput, signature)) throw new VerifierError('signature_invalid');
    knownHeaders.set(headerText, header);
    const checked = checkClaims(payload, settings, now());
    if ('refused' in checked) throw new VerifierError(checked.refused, { claim: checked.claim });

    const { validFromMs, expiresAtMs } = checked;
    const answer = Promise.resolve(toVerifiedToken(checked.claims, expiresAtMs));
    // No fetch can have ended since the key was found, so it is still one of the issuer's.
    cache.set(tailOf(token), { token, key, validFromMs, expiresAtMs, answer });
    return answer;
  }

  return { verify };
}

/**
 * The end of the signature: where a token is looked for. Hashing the whole text takes V8 longer than everything else
 * about a hit, and the comparison that follows is of the whole text.
 */
function tailOf(token: string): string {
  // A caller in JavaScript may have handed in anything; it is refused where tokens are taken apart.
  return typeof token === 'string' ? token.slice(-TAIL_CHARACTERS) : '';
}

function createKeySource(runtime: Runtime, settings: VerifierSettings, onReplaced: () => void): KeySource {
  return new KeySource({
    fetchKeySet: () => fetchKeySet(settings.jwksUri, settings.fetch, settings.keyFetchTimeoutMs),
    readKeySet: (keySet, previous) => readKeySet(keySet, settings.algorithms, runtime, previous),
    monotonicNow: settings.monotonicNow,
    maxAgeMs: settings.keyMaxAgeMs,
    maxStaleMs: settings.keyMaxStaleMs,
    refetchCooldownMs: settings.keyRefetchCooldownMs,
    onReplaced,
    onFetchFailed: (error) => notify(settings.onKeyFetchFailed, error),
  });
}

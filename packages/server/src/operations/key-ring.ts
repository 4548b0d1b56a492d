import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from '@latchkey/protocol';
import type { RandomBytes } from '../domain/ids.ts';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import type { SigningAlgorithm, SigningKey } from '../domain/keys/signing-key.ts';
import { SigningKeyUnreadableError } from '../domain/keys/unreadable-signing-key.ts';
import type { MasterKeys } from '../domain/secrets/master-keys.ts';
import { seal, unseal } from '../domain/secrets/seal.ts';
import { listSigningKeys } from '../storage/signing-keys.ts';
import type { Store } from '../storage/store.ts';
import { signJws, type JwsKey } from './sign-jws.ts';

/** How long the keys that were read are used before they are read again: another process may rotate them. */
const RELOAD_MS = 5 * SECOND_MS;

/** The same, for a key that is not among them: one that another process has just made, or a stranger's invention. */
const RELOAD_UNKNOWN_MS = SECOND_MS;

/** RFC 7518 §3.3 requires at least 2048 bits. */
const RSA_MODULUS_BITS = 2048;

/** Back-Channel Logout §2.4. */
const LOGOUT_TOKEN_TYPE = 'logout+jwt';

/** A JWK Set (RFC 7517 §5) of public keys. */
export interface PublicKeySet {
  readonly keys: readonly JWK[];
}

/** What an ID token says (OpenID Connect Core §2). Instants are in seconds since the epoch. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** The client. */
  readonly aud: string;
  readonly exp: number;
  readonly iat: number;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly acr?: string;
  readonly nonce?: string;
  /** The browser's session. */
  readonly sid: string;
}

/** What a logout token says (OpenID Connect Back-Channel Logout §2.4). Instants are in seconds since the epoch. */
export interface LogoutTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** The client. */
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** The browser's session, as ID tokens name it. */
  readonly sid: string;
  readonly events: Readonly<Record<string, object>>;
}

interface LoadedKeys {
  readonly readAt: Instant;
  readonly active: JwsKey;
  readonly keySet: PublicKeySet;
}

/** The signing keys in use: signs tokens and gives the public key set, following the database. */
export class KeyRing {
  readonly #store: Store;
  readonly #keys: MasterKeys;
  readonly #clock: () => Instant;
  #loaded: LoadedKeys | undefined;
  #forgotten = 0;

  constructor(store: Store, keys: MasterKeys, clock: () => Instant) {
    this.#store = store;
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Signs an access token (RFC 9068) with the active key. */
  async signAccessToken(claims: AccessTokenClaims): Promise<string> {
    const { active } = await this.#load();
    return signJws(active, ACCESS_TOKEN_TYPE, { ...claims });
  }

  /** Signs an ID token (OpenID Connect Core §2) with the active key: of another type, so no access token. */
  async signIdToken(claims: IdTokenClaims): Promise<string> {
    const { active } = await this.#load();
    return signJws(active, 'JWT', { ...claims });
  }

  /** Signs a logout token (Back-Channel Logout §2.4) with the active key: of a type that nothing else has. */
  async signLogoutToken(claims: LogoutTokenClaims): Promise<string> {
    const { active } = await this.#load();
    return signJws(active, LOGOUT_TOKEN_TYPE, { ...claims });
  }

  /** The public keys: next, active and retired ones. */
  async publicKeySet(): Promise<PublicKeySet> {
    return (await this.#load()).keySet;
  }

  /** The public key of this id, whatever its state; undefined where there is none. */
  async findPublicKey(kid: string): Promise<JWK | undefined> {
    const { keySet, readAt } = await this.#load();
    const known = keySet.keys.find((key) => key.kid === kid);
    if (known !== undefined || this.#clock() < readAt + RELOAD_UNKNOWN_MS) return known;
    this.forget();
    return (await this.#load()).keySet.keys.find((key) => key.kid === kid);
  }

  /** Makes the next use read the keys anew. */
  forget(): void {
    this.#forgotten += 1;
    this.#loaded = undefined;
  }

  async #load(): Promise<LoadedKeys> {
    const now = this.#clock();
    const loaded = this.#loaded;
    if (loaded !== undefined && now >= loaded.readAt && now < loaded.readAt + RELOAD_MS) return loaded;
    const ticket = this.#forgotten;
    const stored = await listSigningKeys(this.#store.queries);
    const active = stored.find((key) => key.state === 'active');
    if (active === undefined) throw new Error('There is no active signing key');
    const privateKey =
      loaded?.active.kid === active.kid ? loaded.active.privateKey : openPrivateKey(this.#keys, active);
    const read: LoadedKeys = {
      readAt: now,
      active: { kid: active.kid, algorithm: active.algorithm, privateKey },
      keySet: { keys: stored.map((key) => JSON.parse(key.publicJwk) as JWK) },
    };
    // What was read before something was forgotten may have a key that was revoked since.
    if (ticket === this.#forgotten) this.#loaded = read;
    return read;
  }
}

/** A key that has no place among the others yet. */
export type SigningKeyPair = Pick<SigningKey, 'kid' | 'algorithm' | 'publicJwk' | 'privateSealed'>;

/**
 * Makes a key pair; the private part leaves this function encrypted only. May take a second for RSA: not to be called
 * where a transaction holds a lock.
 */
export async function createSigningKeyPair(
  algorithm: SigningAlgorithm,
  keys: MasterKeys,
  random: RandomBytes,
): Promise<SigningKeyPair> {
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: RSA_MODULUS_BITS });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey));
  return {
    kid,
    algorithm,
    publicJwk: JSON.stringify({ ...publicJwk, kid, alg: algorithm, use: 'sig' }),
    privateSealed: seal(keys.signingKeyEncryption, privateJwk, kid, random),
  };
}

/** @throws {@link SigningKeyUnreadableError} */
export function openPrivateKey(keys: MasterKeys, key: SigningKey): KeyObject {
  const jwk = unseal(keys.signingKeyEncryption, key.privateSealed, key.kid);
  if (jwk === undefined) {
    throw new SigningKeyUnreadableError('The signing keys were encrypted under another LATCHKEY_SECRET');
  }
  return createPrivateKey({ key: JSON.parse(jwk) as JsonWebKey, format: 'jwk' });
}

import { createHash, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Secret } from './secret.ts';

export const MIN_MASTER_SECRET_BYTES = 32;

/** A key for message authentication, and the number that names it in what it signs. */
export interface NamedKey {
  /** 0 to 255, derived from the key: another master secret gives another number. */
  readonly id: number;
  readonly key: KeyObject;
}

/** The keys derived from the master secret, one for each use. */
export interface MasterKeys {
  readonly sessionMac: NamedKey;
  /** Encrypts private signing keys at rest. */
  readonly signingKeyEncryption: KeyObject;
  /** Encrypts mail that waits in the outbox, since it holds one-time links. */
  readonly mailEncryption: KeyObject;
  /** Proves that a browser has signed in to an account before. */
  readonly knownDeviceMac: KeyObject;
  /** Hides codes of magic links, which are short enough to be tried, from whoever reads the database. */
  readonly magicLinkMac: KeyObject;
  /** Links audit events to a chain. */
  readonly auditMac: KeyObject;
  /** Encrypts those secrets of clients that clients sign with. */
  readonly clientSecretEncryption: KeyObject;
  /** Encrypts the requests of clients while their users sign in. */
  readonly authorizationRequest: KeyObject;
  /** Makes the nonces of proofs of possession. */
  readonly dpopNonceMac: KeyObject;
}

/** Derives the keys by HKDF-SHA-256 (RFC 5869); `info` separates their uses. */
export function deriveMasterKeys(masterSecret: Secret<'master'>): MasterKeys {
  const derive = (use: string) => deriveNamedKey(masterSecret.reveal(), 'latchkey', use);
  return {
    sessionMac: derive('session-credential-mac'),
    signingKeyEncryption: derive('signing-key-encryption').key,
    mailEncryption: derive('mail-encryption').key,
    knownDeviceMac: derive('known-device-mac').key,
    magicLinkMac: derive('magic-link-mac').key,
    auditMac: derive('audit-chain-mac').key,
    clientSecretEncryption: derive('client-secret-encryption').key,
    authorizationRequest: derive('authorization-request').key,
    dpopNonceMac: derive('dpop-nonce-mac').key,
  };
}

/**
 * A key by HKDF-SHA-256 (RFC 5869).
 *
 * @param salt - Names whose secret it is: the same text, given to two programs, makes no key that both have.
 * @param use - The `info`: one for each use.
 */
export function deriveNamedKey(secret: string | Uint8Array, salt: string, use: string): NamedKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, use, 32));
  return { id: createHash('sha256').update(bytes).digest().readUInt8(0), key: createSecretKey(bytes) };
}

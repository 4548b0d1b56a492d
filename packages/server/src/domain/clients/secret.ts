import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ClientId, RandomBytes } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { Secret } from '../secrets/secret.ts';

export type ClientSecret = Secret<'client-secret'>;
/** SHA-256 of a secret, in hexadecimal: what the database has. */
export type ClientSecretHash = string;

/** A secret as the database has it. */
export interface StoredClientSecret {
  readonly hash: ClientSecretHash;
  /** From when on it is good for nothing; null: it stays. */
  readonly expiresAt: Instant | null;
  /** Encrypted, where the client signs with it, so that it must be read again; null for all others. */
  readonly sealed: Uint8Array | null;
}

const PREFIX = 'lkc_';
const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
const CHECKSUM_CHARACTERS = 6;
const SECRET = /^lkc_[A-Za-z0-9_-]{49}$/;
const NO_HASH = Buffer.alloc(32);

/**
 * A new secret: 256 random bits, so that a plain hash keeps it (no guessing, hence no slow hash), and a checksum, by
 * which scanners recognise one that has leaked and a mistyped one needs no lookup.
 */
export function newClientSecret(random: RandomBytes): ClientSecret {
  const text = PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64url');
  return new Secret(text + checksumOf(text));
}

/** The secret in a request, or undefined for text that was never one. */
export function parseClientSecret(text: string): ClientSecret | undefined {
  if (!SECRET.test(text)) return undefined;
  const isWhole = checksumOf(text.slice(0, -CHECKSUM_CHARACTERS)) === text.slice(-CHECKSUM_CHARACTERS);
  return isWhole ? new Secret(text) : undefined;
}

export function hashClientSecret(secret: ClientSecret): ClientSecretHash {
  return createHash('sha256').update(secret.reveal()).digest('hex');
}

/**
 * Whether the secret is one of these and has not expired. Does the same work whichever it is, and also where there
 * is none, so that an unknown client takes as long as a wrong secret.
 */
export function matchesSecret(
  secret: ClientSecret,
  stored: readonly Omit<StoredClientSecret, 'sealed'>[],
  now: Instant,
): boolean {
  const presented = Buffer.from(hashClientSecret(secret), 'hex');
  let matches = timingSafeEqual(presented, NO_HASH);
  for (const { hash, expiresAt } of stored) {
    const isSame = timingSafeEqual(presented, Buffer.from(hash, 'hex'));
    if (isSame && (expiresAt === null || now < expiresAt)) matches = true;
  }
  return matches;
}

/** What a sealed secret is bound to: its row. */
export function sealingContext(clientId: ClientId, hash: ClientSecretHash): string {
  return `client secret ${clientId} ${hash}`;
}

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(CHECKSUM_BYTES);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
}

import { createHash } from 'node:crypto';
import type { RandomBytes } from '../ids.ts';
import { SECOND_MS } from '../instant.ts';
import { Secret } from '../secrets/secret.ts';

export type AuthorizationCode = Secret<'authorization-code'>;
/** SHA-256 of a code, in hexadecimal: what the database has. */
export type AuthorizationCodeHash = string;

/** RFC 6749 §4.1.2 recommends ten minutes at most: a browser needs seconds. */
export const CODE_LIFE_MS = 60 * SECOND_MS;

const PREFIX = 'lka_';
const CODE_BYTES = 32;
const CODE = /^lka_[A-Za-z0-9_-]{43}$/;

/** A new code of 256 random bits, so that a plain hash keeps it (no guessing, hence no slow hash). */
export function newAuthorizationCode(random: RandomBytes): AuthorizationCode {
  return new Secret(PREFIX + Buffer.from(random(CODE_BYTES)).toString('base64url'));
}

/** The code in a request, or undefined for text that was never one. */
export function parseAuthorizationCode(text: string): AuthorizationCode | undefined {
  return CODE.test(text) ? new Secret(text) : undefined;
}

export function hashAuthorizationCode(code: AuthorizationCode): AuthorizationCodeHash {
  return createHash('sha256').update(code.reveal()).digest('hex');
}

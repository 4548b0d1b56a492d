import { createHash } from 'node:crypto';
import type { RandomBytes } from '../ids.ts';
import { Secret } from '../secrets/secret.ts';

/** What a one-time token is good for; a token of one purpose is nothing for another. */
export type OneTimePurpose =
  | 'verify_email'
  | 'first_administrator'
  | 'reset_password'
  /** Signs in, in the browser that asked for it. */
  | 'magic_link'
  /** Confirms a new address; until then nothing changes. */
  | 'change_email'
  /** Gives an address back. One for each change: nobody can make another's link die. */
  | 'undo_email_change';

export type OneTimeToken = Secret<'one-time-token'>;
/** SHA-256 of a token, in hexadecimal: what the database has. */
export type OneTimeTokenHash = string;

/** How long a token of each purpose is good, in milliseconds. */
export type OneTimeLives = Readonly<Record<OneTimePurpose, number>>;

const PREFIX = 'lko_';
const TOKEN_BYTES = 32;
const TOKEN = /^lko_[A-Za-z0-9_-]{43}$/;

/** A new token of 256 random bits, so that a plain hash keeps it (no guessing, hence no slow hash). */
export function newOneTimeToken(random: RandomBytes): OneTimeToken {
  return new Secret(PREFIX + Buffer.from(random(TOKEN_BYTES)).toString('base64url'));
}

/** The token in a request, or undefined for text that was never one. */
export function parseOneTimeToken(text: string): OneTimeToken | undefined {
  return TOKEN.test(text) ? new Secret(text) : undefined;
}

/** The purpose is hashed with the token, so that a row of another purpose cannot match. */
export function hashOneTimeToken(token: OneTimeToken, purpose: OneTimePurpose): OneTimeTokenHash {
  return createHash('sha256').update(`${purpose}:${token.reveal()}`).digest('hex');
}

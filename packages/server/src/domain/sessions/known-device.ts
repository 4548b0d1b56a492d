import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { RandomBytes, UserId } from '../ids.ts';

const PREFIX = 'lkd_';
const ID_BYTES = 12;
const MAC_BYTES = 32;
/** How many accounts one browser is remembered for. */
const MAX_ACCOUNTS = 5;
/** base64url has no dot. */
const SEPARATOR = '.';

/**
 * Proof that a browser has signed in to an account before. It opens nothing: it only keeps the guesses of others from
 * slowing this browser down. Each is a random id and a MAC over it and the user's id.
 *
 * @param known - What the browser has, from other accounts: kept, the newest few.
 */
export function rememberDevice(known: string | undefined, userId: UserId, key: KeyObject, random: RandomBytes): string {
  const others = proofsIn(known).filter((proof) => idOf(proof, userId, key) === undefined);
  const id = random(ID_BYTES);
  const proof = PREFIX + Buffer.concat([id, macOf(id, userId, key)]).toString('base64url');
  return [proof, ...others].slice(0, MAX_ACCOUNTS).join(SEPARATOR);
}

/**
 * The id of a browser that has proved to know this account, or undefined. All that it has is looked at in any case:
 * the time taken is not to tell whether there is such an account.
 *
 * @param userId - Undefined where there is none.
 */
export function knownDevice(known: string | undefined, userId: UserId | undefined, key: KeyObject): string | undefined {
  const ids = proofsIn(known).map((proof) => idOf(proof, userId ?? NOBODY, key));
  return userId === undefined ? undefined : ids.find((id) => id !== undefined);
}

/** As long as a user's id, and nobody's. */
const NOBODY: UserId = `usr_${'0'.repeat(32)}`;

function proofsIn(known: string | undefined): readonly string[] {
  return (known ?? '').split(SEPARATOR, MAX_ACCOUNTS).filter((proof) => FORM.test(proof));
}

const FORM = /^lkd_[A-Za-z0-9_-]{59}$/;

function idOf(proof: string, userId: UserId, key: KeyObject): string | undefined {
  const bytes = Buffer.from(proof.slice(PREFIX.length), 'base64url');
  if (bytes.length !== ID_BYTES + MAC_BYTES) return undefined;
  const id = bytes.subarray(0, ID_BYTES);
  return timingSafeEqual(macOf(id, userId, key), bytes.subarray(ID_BYTES)) ? id.toString('hex') : undefined;
}

function macOf(id: Uint8Array, userId: UserId, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(id).update(userId).digest();
}

import { createHash, type KeyObject } from 'node:crypto';
import type { FormParameters } from '../clients/form-encoding.ts';
import type { RandomBytes } from '../ids.ts';
import { SECOND_MS } from '../instant.ts';
import { seal, unseal } from '../secrets/seal.ts';

/** RFC 9126 §2.2 recommends 5 to 600 seconds: time for a redirect. */
export const PUSHED_REQUEST_LIFE_MS = 90 * SECOND_MS;

/** RFC 9126 §2.2. */
const PREFIX = 'urn:ietf:params:oauth:request_uri:';
const REFERENCE_BYTES = 32;
const REFERENCE = /^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$/;

/** What a client shows to say who it is: nothing of the request itself. */
const CREDENTIALS: ReadonlySet<string> = new Set(['client_secret', 'client_assertion', 'client_assertion_type']);

/**
 * Whether the `request_uri` of a request is one of this server's, good or not: any other one names a place elsewhere.
 */
export function isPushedReference(requestUri: string): boolean {
  return requestUri.startsWith(PREFIX);
}

/** A new reference of 256 random bits, so that nobody guesses one (RFC 9126 §7.1). */
export function newPushedReference(random: RandomBytes): string {
  return PREFIX + Buffer.from(random(REFERENCE_BYTES)).toString('base64url');
}

/** SHA-256 in hexadecimal: what the database has. Undefined for text that was never a reference. */
export function hashPushedReference(requestUri: string): string | undefined {
  return REFERENCE.test(requestUri) ? createHash('sha256').update(requestUri).digest('hex') : undefined;
}

/** The parameters without credentials. */
export function withoutCredentials(parameters: FormParameters): FormParameters {
  return new Map([...parameters].filter(([name]) => !CREDENTIALS.has(name)));
}

/** Encrypts the parameters, for the row of this reference alone. */
export function sealParameters(
  parameters: FormParameters,
  referenceHash: string,
  key: KeyObject,
  random: RandomBytes,
): Uint8Array {
  return seal(key, JSON.stringify([...parameters]), `pushed:${referenceHash}`, random);
}

/** The parameters of {@link sealParameters}; undefined where they were sealed under another key. */
export function unsealParameters(
  sealed: Uint8Array,
  referenceHash: string,
  key: KeyObject,
): FormParameters | undefined {
  const opened = unseal(key, sealed, `pushed:${referenceHash}`);
  return opened === undefined ? undefined : new Map(JSON.parse(opened) as [string, string[]][]);
}

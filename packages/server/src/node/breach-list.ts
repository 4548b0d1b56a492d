import { createHash } from 'node:crypto';
import type { Password } from '../domain/passwords/policy.ts';
import type { BreachList } from '../operations/context.ts';

const TIMEOUT_MS = 1000;
const PREFIX_LENGTH = 5;
/** Far more than any range has. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Asks a service which passwords were in breaches, by k-anonymity: five hexadecimal characters of a hash leave, and the
 * answer names all hashes that begin with them (`SUFFIX:COUNT`, one a line). SHA-1 is that protocol's own, and keeps
 * nothing secret here: no stored hash is made with it.
 *
 * @param url - What the five characters are appended to.
 */
export function createBreachList(url: string): BreachList {
  return {
    has: async (password) => {
      const hash = createHash('sha1').update(password.reveal()).digest('hex').toUpperCase();
      const range = await fetchRange(url + hash.slice(0, PREFIX_LENGTH));
      const suffix = hash.slice(PREFIX_LENGTH);
      // A count of 0 is padding, which hides how long the range is.
      return range.split(/\r?\n/).some((line) => line.toUpperCase().startsWith(`${suffix}:`) && !/:0+\s*$/.test(line));
    },
  };
}

async function fetchRange(url: string): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  // A redirect could lead to where nobody configured (RFC 9110 §15.4).
  const response = await fetch(url, { redirect: 'error', signal, headers: { 'Add-Padding': 'true' } });
  if (!response.ok) throw new Error(`The list of breaches answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('The list of breaches answered with too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** A password that nobody has compared with anything: where no service is configured. */
export const NO_BREACH_LIST: BreachList = { has: async (_password: Password) => false };

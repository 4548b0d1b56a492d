import { domainToASCII } from 'node:url';

/** An e-mail address in its two forms. */
export interface EmailAddress {
  /** Where mail goes: the local part as typed, the domain in ASCII. */
  readonly address: string;
  /** Names the account: all in lower case. Two addresses with the same key are one account. */
  readonly key: string;
}

const MAX_ADDRESS_BYTES = 254; // RFC 5321 §4.5.3.1.3, less the angle brackets
const MAX_LOCAL_PART_BYTES = 64; // RFC 5321 §4.5.3.1.1
/** Dot-atom of RFC 5322 §3.2.3: no quoted strings and no comments, which mail systems read differently. */
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads an e-mail address, or gives undefined for what we would not send mail to.
 *
 * The local part is ASCII only: letters that look alike would otherwise make two accounts that people
 * cannot tell apart. A domain in other scripts becomes its one ASCII form (UTS 46). Dots and `+tags`
 * are kept, because only the mailbox's own server knows what they mean there.
 */
export function parseEmailAddress(text: string): EmailAddress | undefined {
  const trimmed = text.replace(/^ +| +$/g, '');
  const at = trimmed.indexOf('@');
  if (at < 1 || at !== trimmed.lastIndexOf('@')) return undefined;

  const local = trimmed.slice(0, at);
  if (local.length > MAX_LOCAL_PART_BYTES || !LOCAL_PART.test(local)) return undefined;

  const domain = parseDomain(trimmed.slice(at + 1));
  if (domain === undefined || local.length + 1 + domain.length > MAX_ADDRESS_BYTES) return undefined;
  return { address: `${local}@${domain}`, key: `${local.toLowerCase()}@${domain}` };
}

function parseDomain(text: string): string | undefined {
  // The URL rules behind domainToASCII would read these as something other than a host name.
  if (/[\s/\\:?#%@[\]]/.test(text)) return undefined;
  const domain = domainToASCII(text);
  const labels = domain.split('.');
  if (labels.length < 2 || !labels.every((label) => DOMAIN_LABEL.test(label))) return undefined;
  // All digits at the end is an IPv4 address in one of its spellings.
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : domain;
}

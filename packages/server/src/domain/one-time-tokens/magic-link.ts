import { createHmac, type KeyObject } from 'node:crypto';
import type { RandomBytes } from '../ids.ts';
import { Secret } from '../secrets/secret.ts';
import type { OneTimeToken, OneTimeTokenHash } from './token.ts';

/** What the browser that asked for a link keeps: without it neither the link nor its code is good for anything. */
export type BrowserSecret = Secret<'browser-secret'>;
/** What a link shows in another browser, to be typed in the one that asked. */
export type MagicLinkCode = Secret<'magic-link-code'>;

const BROWSER_BYTES = 32;
const BROWSER = /^[A-Za-z0-9_-]{43}$/;
/** Digits and letters that are not taken for one another (Crockford's base 32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_CHARACTERS = 8;
const CODE = new RegExp(`^[${ALPHABET}]{${CODE_CHARACTERS}}$`);
/** Far more than a code with all the spaces that people type. */
const MAX_TYPED_CHARACTERS = 32;

export function newBrowserSecret(random: RandomBytes): BrowserSecret {
  return new Secret(Buffer.from(random(BROWSER_BYTES)).toString('base64url'));
}

/** The secret that a browser sends, or undefined for text that was never one. */
export function parseBrowserSecret(text: string): BrowserSecret | undefined {
  return BROWSER.test(text) ? new Secret(text) : undefined;
}

/** The code of a token: 40 bits of a keyed hash, so that nobody else can tell one from the other. */
export function magicLinkCode(token: OneTimeToken, key: KeyObject): MagicLinkCode {
  const digest = createHmac('sha256', key).update(`code:${token.reveal()}`).digest();
  // 256 is a multiple of 32: every character is as likely.
  return new Secret(Array.from(digest.subarray(0, CODE_CHARACTERS), (byte) => ALPHABET.charAt(byte % 32)).join(''));
}

/** A code as people type it: in any case, with spaces and dashes, with the letters that look like digits. */
export function parseMagicLinkCode(text: string): MagicLinkCode | undefined {
  if (text.length > MAX_TYPED_CHARACTERS) return undefined;
  const typed = text
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return CODE.test(typed) ? new Secret(typed) : undefined;
}

/** In two groups, which is how people read it. */
export function showMagicLinkCode(code: MagicLinkCode): string {
  const text = code.reveal();
  return `${text.slice(0, CODE_CHARACTERS / 2)}-${text.slice(CODE_CHARACTERS / 2)}`;
}

/**
 * What the database has of a link: link and code lead to the same, and both only together with the browser's secret.
 * Keyed, because whoever asks for a link has a browser's secret: with the database they could try all codes.
 */
export function hashMagicLink(code: MagicLinkCode, browser: BrowserSecret, key: KeyObject): OneTimeTokenHash {
  return createHmac('sha256', key).update(`magic_link:${code.reveal()}:${browser.reveal()}`).digest('hex');
}

import { SECOND_MS, type Instant } from '../instant.ts';
import type { Session } from './session.ts';

/** 400 days: browsers keep no cookie for longer (RFC 6265bis §5.5). */
const MAX_AGE_LIMIT_SECONDS = 34_560_000;

/** A name, and a value that needs no quotes (RFC 6265 §4.1.1): whatever is ours fits, and nothing else gets into a header. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const COOKIE_VALUE = /^[\w!#$%&'()*+\-./:<=>?@[\]^`{|}~]*$/;

/**
 * The value of a cookie. Undefined where it is absent, and where it comes more than once: then one of them was
 * planted, and nothing tells which (RFC 6265 §5.4 leaves the order to the browser).
 */
export function readCookie(header: string | null | undefined, name: string): string | undefined {
  if (header === null || header === undefined) return undefined;
  let value: string | undefined;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    while (start < end && header.charCodeAt(start) === 0x20) start += 1;
    if (header.startsWith(name, start) && header.charCodeAt(start + name.length) === 0x3d) {
      if (value !== undefined) return undefined;
      value = header.slice(start + name.length + 1, end).trimEnd();
    }
    start = end + 1;
  }
  return value;
}

export interface CookieAttributes {
  /** Undefined: until the browser is closed. */
  readonly maxAgeSeconds: number | undefined;
  readonly path: string;
  readonly secure: boolean;
  readonly sameSite: 'Strict' | 'Lax';
}

/** The `Set-Cookie` text of a cookie that no script can read. Throws where a name or a value would not be one. */
export function httpOnlyCookie(name: string, value: string, attributes: CookieAttributes): string {
  // The value may be a credential, and stays out of the message.
  if (!COOKIE_NAME.test(name) || !COOKIE_VALUE.test(value)) throw new TypeError('No name or no value of a cookie');
  const { maxAgeSeconds, path, secure, sameSite } = attributes;
  const maxAge = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${name}=${value}${maxAge}; Path=${path}; HttpOnly${secure ? '; Secure' : ''}; SameSite=${sameSite}`;
}

/** How long the browser is to keep a session's cookie. Undefined, until it is closed, for one that is not remembered. */
export function cookieMaxAge(
  { remember, expiresAt }: Pick<Session, 'remember' | 'expiresAt'>,
  now: Instant,
): number | undefined {
  if (!remember) return undefined;
  // The session may have begun on a node whose clock is ahead of ours.
  return Math.min(Math.max(0, Math.floor((expiresAt - now) / SECOND_MS)), MAX_AGE_LIMIT_SECONDS);
}

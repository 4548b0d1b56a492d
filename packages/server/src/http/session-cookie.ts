import { generateCookie } from 'hono/cookie';
import {
  PAGES,
  refreshCookieName,
  refreshOwnerCookieName,
  ROUTES,
  sessionCookieName,
  tokenCookieName,
} from '@latchkey/protocol';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import type { Session } from '../domain/sessions/session.ts';

/** 400 days: browsers keep no cookie for longer (RFC 6265bis §5.5), and more is refused as a mistake. */
const MAX_AGE_LIMIT_SECONDS = 34_560_000;

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

/** Whether the issuer is served over https: then, and only then, the cookie is Secure and has its prefix. */
export function usesSecureCookies(issuer: string): boolean {
  return issuer.startsWith('https:');
}

/** Where a session's credential is sent: to all of the origin, or to the session API alone (mode `jwt-cookie`). */
export type CookiePlace = 'origin' | 'session-api';

export function credentialCookieName(issuer: string, slot: number | undefined, place: CookiePlace): string {
  return (place === 'origin' ? sessionCookieName : refreshCookieName)(usesSecureCookies(issuer), slot);
}

/** The `Set-Cookie` text of a session's credential. One that is not remembered ends with the browser. */
export function sessionCookie(
  issuer: string,
  slot: number | undefined,
  credential: string,
  session: Pick<Session, 'remember' | 'expiresAt'>,
  now: Instant,
  place: CookiePlace = 'origin',
): string {
  return credentialText(issuer, slot, credential, session.remember ? maxAgeOf(session, now) : undefined, place);
}

/** The `Set-Cookie` text that takes the cookie away. */
export function endedSessionCookie(issuer: string, slot: number | undefined, place: CookiePlace = 'origin'): string {
  return credentialText(issuer, slot, '', 0, place);
}

/** Whose the credential of the session API must be: that one's own name does not keep others from planting it. */
export function refreshOwner(
  issuer: string,
  slot: number | undefined,
  header: string | null | undefined,
): string | undefined {
  return readCookie(header, refreshOwnerCookieName(usesSecureCookies(issuer), slot));
}

/** The `Set-Cookie` text that says so, as long as the credential is there; with no session, that takes it away. */
export function refreshOwnerCookie(
  issuer: string,
  slot: number | undefined,
  session: Pick<Session, 'id' | 'remember' | 'expiresAt'> | undefined,
  now: Instant,
): string {
  const name = refreshOwnerCookieName(usesSecureCookies(issuer), slot);
  if (session === undefined) return cookieText(issuer, name, '', 0, '/');
  return cookieText(issuer, name, session.id, session.remember ? maxAgeOf(session, now) : undefined, '/');
}

function maxAgeOf({ expiresAt }: Pick<Session, 'expiresAt'>, now: Instant): number {
  // The session may have begun on a node whose clock is ahead of ours.
  return Math.min(Math.max(0, Math.floor((expiresAt - now) / SECOND_MS)), MAX_AGE_LIMIT_SECONDS);
}

/**
 * The `Set-Cookie` text of an access token; of none, with a life of 0 seconds.
 *
 * @param lifeSeconds - Undefined: until the browser is closed.
 */
export function tokenCookie(
  issuer: string,
  slot: number | undefined,
  token: string,
  lifeSeconds: number | undefined,
): string {
  return cookieText(issuer, tokenCookieName(usesSecureCookies(issuer), slot), token, lifeSeconds, '/');
}

/** Where a known device matters: the proof of it is on no other request. */
const SIGN_IN_PATHS = [ROUTES.signIn, ROUTES.confirmMagicLink, PAGES.signIn] as const;
const KNOWN_DEVICE_SECONDS = 31_536_000;

/** Name of the cookie that keeps the guesses of others from slowing this browser down. */
export function knownDeviceCookieName(issuer: string): string {
  return usesSecureCookies(issuer) ? '__Secure-latchkey-device' : 'latchkey-device';
}

/** Its `Set-Cookie` texts, one a path. On a device that is not to be remembered it ends with the browser. */
export function knownDeviceCookies(issuer: string, value: string, remember: boolean): readonly string[] {
  const attributes = {
    httpOnly: true,
    secure: usesSecureCookies(issuer),
    sameSite: 'Strict',
    ...(remember && { maxAge: KNOWN_DEVICE_SECONDS }),
  } as const;
  return SIGN_IN_PATHS.map((path) => generateCookie(knownDeviceCookieName(issuer), value, { ...attributes, path }));
}

function credentialText(
  issuer: string,
  slot: number | undefined,
  value: string,
  maxAgeSeconds: number | undefined,
  place: CookiePlace,
): string {
  const path = place === 'origin' ? '/' : ROUTES.session;
  return cookieText(issuer, credentialCookieName(issuer, slot, place), value, maxAgeSeconds, path);
}

function cookieText(
  issuer: string,
  name: string,
  value: string,
  maxAgeSeconds: number | undefined,
  path: string,
): string {
  return generateCookie(name, value, {
    httpOnly: true,
    secure: usesSecureCookies(issuer),
    sameSite: 'Strict',
    path,
    ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
  });
}

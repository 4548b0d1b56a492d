import { generateCookie } from 'hono/cookie';
import {
  PAGES,
  refreshCookieName,
  refreshOwnerCookieName,
  ROUTES,
  sessionCookieName,
  tokenCookieName,
} from '@latchkey/protocol';
import type { Instant } from '../domain/instant.ts';
import { cookieMaxAge, httpOnlyCookie, readCookie } from '../domain/sessions/cookie-text.ts';
import type { Session } from '../domain/sessions/session.ts';

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
  return credentialText(issuer, slot, credential, cookieMaxAge(session, now), place);
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
  return cookieText(issuer, name, session.id, cookieMaxAge(session, now), '/');
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
  return httpOnlyCookie(name, value, { maxAgeSeconds, path, secure: usesSecureCookies(issuer), sameSite: 'Strict' });
}

import { generateCookie } from 'hono/cookie';
import { MAX_SLOTS, sessionCookieName, SLOT_HEADER } from '@latchkey/protocol';
import { SECOND_MS, type Instant } from '../domain/instant.ts';
import type { Session } from '../domain/sessions/session.ts';
import { invalidMembers, ApiError } from './api-error.ts';
import type { AppContext } from './environment.ts';

/**
 * The value of a cookie. Undefined where it is absent, and where it comes more than once: then one of them was
 * planted, and nothing tells which (RFC 6265 §5.4 leaves the order to the browser).
 */
export function readCookie(header: string | null | undefined, name: string): string | undefined {
  if (header === null || header === undefined) return undefined;
  let value: string | undefined;
  for (let start = 0; start < header.length; ) {
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

/** The slot that the tab names, or undefined for the browser's first account. */
export function requestedSlot(c: AppContext): number | undefined {
  const text = c.req.header(SLOT_HEADER);
  if (text === undefined) return undefined;
  const slot = /^\d$/.test(text) ? Number(text) : Number.NaN;
  if (!(slot < MAX_SLOTS)) {
    throw new ApiError('invalid_request', { detail: `${SLOT_HEADER} must be 0 to ${MAX_SLOTS - 1}` });
  }
  return slot;
}

/** As {@link requestedSlot}, where the body may name the slot too. Two different ones are a mistake. */
export function requestedSlotWithBody(c: AppContext, bodySlot: number | undefined): number | undefined {
  const headerSlot = requestedSlot(c);
  if (bodySlot !== undefined && headerSlot !== undefined && bodySlot !== headerSlot) {
    throw invalidMembers({ pointer: '/slot', detail: `${SLOT_HEADER} names another slot` });
  }
  return bodySlot ?? headerSlot;
}

/** Sets the session cookie. A session that is not remembered gets one that ends with the browser. */
export function setSessionCookie(
  c: AppContext,
  issuer: string,
  slot: number | undefined,
  credential: string,
  session: Pick<Session, 'remember' | 'expiresAt'>,
  now: Instant,
): void {
  writeCookie(c, sessionCookie(issuer, slot, credential, session, now));
}

export function clearSessionCookie(c: AppContext, issuer: string, slot: number | undefined): void {
  writeCookie(c, cookieText(issuer, slot, '', 0));
}

/** The `Set-Cookie` text of a session's credential. */
export function sessionCookie(
  issuer: string,
  slot: number | undefined,
  credential: string,
  session: Pick<Session, 'remember' | 'expiresAt'>,
  now: Instant,
): string {
  const maxAgeSeconds = Math.max(0, Math.floor((session.expiresAt - now) / SECOND_MS));
  return cookieText(issuer, slot, credential, session.remember ? maxAgeSeconds : undefined);
}

function writeCookie(c: AppContext, cookie: string): void {
  c.header('Set-Cookie', cookie, { append: true });
  // A shared cache must never keep an answer that sets a cookie (RFC 9111 §7.3).
  c.header('Cache-Control', 'no-store');
}

function cookieText(issuer: string, slot: number | undefined, value: string, maxAgeSeconds: number | undefined): string {
  const secure = usesSecureCookies(issuer);
  return generateCookie(sessionCookieName(secure, slot), value, {
    httpOnly: true,
    secure,
    sameSite: 'Strict',
    path: '/',
    ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
  });
}

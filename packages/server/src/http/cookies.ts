import { MAX_SLOTS, SLOT_HEADER, tokenCookieName } from '@latchkey/protocol';
import type { Instant } from '../domain/instant.ts';
import { readCookie } from '../domain/sessions/cookie-text.ts';
import type { Session } from '../domain/sessions/session.ts';
import { invalidMembers, ApiError } from './api-error.ts';
import type { AppContext } from './environment.ts';
import {
  credentialCookieName,
  endedSessionCookie,
  knownDeviceCookieName,
  knownDeviceCookies,
  refreshOwnerCookie,
  sessionCookie,
  tokenCookie,
  usesSecureCookies,
  type CookiePlace,
} from './session-cookie.ts';

/** The slot that the tab names, by the header or by the address of one of our pages; undefined for the first account. */
export function requestedSlot(c: AppContext): number | undefined {
  const header = c.req.header(SLOT_HEADER);
  const pageSlot = c.get('pageSlot');
  if (header === undefined) return pageSlot;
  const slot = parseSlot(header);
  if (slot === undefined) throw new ApiError('invalid_request', { detail: `${SLOT_HEADER} ${MUST_BE_SLOT}` });
  if (pageSlot !== undefined && pageSlot !== slot) {
    throw new ApiError('invalid_request', { detail: `${SLOT_HEADER} names another slot than the address` });
  }
  return slot;
}

export const MUST_BE_SLOT = `must be 0 to ${MAX_SLOTS - 1}`;

/** Undefined for what is no slot. */
export function parseSlot(text: string): number | undefined {
  const slot = /^\d$/.test(text) ? Number(text) : Number.NaN;
  return slot < MAX_SLOTS ? slot : undefined;
}

/** As {@link requestedSlot}, where the body may name the slot too. Two different ones are a mistake. */
export function requestedSlotWithBody(c: AppContext, bodySlot: number | undefined): number | undefined {
  const headerSlot = requestedSlot(c);
  if (bodySlot !== undefined && headerSlot !== undefined && bodySlot !== headerSlot) {
    throw invalidMembers({ pointer: '/slot', detail: `${SLOT_HEADER} names another slot` });
  }
  return bodySlot ?? headerSlot;
}

/** Where the credential of a sign-in is to be kept. */
export function placeOf(mode: 'session' | 'jwt-cookie' | undefined): CookiePlace {
  return mode === 'jwt-cookie' ? 'session-api' : 'origin';
}

/** Sets the session's credential on the answer. What another sign-in left in the slot is taken away. */
export function setSessionCookie(
  c: AppContext,
  issuer: string,
  slot: number | undefined,
  credential: string,
  session: Pick<Session, 'id' | 'remember' | 'expiresAt'>,
  now: Instant,
  place: CookiePlace = 'origin',
): void {
  writeCookie(c, sessionCookie(issuer, slot, credential, session, now, place));
  if (place === 'session-api') {
    writeCookie(c, refreshOwnerCookie(issuer, slot, session, now));
    clearCredential(c, issuer, slot, 'origin');
  }
  clearTokenCookie(c, issuer, slot);
}

/** With the access token beside it, where there is one. */
export function clearSessionCookie(
  c: AppContext,
  issuer: string,
  slot: number | undefined,
  place: CookiePlace = 'origin',
): void {
  writeCookie(c, endedSessionCookie(issuer, slot, place));
  if (place === 'session-api') writeCookie(c, refreshOwnerCookie(issuer, slot, undefined, 0));
  clearTokenCookie(c, issuer, slot);
}

/** Takes a credential away if the browser sent it: what it did not send it has not got, or another path has. */
function clearCredential(c: AppContext, issuer: string, slot: number | undefined, place: CookiePlace): void {
  if (isSent(c, credentialCookieName(issuer, slot, place))) writeCookie(c, endedSessionCookie(issuer, slot, place));
}

function clearTokenCookie(c: AppContext, issuer: string, slot: number | undefined): void {
  const name = tokenCookieName(usesSecureCookies(issuer), slot);
  if (isSent(c, name)) writeCookie(c, tokenCookie(issuer, slot, '', 0));
}

function isSent(c: AppContext, name: string): boolean {
  return readCookie(c.req.header('Cookie'), name) !== undefined;
}

/**
 * Where the credential of a request to the session API is. The cookie of the whole origin goes first: its name keeps all
 * others from planting it.
 */
export function credentialPlace(c: AppContext, issuer: string, slot: number | undefined): CookiePlace {
  return isSent(c, credentialCookieName(issuer, slot, 'origin')) ? 'origin' : 'session-api';
}

/**
 * Of a credential that turned out to be good for nothing. One that came twice stays: one of the two was planted, and the
 * other may be good.
 */
export function clearRefusedCredential(
  c: AppContext,
  issuer: string,
  slot: number | undefined,
  place: CookiePlace,
): void {
  if (place === 'session-api') clearCredential(c, issuer, slot, place);
  clearTokenCookie(c, issuer, slot);
}

/** Has the browser keep the proof that it signed in to the account. */
export function setKnownDevice(c: AppContext, issuer: string, value: string, remember: boolean): void {
  for (const cookie of knownDeviceCookies(issuer, value, remember)) writeCookie(c, cookie);
}

/** What the browser kept of accounts that it signed in to. */
export function readKnownDevice(c: AppContext, issuer: string): string | undefined {
  return readCookie(c.req.header('Cookie'), knownDeviceCookieName(issuer));
}

/** Adds a `Set-Cookie` to the answer. */
export function writeCookie(c: AppContext, cookie: string): void {
  c.header('Set-Cookie', cookie, { append: true });
  // A shared cache must never keep an answer that sets a cookie (RFC 9111 §7.3).
  c.header('Cache-Control', 'no-store');
}

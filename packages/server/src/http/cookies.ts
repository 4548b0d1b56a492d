import { MAX_SLOTS, SLOT_HEADER } from '@latchkey/protocol';
import type { Instant } from '../domain/instant.ts';
import type { Session } from '../domain/sessions/session.ts';
import { invalidMembers, ApiError } from './api-error.ts';
import type { AppContext } from './environment.ts';
import {
  endedSessionCookie,
  knownDeviceCookieName,
  knownDeviceCookies,
  readCookie,
  sessionCookie,
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

/** Sets the session cookie on the answer. */
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
  writeCookie(c, endedSessionCookie(issuer, slot));
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

/** How many accounts one browser holds at a time, beside the one without a slot: slots 0 to 9. */
export const MAX_SLOTS = 10;

/** Request header by which a tab names its slot. It says which cookie to read, and grants nothing. */
export const SLOT_HEADER = 'Latchkey-Slot';

/**
 * Name of the session cookie. The `__Host-Http-` prefix makes the browser itself insist on Secure,
 * `Path=/`, no Domain, and on an HTTP response having set it (RFC 6265bis §4.1.3).
 *
 * @param secure - False only for plain-http development on localhost, where browsers refuse the prefix.
 * @param slot - 0 to 9, for a further account of the same browser.
 */
export function sessionCookieName(secure: boolean, slot?: number): string {
  return inSlot(secure ? '__Host-Http-latchkey' : 'latchkey', slot);
}

/**
 * Name of the cookie that holds a session's credential in the mode `jwt-cookie`: for the paths of the session API alone, which
 * `__Host-` would not allow. `__Http-` is what is left of it: Secure, and set by an HTTP response. It does not forbid a Domain.
 *
 * @param secure - As for {@link sessionCookieName}.
 * @param slot - As for {@link sessionCookieName}.
 */
export function refreshCookieName(secure: boolean, slot?: number): string {
  return inSlot(secure ? '__Http-latchkey-refresh' : 'latchkey-refresh', slot);
}

/**
 * Name of the cookie that says which session the credential of {@link refreshCookieName} is of: no secret, but nobody else can
 * plant it.
 *
 * @param secure - As for {@link sessionCookieName}.
 * @param slot - As for {@link sessionCookieName}.
 */
export function refreshOwnerCookieName(secure: boolean, slot?: number): string {
  return inSlot(secure ? '__Host-Http-latchkey-session' : 'latchkey-session', slot);
}

/**
 * Name of the cookie that holds an access token, for services on the same origin that verify it themselves.
 *
 * @param secure - As for {@link sessionCookieName}.
 * @param slot - As for {@link sessionCookieName}.
 */
export function tokenCookieName(secure: boolean, slot?: number): string {
  return inSlot(secure ? '__Host-Http-latchkey-token' : 'latchkey-token', slot);
}

function inSlot(name: string, slot: number | undefined): string {
  return slot === undefined ? name : `${name}.${slot}`;
}

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
  const name = secure ? '__Host-Http-latchkey' : 'latchkey';
  return slot === undefined ? name : `${name}.${slot}`;
}

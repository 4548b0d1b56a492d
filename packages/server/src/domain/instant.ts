/** A point in time: whole milliseconds since the epoch. Seconds appear only inside JWTs and cookies. */
export type Instant = number;

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Whole seconds, rounded down, as JWTs have them (NumericDate, RFC 7519 §2). */
export function toSeconds(instant: Instant): number {
  return Math.floor(instant / SECOND_MS);
}

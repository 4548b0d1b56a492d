import type { Instant } from '../domain/types.ts';
import { html, type Markup } from './markup.ts';

const UTC = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const UTC_DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });

const MINUTE_MS = 60_000;
const UNITS = [
  ['minute', MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['day', 24 * 60 * MINUTE_MS],
] as const;
const DAYS_SHOWN = 14;

/** How long ago, with the exact moment as its tooltip; the script says that in the reader's own time zone. */
export function ago(at: Instant, now: Instant): Markup {
  const date = new Date(at);
  return html`<time datetime="${date.toISOString()}" title="${UTC.format(date)} UTC">${agoInWords(at, now)}</time>`;
}

function agoInWords(at: Instant, now: Instant): string {
  const elapsedMs = now - at;
  if (elapsedMs < MINUTE_MS) return 'just now';
  const [unit, unitMs] = UNITS.findLast(([, ms]) => elapsedMs >= ms) ?? UNITS[0];
  const count = Math.floor(elapsedMs / unitMs);
  if (unit === 'day' && count > DAYS_SHOWN) return UTC_DAY.format(new Date(at));
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}

export function day(at: Instant): Markup {
  const date = new Date(at);
  return html`<time datetime="${date.toISOString()}">${UTC_DAY.format(date)}</time>`;
}

import { html, type Markup } from './markup.ts';

const UTC = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const UTC_DAY = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });

/** A moment, readable in UTC; the pages' script shows it in the reader's own time. */
export function instant(epochMs: number): Markup {
  const date = new Date(epochMs);
  return html`<time datetime="${date.toISOString()}" data-local="time">${UTC.format(date)} UTC</time>`;
}

/** The day of a moment, in UTC. */
export function day(epochMs: number): Markup {
  const date = new Date(epochMs);
  return html`<time datetime="${date.toISOString()}" data-local="day">${UTC_DAY.format(date)}</time>`;
}

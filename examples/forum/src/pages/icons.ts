import { raw } from 'hono/html';
import type { Markup } from './markup.ts';

/** Shapes on a 24 by 24 grid, drawn as lines in the colour of the text. All are decoration, hidden from readers. */
const SHAPES = {
  up: '<path d="m6 14.5 6-6 6 6"/>',
  down: '<path d="m6 9.5 6 6 6-6"/>',
  check: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  alert: '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>',
  lock: '<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
  search: '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
  bell: '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/>',
  pen: '<path d="m4.5 19.5 1-4.2L16.2 4.6a1.8 1.8 0 0 1 2.6 0l.6.6a1.8 1.8 0 0 1 0 2.6L8.7 18.5z"/>',
  bubble: '<path d="M5.5 4.5h13a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7L7 20v-3.5H5.5a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z"/>',
  tag: '<path d="M4 11.5V5.5A1.5 1.5 0 0 1 5.5 4h6l8.5 8.5-7.5 7.5z"/><path d="M8.2 8.2v.1"/>',
  person: '<circle cx="12" cy="8.5" r="4"/><path d="M4.5 20a7.5 7.5 0 0 1 15 0"/>',
  inbox:
    '<path d="M3.5 13.5 6.4 6.6A2 2 0 0 1 8.2 5.5h7.6a2 2 0 0 1 1.8 1.1l2.9 6.9v3.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>' +
    '<path d="M3.5 13.5h4.7l1.3 2.4h5l1.3-2.4h4.7"/>',
  clock: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
  arrow: '<path d="M5 12h13.5M13 6.5l5.5 5.5-5.5 5.5"/>',
  back: '<path d="M19 12H5.5M11 6.5 5.5 12l5.5 5.5"/>',
  plus: '<path d="M12 5.5v13M5.5 12h13"/>',
} as const;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName): Markup {
  return raw(
    '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"' +
      ` stroke-linejoin="round" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>`,
  );
}

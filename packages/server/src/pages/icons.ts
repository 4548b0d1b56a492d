import { raw } from 'hono/html';
import type { Markup } from './markup.ts';

/** Shapes on a 24 by 24 grid, drawn as lines in the colour of the text. All are decoration, hidden from readers. */
const SHAPES = {
  check: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  alert: '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.4v.1"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.6v.1"/>',
  lock: '<rect x="5" y="10.5" width="14" height="9.5" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
  mail: '<rect x="3" y="5.5" width="18" height="13" rx="2.5"/><path d="m4 7.5 8 6 8-6"/>',
  inbox:
    '<path d="M3.5 13.5 6.4 6.6A2 2 0 0 1 8.2 5.5h7.6a2 2 0 0 1 1.8 1.1l2.9 6.9v3.5a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2z"/>' +
    '<path d="M3.5 13.5h4.7l1.3 2.4h5l1.3-2.4h4.7"/>',
  desktop: '<rect x="3" y="4.5" width="18" height="12" rx="2"/><path d="M9 20h6M12 16.5V20"/>',
  phone: '<rect x="7" y="3" width="10" height="18" rx="2.5"/><path d="M11 18h2"/>',
  terminal: '<rect x="3" y="4.5" width="18" height="15" rx="2.5"/><path d="m7 9.5 2.8 2.5L7 14.5M12.5 15h4"/>',
  key: '<circle cx="8" cy="15.5" r="4"/><path d="m11 12.6 8-8M15.4 8.2l2.8 2.8"/>',
  devices:
    '<rect x="2.5" y="5" width="14" height="10" rx="2"/><path d="M7 19h4"/><rect x="14.5" y="10" width="7" height="10" rx="1.8"/>',
  document:
    '<path d="M7 3.5h7l4.5 4.5v10.5a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-13a2 2 0 0 1 2-2z"/><path d="M13.5 3.5V8.5h5M8.5 13h7M8.5 16.5h5"/>',
  arrow: '<path d="M5 12h13.5M13 6.5l5.5 5.5-5.5 5.5"/>',
  external:
    '<path d="M9 6H6.5A1.5 1.5 0 0 0 5 7.5v10A1.5 1.5 0 0 0 6.5 19h10a1.5 1.5 0 0 0 1.5-1.5V15M13 5h6v6M19 5l-8.5 8.5"/>',
} as const;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName): Markup {
  return raw(
    '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"' +
      ` stroke-linejoin="round" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>`,
  );
}

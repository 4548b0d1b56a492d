import type { SafeHtml } from './types.ts';

/** Stand around a word that was found: no text of a post has them (domain/text.ts), so nobody can write them. */
export const MARK_START = '\u0001';
export const MARK_END = '\u0002';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  [MARK_START]: '<mark>',
  [MARK_END]: '</mark>',
};

/** Plain text with marks as HTML: everything escaped, `<mark>` where the marks were. */
export function snippetHtml(marked: string): SafeHtml {
  // eslint-disable-next-line no-control-regex -- they are the marks
  return marked.replace(/[&<>"'\u0001\u0002]/g, (character) => ESCAPES[character] ?? '') as SafeHtml;
}

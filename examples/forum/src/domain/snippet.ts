import type { SafeHtml } from './types.ts';

/** Stand around a word that was found: no text of a post has them (domain/text.ts), so nobody can write them. */
export const MARK_START = '\u0001';
export const MARK_END = '\u0002';

/** Of a piece of a text, in characters. */
const LONGEST = 240;
/** Of these, what is shown before the first word that was found. */
const BEFORE = 60;

/** The stretch of a marked text with most marks in it, from word to word where there are words; `…` where it was cut. */
export function pieceOf(marked: string): string {
  const starts = [...marked.matchAll(new RegExp(MARK_START, 'g'))].map(({ index }) => index);
  let densest = 0;
  let most = 0;
  for (let first = 0, behind = 0; first < starts.length; first += 1) {
    const start = starts[first] ?? 0;
    while ((starts[behind] ?? Infinity) < start + LONGEST - BEFORE) behind += 1;
    if (behind - first > most) {
      most = behind - first;
      densest = start;
    }
  }
  const from = Math.max(0, densest - BEFORE);
  const to = from + LONGEST;
  let piece = marked.slice(from, to);
  if (to < marked.length) piece = `${piece.replace(/(?<=.{160})\s\S*$|[\uD800-\uDBFF]$/su, '')}…`;
  if (from > 0) piece = `…${piece.replace(/^\S*\s(?=.{160})|^[\uDC00-\uDFFF]/su, '')}`;
  return balanced(piece);
}

/** A mark may be of several words, and the cut between them. */
function balanced(piece: string): string {
  const [start, end] = [piece.indexOf(MARK_START), piece.indexOf(MARK_END)];
  const opened = end !== -1 && (start === -1 || end < start) ? MARK_START + piece : piece;
  return opened.lastIndexOf(MARK_START) > opened.lastIndexOf(MARK_END) ? opened + MARK_END : opened;
}

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

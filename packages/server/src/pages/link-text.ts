import { html, type Content } from './markup.ts';

const LINK = /https?:\/\/[^\s<>"'`]+/gi;
/** Characters that end a sentence around a link more often than they end a link. */
const TRAILING = /[.,;:!?)\]}]+$/;

/** The link when it is http or https, else undefined: nothing else may become an `href`. */
export function webLink(text: string): string | undefined {
  return /^https?:\/\/[^/\\]/i.test(text) && URL.canParse(text) ? text : undefined;
}

/** Plain text with the http and https links in it made clickable. */
export function linkText(text: string): Content[] {
  const parts: Content[] = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const link = match[0].replace(TRAILING, '');
    if (webLink(link) === undefined) continue;
    parts.push(text.slice(end, match.index), html`<a href="${link}" rel="noreferrer">${link}</a>`);
    end = match.index + link.length;
  }
  parts.push(text.slice(end));
  return parts;
}

import type { Author, Instant } from '../domain/types.ts';
import { authorAddress } from './addresses.ts';
import { html, type Content, type Markup } from './markup.ts';
import { ago } from './time.ts';

/** A person as a letter in a circle. Decoration: the name stands beside it. */
export function avatar(name: string, size: 'large' | 'small' = 'small'): Markup {
  return html`<span class="avatar avatar-${size}" aria-hidden="true">${initial(name)}</span>`;
}

function initial(text: string): string {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.trim());
  return [...graphemes][0]?.segment.toUpperCase() ?? '?';
}

/** The name, which leads to the profile. Whoever is gone has none. */
export function authorName({ id, name, isAnonymised }: Author): Markup {
  return isAnonymised
    ? html`<span class="author">${name}</span>`
    : html`<a class="author" href="${authorAddress(id)}">${name}</a>`;
}

/** “asked by Ada, Chief Creative Officer, 2 hours ago”, in one line. */
export function byline(author: Author, at: Instant, now: Instant, verb: string): Markup {
  return html`<p class="byline">${verb} ${authorName(author)}${author.title && html`<span class="author-title">, ${author.title}</span>`} <span class="dot" aria-hidden="true">·</span> ${ago(at, now)}</p>`;
}

/** Beside a post: avatar, name, title, and when. */
export function authorCard(author: Author, when: Content): Markup {
  return html`<div class="author-card">${avatar(author.name)}<div>
<p class="author-line">${authorName(author)}${author.title && html` <span class="author-title">${author.title}</span>`}</p>
<p class="author-when">${when}</p>
</div></div>`;
}

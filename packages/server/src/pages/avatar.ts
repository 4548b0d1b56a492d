import { html, type Markup } from './markup.ts';

/** A person as a letter in a circle. Decoration: the name stands beside it. */
export function avatar(shown: string, size: 'large' | 'small' = 'large'): Markup {
  return html`<span class="avatar${size === 'small' && ' avatar-small'}" aria-hidden="true">${initial(shown)}</span>`;
}

function initial(text: string): string {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.trim());
  return [...graphemes][0]?.segment.toUpperCase() ?? '?';
}

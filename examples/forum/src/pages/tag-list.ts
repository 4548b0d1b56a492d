import { tagAddress } from './addresses.ts';
import { html, type Content } from './markup.ts';

export function tagList(tags: readonly string[]): Content {
  if (tags.length === 0) return null;
  return html`<ul class="tags" aria-label="Tags">${tags.map((tag) => html`<li><a class="tag" href="${tagAddress(tag)}">${tag}</a></li>`)}</ul>`;
}

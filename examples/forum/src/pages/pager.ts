import type { Page } from '../domain/types.ts';
import { icon } from './icons.ts';
import { html, type Content } from './markup.ts';

export interface PagerModel {
  readonly page: Pick<Page<unknown>, 'older' | 'newer'>;
  /** The address of this list at a cursor. */
  readonly at: (cursor: string) => string;
  /** Words for the two directions, where “Older” and “Newer” say something else. */
  readonly words?: { readonly older: string; readonly newer: string };
}

/** Neighbours only: how many pages there are would have to be counted. */
export function pager({ page, at, words = { older: 'Older', newer: 'Newer' } }: PagerModel): Content {
  if (page.older === null && page.newer === null) return null;
  return html`<nav class="pager" aria-label="Pages">
${page.newer !== null && html`<a class="button pager-newer" rel="prev" href="${at(page.newer)}">${icon('back')}${words.newer}</a>`}
${page.older !== null && html`<a class="button pager-older" rel="next" href="${at(page.older)}">${words.older}${icon('arrow')}</a>`}
</nav>`;
}

/** For the head of the document. */
export function neighbours({ page, at }: PagerModel): { older?: string; newer?: string } {
  return {
    ...(page.older !== null && { older: at(page.older) }),
    ...(page.newer !== null && { newer: at(page.newer) }),
  };
}

interface Tab {
  readonly label: string;
  readonly href: string;
  readonly isCurrent: boolean;
}

/** Links between several views of one list. */
export function tabs(label: string, entries: readonly Tab[]): Content {
  return html`<nav class="tabs" aria-label="${label}"><ul>${entries.map(
    (tab) => html`<li><a href="${tab.href}"${tab.isCurrent && html` aria-current="page"`}>${tab.label}</a></li>`,
  )}</ul></nav>`;
}

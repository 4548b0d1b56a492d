import type { Instant, Page, SearchResult } from '../domain/types.ts';
import { withQuery } from './addresses.ts';
import type { PageFrame } from './frame.ts';
import { icon } from './icons.ts';
import { html, type Content } from './markup.ts';
import { neighbours, pager, type PagerModel } from './pager.ts';
import { emptyState, questionRows } from './question-list.ts';

/** Longer ones are cut off in the field, and refused. */
export const MAX_SEARCH = 200;

export interface SearchModel {
  readonly text: string;
  readonly page: Page<SearchResult>;
  readonly now: Instant;
}

export function searchPage({ text, page, now }: SearchModel): PageFrame {
  const paging: PagerModel = {
    page,
    at: (cursor) => withQuery('/search', { q: text, cursor }),
    words: { older: 'More', newer: 'Back' },
  };
  const content = html`<h1>${text === '' ? 'Search' : html`Search for <q>${text}</q>`}</h1>
<form class="big-search" action="/search" role="search" aria-label="Questions and answers"><label class="visually-hidden" for="q">Words to look for</label>
<input id="q" type="search" name="q" value="${text}" maxlength="${MAX_SEARCH}" placeholder="Words, or a &quot;phrase&quot;"><button class="button button-primary" type="submit">${icon('search')}Search</button></form>
${results(text, page, now)}
${pager(paging)}`;
  return {
    title: text === '' ? 'Search' : `Search: ${text}`,
    width: 'column',
    content,
    search: text,
    isHidden: true,
    ...neighbours(paging),
  };
}

function results(text: string, page: Page<SearchResult>, now: Instant): Content {
  if (page.items.length > 0) return questionRows(page.items, now);
  if (text === '')
    return html`<p class="hint">Looks through the titles and texts of all questions and their answers.</p>`;
  return emptyState('search', 'Nothing found', 'Try fewer words, or other ones. Or ask: then the next one finds it.', {
    label: 'Ask a question',
    href: '/questions/ask',
  });
}

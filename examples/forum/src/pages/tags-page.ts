import type { Tag } from '../domain/types.ts';
import { tagAddress } from './addresses.ts';
import type { PageFrame } from './frame.ts';
import { counted, html } from './markup.ts';
import { emptyState } from './question-list.ts';

export function tagsPage(tags: readonly Tag[], text: string): PageFrame {
  const content = html`<h1>Tags</h1>
<p class="lead">What the questions are about.</p>
<form class="big-search" action="/tags" role="search" aria-label="Tags"><label class="visually-hidden" for="q">Beginning of a tag</label>
<input id="q" type="search" name="q" value="${text}" maxlength="35" placeholder="Begins with…"><button class="button" type="submit">Filter</button></form>
${
  tags.length === 0
    ? emptyState(
        'tag',
        text === '' ? 'There are no tags yet' : 'No tag begins like that',
        'They come with the questions.',
      )
    : html`<ul class="tag-grid">${tags.map(({ name, questionCount }) => html`<li><a class="card card-small" href="${tagAddress(name)}"><span class="tag">${name}</span><span class="hint">${counted(questionCount, 'question')}</span></a></li>`)}</ul>`
}`;
  return { title: 'Tags', width: 'column', content, section: 'tags' };
}

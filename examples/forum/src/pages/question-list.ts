import type { Instant, Page, QuestionSort, QuestionSummary, SearchResult, Tag } from '../domain/types.ts';
import { questionAddress, tagAddress, withQuery } from './addresses.ts';
import { byline } from './author.ts';
import type { PageFrame } from './frame.ts';
import { icon, type IconName } from './icons.ts';
import { attributes, counted, html, sanitized, type Content, type Markup } from './markup.ts';
import { neighbours, pager, tabs, type PagerModel } from './pager.ts';
import { tagList } from './tag-list.ts';

export interface QuestionListModel {
  readonly page: Page<QuestionSummary>;
  readonly sort: QuestionSort;
  readonly cursor: string | undefined;
  /** All that there are, in this tag where there is one. */
  readonly total: number;
  readonly tag: string | undefined;
  readonly popularTags: readonly Tag[];
  readonly isSignedIn: boolean;
  readonly now: Instant;
}

const SORTS: readonly { readonly sort: QuestionSort; readonly label: string }[] = [
  { sort: 'active', label: 'Active' },
  { sort: 'newest', label: 'Newest' },
  { sort: 'votes', label: 'Votes' },
  { sort: 'unanswered', label: 'Unanswered' },
];

/** The start page, and the page of a tag. */
export function questionListPage(model: QuestionListModel): PageFrame {
  const { page, sort, tag, total } = model;
  const title = tag === undefined ? 'Questions' : `Questions about ${tag}`;
  const path = (query: Record<string, string | undefined>): string =>
    tag === undefined ? withQuery('/', query) : tagAddress(tag, query);
  const paging: PagerModel = { page, at: (cursor) => path({ sort: sort === 'active' ? undefined : sort, cursor }) };
  const content = html`${tag === undefined && !model.isSignedIn && model.cursor === undefined && welcome()}
<div class="with-aside">
<div>
<div class="list-head">
<h1>${tag === undefined ? 'Questions' : html`Questions about <span class="tag tag-large">${tag}</span>`}</h1>
<p class="hint">${counted(total, 'question')}</p>
</div>
${tabs(
  'Sorted by',
  SORTS.map(({ sort: other, label }) => ({
    label,
    href: path({ sort: other === 'active' ? undefined : other }),
    isCurrent: other === sort,
  })),
)}
${page.items.length === 0 ? noQuestions(sort, tag) : questionRows(page.items, model.now)}
${pager(paging)}
</div>
${aside(model)}
</div>`;
  return { title, width: 'wide', content, section: 'questions', canonical: path({}), ...neighbours(paging) };
}

function welcome(): Markup {
  return html`<section class="welcome" aria-labelledby="welcome">
<h2 id="welcome">Ask what you would ask a colleague</h2>
<p>Sawal is a forum about signing in, sessions and tokens. Read all of it without an account; sign in to ask, answer and vote.</p>
</section>`;
}

function noQuestions(sort: QuestionSort, tag: string | undefined): Markup {
  if (sort === 'unanswered')
    return emptyState('check', 'Every question has an answer', 'Nothing is waiting for one just now.');
  if (tag !== undefined)
    return emptyState('tag', 'No question has this tag', 'Be the first, or look at all the tags.', {
      label: 'See all tags',
      href: '/tags',
    });
  return emptyState(
    'bubble',
    'Nobody has asked yet',
    'The first question is the hardest one. It need not be a good one.',
    {
      label: 'Ask the first question',
      href: '/questions/ask',
    },
  );
}

function aside({ popularTags, isSignedIn }: QuestionListModel): Content {
  return html`<aside aria-label="Besides">
${
  popularTags.length > 0 &&
  html`<section class="card card-small" aria-labelledby="popular-tags">
<h2 id="popular-tags">Popular tags</h2>
<ul class="tags">${popularTags.map(({ name, questionCount }) => html`<li><a class="tag" href="${tagAddress(name)}">${name}<span class="tag-count"> ${questionCount}<span class="visually-hidden"> ${questionCount === 1 ? 'question' : 'questions'}</span></span></a></li>`)}</ul>
</section>`
}
${
  !isSignedIn &&
  html`<section class="card card-small" aria-labelledby="two-servers">
<h2 id="two-servers">Two servers, one account</h2>
<p class="hint">You sign in at Latchkey, another server. This one never sees your password. <a href="/about">How that works</a></p>
</section>`
}
</aside>`;
}

export function questionRows(questions: readonly (QuestionSummary | SearchResult)[], now: Instant): Markup {
  return html`<ol class="questions">${questions.map((question) => html`<li>${questionRow(question, now)}</li>`)}</ol>`;
}

function questionRow(question: QuestionSummary | SearchResult, now: Instant): Markup {
  const { answerCount, hasAccepted, isLocked, score } = question;
  const text = 'snippet' in question ? sanitized(question.snippet) : question.excerpt;
  return html`<article class="question-row">
<h2><a href="${questionAddress(question)}">${question.title}</a>${isLocked && html` <span class="badge">${icon('lock')}Locked</span>`}</h2>
<p class="excerpt">${text}</p>
<div class="row-end">
<p class="row-counts">
<span class="answer-count${hasAccepted && ' has-accepted'}${answerCount === 0 && ' has-none'}">${hasAccepted && icon('check')}${answersAvailable(answerCount)}${hasAccepted && html`<span class="visually-hidden">, one of them accepted</span>`}</span>
<span class="row-score">${counted(score, 'vote')}</span>
</p>
${tagList(question.tags)}
${byline(question.author, question.askedAt, now, 'asked by')}
</div>
</article>`;
}

export function answersAvailable(count: number): string {
  return count === 0 ? 'No answers yet' : `${counted(count, 'answer')} available`;
}

/** In the place of a list that has nothing in it. */
export function emptyState(
  iconName: IconName,
  title: string,
  text: string,
  action?: { readonly label: string; readonly href: string },
): Markup {
  return html`<div class="empty"><span class="medallion">${icon(iconName)}</span>
<p class="empty-title">${title}</p>
<p class="hint">${text}</p>
${action && html`<a${attributes({ class: 'button button-primary', href: action.href })}>${action.label}</a>`}</div>`;
}

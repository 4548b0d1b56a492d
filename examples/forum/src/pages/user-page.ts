import type { AnswerSummary, Instant, Page, Profile, QuestionSummary } from '../domain/types.ts';
import { answerAddress, authorAddress, questionAddress, withQuery } from './addresses.ts';
import { avatar } from './author.ts';
import type { PageFrame } from './frame.ts';
import { icon } from './icons.ts';
import { counted, html, sanitized, type Content, type Markup } from './markup.ts';
import { neighbours, pager, tabs, type PagerModel } from './pager.ts';
import { emptyState, questionRows } from './question-list.ts';
import { ago, day } from './time.ts';

export type UserPosts =
  | { readonly show: 'questions'; readonly page: Page<QuestionSummary> }
  | { readonly show: 'answers'; readonly page: Page<AnswerSummary> };

export interface UserPageModel {
  readonly profile: Profile;
  readonly posts: UserPosts;
  readonly isOwn: boolean;
  readonly now: Instant;
}

export function userPage({ profile, posts, isOwn, now }: UserPageModel): PageFrame {
  const { author } = profile;
  const address = authorAddress(author.id);
  const paging: PagerModel = {
    page: posts.page,
    at: (cursor) => withQuery(address, { show: posts.show === 'questions' ? undefined : posts.show, cursor }),
  };
  const content = html`${profileHead(profile, isOwn)}
${tabs('Posts', [
  { label: `Questions (${profile.questionCount})`, href: address, isCurrent: posts.show === 'questions' },
  { label: `Answers (${profile.answerCount})`, href: `${address}?show=answers`, isCurrent: posts.show === 'answers' },
])}
${postList(posts, now)}
${pager(paging)}`;
  return { title: author.name, width: 'column', content, isHidden: author.isAnonymised, ...neighbours(paging) };
}

function profileHead({ author, aboutHtml, score, joinedAt }: Profile, isOwn: boolean): Markup {
  return html`<header class="card profile-head">
${avatar(author.name, 'large')}
<div>
<h1>${author.name}</h1>
${author.title && html`<p class="profile-title">${author.title}</p>`}
${!author.isAnonymised && html`<p class="hint">Here since ${day(joinedAt)} <span class="dot" aria-hidden="true">·</span> ${counted(score, 'vote')} for all posts together</p>`}
${author.isAnonymised && html`<p class="hint">The account was deleted. What was written stays, without the name.</p>`}
</div>
${isOwn && html`<a class="button button-small" href="/profile">${icon('pen')}Edit my profile</a>`}
${aboutHtml !== '' && html`<div class="prose profile-about">${sanitized(aboutHtml)}</div>`}
</header>`;
}

function postList(posts: UserPosts, now: Instant): Content {
  if (posts.page.items.length === 0) {
    return emptyState(
      'bubble',
      posts.show === 'questions' ? 'No questions so far' : 'No answers so far',
      'They will be listed here.',
    );
  }
  if (posts.show === 'questions') return questionRows(posts.page.items, now);
  return html`<ol class="questions">${posts.page.items.map((answer) => html`<li>${answerRow(answer, now)}</li>`)}</ol>`;
}

function answerRow(answer: AnswerSummary, now: Instant): Markup {
  return html`<article class="question-row">
<h2><a href="${answerAddress(answer.id)}">Answer ${answer.number} to: ${answer.question.title}</a></h2>
<p class="excerpt">${answer.excerpt}</p>
<div class="row-end"><p class="row-counts">${answer.isAccepted && html`<span class="answer-count has-accepted">${icon('check')}Accepted</span>`}<span class="row-score">${counted(answer.score, 'vote')}</span></p>
<p class="byline">answered ${ago(answer.createdAt, now)} <span class="dot" aria-hidden="true">·</span> <a href="${questionAddress(answer.question)}">the question</a></p></div>
</article>`;
}

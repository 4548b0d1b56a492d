import type { Instant, ModerationAction, ModerationEntry, Page } from '../domain/types.ts';
import { answerAddress, questionAddress, withQuery } from './addresses.ts';
import { authorName } from './author.ts';
import type { PageFrame } from './frame.ts';
import { html, type Markup } from './markup.ts';
import { neighbours, pager, type PagerModel } from './pager.ts';
import { emptyState } from './question-list.ts';
import { ago } from './time.ts';

const DEEDS: Readonly<Record<ModerationAction, string>> = {
  question_deleted: 'deleted the question',
  answer_deleted: 'deleted an answer to',
  comment_deleted: 'deleted a comment on',
  question_edited: 'edited the question',
  answer_edited: 'edited an answer to',
  question_locked: 'locked the question',
  question_unlocked: 'unlocked the question',
};

/** For moderators: what was done to the posts of others, by whom, and through which program. */
export function moderationPage(page: Page<ModerationEntry>, now: Instant): PageFrame {
  const paging: PagerModel = { page, at: (cursor) => withQuery('/moderation', { cursor }) };
  const content = html`<h1>Moderation</h1>
<p class="lead">What moderators did to the posts of others.</p>
${
  page.items.length === 0
    ? emptyState('check', 'Nothing had to be done', 'What moderators do will be listed here.')
    : html`<ol class="notifications">${page.items.map((item) => html`<li>${entry(item, now)}</li>`)}</ol>`
}
${pager(paging)}`;
  return { title: 'Moderation', width: 'column', content, isHidden: true, ...neighbours(paging) };
}

function entry({ action, moderator, actor, question, answerId, reason, at }: ModerationEntry, now: Instant): Markup {
  const address =
    answerId === null || action === 'answer_deleted' ? questionAddress(question) : answerAddress(answerId);
  return html`<div class="notification"><div>
<p>${authorName(moderator)}${actor !== null && html` <span class="badge">through ${actor}</span>`} ${DEEDS[action]} <a href="${address}">${question.title}</a></p>
${reason !== null && html`<p class="hint">“${reason}”</p>`}
<p class="author-when">${ago(at, now)}</p>
</div></div>`;
}

import type { Instant, Notification, Page } from '../domain/types.ts';
import { answerAddress, commentAnchor, questionAddress, withQuery } from './addresses.ts';
import { authorName } from './author.ts';
import { hiddenField } from './form-field.ts';
import type { PageFrame } from './frame.ts';
import { icon, type IconName } from './icons.ts';
import { counted, html, type Content, type Markup } from './markup.ts';
import { neighbours, pager, type PagerModel } from './pager.ts';
import { emptyState } from './question-list.ts';
import { ago } from './time.ts';

export interface NotificationsModel {
  readonly page: Page<Notification>;
  /** 100 stands for 100 or more. */
  readonly unread: number;
  readonly now: Instant;
}

export function notificationsPage({ page, unread, now }: NotificationsModel): PageFrame {
  const paging: PagerModel = { page, at: (cursor) => withQuery('/notifications', { cursor }) };
  const content = html`<div class="list-head"><h1>Notifications</h1>
${unread > 0 && html`<form method="post" action="/notifications/read">${hiddenField('all', 'yes')}<button class="button button-small" type="submit">${icon('check')}Mark all as read</button></form>`}</div>
${
  page.items.length === 0
    ? emptyState(
        'bell',
        'Nothing has happened yet',
        'Answers, comments and votes for what you wrote will be told here.',
      )
    : html`<ol class="notifications">${page.items.map((notification) => html`<li>${entry(notification, now)}</li>`)}</ol>`
}
${pager(paging)}`;
  return { title: 'Notifications', width: 'column', content, isHidden: true, ...neighbours(paging) };
}

const ICONS: Readonly<Record<Notification['kind'], IconName>> = {
  answered: 'bubble',
  commented: 'bubble',
  accepted: 'check',
  voted: 'up',
};

function entry(notification: Notification, now: Instant): Markup {
  const { id, kind, question, isRead, createdAt } = notification;
  return html`<div class="notification${!isRead && ' is-unread'}">
<span class="medallion medallion-small">${icon(ICONS[kind])}</span>
<div><p>${!isRead && html`<span class="visually-hidden">Unread: </span>`}${sentence(notification)} <a class="notification-link" href="${target(notification)}"${!isRead && html` data-read="${id}"`}>${question.title}</a></p>
<p class="author-when">${ago(createdAt, now)}</p></div>
${!isRead && html`<form method="post" action="/notifications/read">${hiddenField('id', id)}<button class="quiet-button" type="submit">Mark as read</button></form>`}
</div>`;
}

function sentence({ kind, by, answerId, count }: Notification): Content {
  const who = by === null ? 'Somebody' : authorName(by);
  const what = answerId === null ? 'your question' : 'your answer to';
  switch (kind) {
    case 'answered':
      return html`${who} answered your question`;
    case 'commented':
      return html`${who} commented on ${what}`;
    case 'accepted':
      return html`${who} accepted your answer to`;
    case 'voted':
      return html`${counted(count, 'vote')} for ${what}`;
  }
}

function target({ question, answerId, commentId }: Notification): string {
  if (answerId === null)
    return `${questionAddress(question)}${commentId === null ? '' : `#${commentAnchor(commentId)}`}`;
  return withQuery(answerAddress(answerId), { comment: commentId === null ? undefined : String(commentId) });
}

import type { Answer, Instant, Post, PostRef, Question } from '../domain/types.ts';
import { postAddress, postAnchor } from './addresses.ts';
import { authorCard } from './author.ts';
import { comments } from './comments.ts';
import { confirmed } from './confirmed.ts';
import { icon } from './icons.ts';
import { html, sanitized, type Content, type Markup } from './markup.ts';
import { tagList } from './tag-list.ts';
import { ago } from './time.ts';
import { voteBox } from './vote-box.ts';

export function questionPost(question: Question, isOwn: boolean, now: Instant): Markup {
  const post: PostRef = { kind: 'question', id: question.id };
  const what = 'the question';
  return html`<article class="post" id="${postAnchor(post)}" aria-label="Question">
${voteBox({ post, score: question.score, viewerVote: question.viewerVote, mayVote: question.may.vote, what })}
<div class="post-main">
<div class="prose">${sanitized(question.html)}</div>
${tagList(question.tags)}
<footer class="post-end">
${authorCard(question.author, when(question, post, 'asked', now))}
<div class="post-actions">${edit(question.may.edit, post, what)}${remove(question.may.delete, post, what, isOwn)}${question.may.lock && lock(question)}</div>
</footer>
${comments({ post, comments: question.comments, mayComment: question.may.comment, what, now })}
</div>
</article>`;
}

export function answerPost(answer: Answer, isOwn: boolean, now: Instant): Markup {
  const post: PostRef = { kind: 'answer', id: answer.id };
  const what = `answer ${answer.number}`;
  const heading = html`<h3><a href="${postAddress(post)}" data-copy-link>Answer ${answer.number}</a></h3>`;
  if (answer.isDeleted && answer.html === '') {
    return html`<article class="post post-gone" id="${postAnchor(post)}" aria-label="Answer ${answer.number}">${heading}<p class="hint">This answer was deleted.</p></article>`;
  }
  return html`<article class="post${answer.isAccepted && ' post-accepted'}${answer.isDeleted && ' post-deleted'}" id="${postAnchor(post)}" aria-label="Answer ${answer.number}">
${voteBox({ post, score: answer.score, viewerVote: answer.viewerVote, mayVote: answer.may.vote, what })}
<div class="post-main">
<header class="answer-head">${heading}${answer.isAccepted && html`<span class="accepted">${icon('check')}Accepted by the asker</span>`}${answer.isDeleted && html`<span class="badge badge-danger">Deleted: only moderators see it</span>`}</header>
<div class="prose">${sanitized(answer.html)}</div>
<footer class="post-end">
${authorCard(answer.author, when(answer, post, 'answered', now))}
<div class="post-actions">${answer.may.accept && accept(answer)}${edit(answer.may.edit, post, what)}${remove(answer.may.delete, post, what, isOwn)}</div>
</footer>
${comments({ post, comments: answer.comments, mayComment: answer.may.comment, what, now })}
</div>
</article>`;
}

function when(post: Post, ref: PostRef, verb: string, now: Instant): Markup {
  const { createdAt, editedAt } = post;
  return html`${verb} ${ago(createdAt, now)}${editedAt !== null && html` <span class="dot" aria-hidden="true">·</span> <a class="quiet" href="${postAddress(ref)}/history">edited ${ago(editedAt, now)}</a>`}`;
}

function edit(may: boolean, post: PostRef, what: string): Content {
  if (!may) return null;
  return html`<a class="quiet-button" href="${postAddress(post)}/edit">${icon('pen')}Edit<span class="visually-hidden"> ${what}</span></a>`;
}

function remove(may: boolean, post: PostRef, what: string, isOwn: boolean): Content {
  if (!may) return null;
  const reason = { idPrefix: `delete-${postAnchor(post)}-`, hint: 'For the log of moderation.', isOptional: true };
  return confirmed({
    label: 'Delete',
    of: what,
    action: `${postAddress(post)}/delete`,
    question: `Delete ${what}? Readers will not see it any more.`,
    yes: `Delete ${what}`,
    ...(!isOwn && { reason }),
  });
}

function accept(answer: Answer): Markup {
  const { id, number, isAccepted } = answer;
  const label = isAccepted ? 'Take back the acceptance' : 'Accept';
  return html`<form method="post" action="/answers/${id}/${isAccepted ? 'unaccept' : 'accept'}"><button class="quiet-button quiet-good" type="submit">${icon('check')}${label}<span class="visually-hidden"> of answer ${number}</span></button></form>`;
}

function lock({ id, isLocked }: Question): Markup {
  if (isLocked) {
    return html`<form method="post" action="/questions/${id}/unlock"><button class="quiet-button" type="submit">${icon('lock')}Unlock<span class="visually-hidden"> the question</span></button></form>`;
  }
  return confirmed({
    label: 'Lock',
    of: 'the question',
    action: `/questions/${id}/lock`,
    question: 'Lock the question? It stays to be read, and takes no more answers, comments or votes.',
    yes: 'Lock the question',
    reason: { idPrefix: `lock-${id}-`, hint: 'Everybody sees it on the page.', isOptional: false },
    icon: icon('lock'),
  });
}

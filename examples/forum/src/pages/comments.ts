import { limits } from '../domain/text.ts';
import type { Comment, Instant, PostRef } from '../domain/types.ts';
import { commentAnchor, postAddress, postAnchor } from './addresses.ts';
import { authorName } from './author.ts';
import { confirmed } from './confirmed.ts';
import { textArea } from './form-field.ts';
import { icon } from './icons.ts';
import { html, sanitized, type Content, type Markup } from './markup.ts';
import { ago } from './time.ts';

export interface CommentsModel {
  readonly post: PostRef;
  readonly comments: readonly Comment[];
  readonly mayComment: boolean;
  /** “the question”, “answer 3”. */
  readonly what: string;
  readonly now: Instant;
}

export function comments(model: CommentsModel): Content {
  const { post, mayComment, what } = model;
  if (model.comments.length === 0 && !mayComment) return null;
  return html`<section class="comments" aria-label="Comments on ${what}">
${model.comments.length > 0 && html`<ul>${model.comments.map((comment) => commentEntry(comment, model.now))}</ul>`}
${
  mayComment &&
  html`<details class="add-comment"><summary>${icon('plus')}Add a comment<span class="visually-hidden"> on ${what}</span></summary>
<form method="post" action="${postAddress(post)}/comments">
${textArea({ name: 'text', idPrefix: `${postAnchor(post)}-`, label: 'Comment', hint: 'To ask for more, or to correct a detail. Answers go below.', value: '', maxLength: limits.comment.max, rows: 3 })}
<button class="button button-small" type="submit">Post the comment</button>
</form></details>`
}
</section>`;
}

function commentEntry(comment: Comment, now: Instant): Markup {
  const anchor = commentAnchor(comment.id);
  return html`<li class="comment" id="${anchor}">
<p><span class="comment-text">${sanitized(comment.html)}</span> <span class="comment-by">– ${authorName(comment.author)}, <a class="quiet" href="#${anchor}">${ago(comment.createdAt, now)}</a></span></p>
${comment.may.delete && confirmed({ label: 'Delete', of: `the comment by ${comment.author.name}`, action: `/comments/${comment.id}/delete`, question: 'Delete this comment?', yes: 'Delete the comment' })}
</li>`;
}

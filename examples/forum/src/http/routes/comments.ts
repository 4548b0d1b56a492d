import type { PostRef } from '../../domain/types.ts';
import { commentOn, deleteComment } from '../../operations/index.ts';
import {
  answerAddress,
  commentAnchor,
  postAddress,
  postAnchor,
  questionAddress,
  withQuery,
} from '../../pages/addresses.ts';
import { commentPage } from '../../pages/post-forms.ts';
import type { App, AppContext } from '../environment.ts';
import { readForm } from '../form-body.ts';
import { ID, idOf } from '../parameters.ts';
import { submitReason } from '../submit-reason.ts';
import { submit } from '../submit.ts';

export function mountComments(app: App): void {
  app.post(`/questions/${ID}/comments`, (c) => postComment(c, { kind: 'question', id: idOf(c) }));
  app.post(`/answers/${ID}/comments`, (c) => postComment(c, { kind: 'answer', id: idOf(c) }));
  app.post(`/comments/${ID}/delete`, postDelete);
}

async function postComment(c: AppContext, post: PostRef): Promise<Response> {
  const form = await readForm(c);
  const text = form.text('text');
  return submit(c, form, {
    write: (viewer) => commentOn(c.var.context, viewer, { post, text }),
    next: ({ id, questionId, slug }) =>
      post.kind === 'question'
        ? `${questionAddress({ id: questionId, slug })}#${commentAnchor(id)}`
        : withQuery(answerAddress(post.id), { comment: String(id) }),
    again: (state) => commentPage(post, text, state),
  });
}

function postDelete(c: AppContext): Promise<Response> {
  const id = idOf(c);
  return submitReason(c, {
    title: 'Delete the comment',
    cancel: '/',
    write: (viewer, reason) => deleteComment(c.var.context, viewer, { id, ...(reason && { reason }) }),
    next: ({ post, questionId, slug }) =>
      post.kind === 'question' ? `${questionAddress({ id: questionId, slug })}#${postAnchor(post)}` : postAddress(post),
  });
}

import { verdicts } from '../domain/may.ts';
import { allOf, checkLine, limits } from '../domain/text.ts';
import type { CommentId, PostRef, QuestionId, Viewer, WriteOutcome } from '../domain/types.ts';
import { insertComment, listComments } from '../storage/comments.ts';
import { insertNotification } from '../storage/notifications.ts';
import { addToCommentCount } from '../storage/posts.ts';
import { TWIN_MS } from './ask-question.ts';
import type { ForumContext } from './context.ts';
import { factsOf, findLivingPost, refused, takePace, writeAs } from './write.ts';

/** All of them are on the page. */
const MOST_COMMENTS = 50;

type Commented = WriteOutcome<{ id: CommentId; questionId: QuestionId; slug: string }>;

/** The same text again within ten minutes gives the first comment again. */
export function commentOn(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly post: PostRef; readonly text: string },
): Commented {
  const checked = allOf({ text: checkLine('text', input.text, limits.comment) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { text } = checked.values;

  return writeAs<Commented>(context, viewer, (writing) => {
    const { database, now } = writing;
    const found = findLivingPost(database, input.post);
    if (found === undefined) return refused('not_found');
    const { post, question } = found;
    const { id: questionId, slug } = question;
    const verdict = verdicts.add(factsOf(question));
    if (verdict !== undefined) return refused(verdict);

    const comments = listComments(database, post.id);
    const twin = comments.find(
      (comment) => comment.authorId === viewer.id && comment.text === text && comment.createdAt >= now - TWIN_MS,
    );
    if (twin !== undefined) return { kind: 'done', id: twin.id, questionId, slug };
    if (comments.length >= MOST_COMMENTS) return refused('full');
    const tooFast = takePace(writing, viewer.id, 'comment');
    if (tooFast !== undefined) return tooFast;

    const id = insertComment(database, { postId: post.id, authorId: viewer.id, text, now });
    addToCommentCount(database, post.id, 1);
    if (post.authorId !== viewer.id) {
      const to = post.authorId;
      const about = { questionId, postId: post.id, commentId: id };
      insertNotification(database, { to, kind: 'commented', ...about, by: viewer.id, now });
      writing.ringFor(to);
    }
    return { kind: 'done', id, questionId, slug };
  });
}

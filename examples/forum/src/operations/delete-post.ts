import { verdicts } from '../domain/may.ts';
import { allOf, checkLine, limits } from '../domain/text.ts';
import type { CommentId, PostRef, QuestionId, Viewer, WriteOutcome } from '../domain/types.ts';
import { addToAuthor, takeAnswersFromAuthors } from '../storage/authors.ts';
import { findComment, markCommentDeleted } from '../storage/comments.ts';
import { forgetAnswer, forgetComment, forgetQuestion } from '../storage/notifications.ts';
import { addToCommentCount, findPostById, markPostDeleted, refOf } from '../storage/posts.ts';
import { addToTotal, loseAnswer, markQuestionDeleted } from '../storage/questions.ts';
import { removeSearchable, removeSearchableQuestion } from '../storage/search.ts';
import { clearTags, refreshTags } from '../storage/tags.ts';
import type { ForumContext } from './context.ts';
import { factsOf, findLivingPost, type FoundPost, logModeration, refused, writeAs, type Writing } from './write.ts';

const optionalReason = { min: 0, max: limits.reason.max };

function removeQuestion({ database, now, ringFor }: Writing, { post, question }: FoundPost): void {
  markQuestionDeleted(database, question.id, now);
  takeAnswersFromAuthors(database, question.id);
  addToAuthor(database, post.authorId, { questions: -1, score: -post.score });
  addToTotal(database, -1);
  clearTags(database, question.id);
  removeSearchableQuestion(database, question.id);
  for (const authorId of forgetQuestion(database, question.id)) ringFor(authorId);
}

function removeAnswer({ database, ringFor }: Writing, { post, question }: FoundPost): void {
  loseAnswer(database, question.id, post.id);
  refreshTags(database, question.id);
  addToAuthor(database, post.authorId, { answers: -1, score: -post.score });
  removeSearchable(database, post.id);
  for (const authorId of forgetAnswer(database, question.id, post.id)) ringFor(authorId);
}

/** Moderators still see it. Deleting again is 'not_found'. */
export function deletePost(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly post: PostRef; readonly reason?: string | undefined },
): WriteOutcome<{ questionId: QuestionId; slug: string }> {
  const checked = allOf({ reason: checkLine('reason', input.reason ?? '', optionalReason) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { reason } = checked.values;

  return writeAs<WriteOutcome<{ questionId: QuestionId; slug: string }>>(context, viewer, (writing) => {
    const found = findLivingPost(writing.database, input.post);
    if (found === undefined) return refused('not_found');
    const { post, question } = found;
    const isQuestion = post.number === 0;
    const answer = { authorId: post.authorId, isDeleted: false, isAccepted: question.acceptedId === post.id };
    const verdict = isQuestion
      ? verdicts.deleteQuestion(viewer, factsOf(question))
      : verdicts.deleteAnswer(viewer, answer, factsOf(question));
    if (verdict !== undefined) return refused(verdict);

    if (isQuestion) removeQuestion(writing, found);
    else removeAnswer(writing, found);
    markPostDeleted(writing.database, post.id, viewer.id, writing.now);
    if (viewer.id !== post.authorId) {
      logModeration(writing, viewer, { action: isQuestion ? 'question_deleted' : 'answer_deleted', post, reason });
    }
    return { kind: 'done', questionId: question.id, slug: question.slug };
  });
}

export function deleteComment(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly id: CommentId; readonly reason?: string | undefined },
): WriteOutcome<{ questionId: QuestionId; slug: string; post: PostRef }> {
  const checked = allOf({ reason: checkLine('reason', input.reason ?? '', optionalReason) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { reason } = checked.values;

  return writeAs<WriteOutcome<{ questionId: QuestionId; slug: string; post: PostRef }>>(context, viewer, (writing) => {
    const { database, now } = writing;
    const comment = findComment(database, input.id);
    const ref = comment === undefined ? undefined : findPostById(database, comment.postId);
    const found = ref === undefined ? undefined : findLivingPost(database, refOf(ref));
    if (comment === undefined || found === undefined) return refused('not_found');
    const verdict = verdicts.deleteComment(viewer, comment, factsOf(found.question));
    if (verdict !== undefined) return refused(verdict);

    const { post, question } = found;
    markCommentDeleted(database, comment.id, viewer.id, now);
    addToCommentCount(database, post.id, -1);
    for (const authorId of forgetComment(database, comment.id)) writing.ringFor(authorId);
    if (viewer.id !== comment.authorId) {
      logModeration(writing, viewer, { action: 'comment_deleted', post, commentId: comment.id, reason });
    }
    return { kind: 'done', questionId: question.id, slug: question.slug, post: refOf(post) };
  });
}

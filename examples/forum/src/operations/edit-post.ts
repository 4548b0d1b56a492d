import { excerptOf, plainText } from '../domain/markdown.ts';
import { verdicts } from '../domain/may.ts';
import { slugOf } from '../domain/slug.ts';
import { allOf, checkText, limits } from '../domain/text.ts';
import type { AnswerId, PostRef, QuestionId, Refused, Viewer, WriteOutcome } from '../domain/types.ts';
import { rewritePost } from '../storage/posts.ts';
import { rewriteQuestion } from '../storage/questions.ts';
import { insertRevision } from '../storage/revisions.ts';
import { putSearchable } from '../storage/search.ts';
import { setTags } from '../storage/tags.ts';
import { checkQuestion, type QuestionInput } from './ask-question.ts';
import type { ForumContext } from './context.ts';
import {
  factsOf,
  findLivingPost,
  type FoundPost,
  logModeration,
  refused,
  takePace,
  writeAs,
  type Writing,
} from './write.ts';

/** The post, if the viewer may edit it and it is still what the form showed. */
function openPost(
  { database }: Writing,
  viewer: Viewer,
  ref: PostRef,
  revision: number | undefined,
): FoundPost | Refused {
  const found = findLivingPost(database, ref);
  if (found === undefined) return refused('not_found');
  const verdict = verdicts.edit(viewer, found.post, factsOf(found.question));
  if (verdict !== undefined) return refused(verdict);
  return revision !== undefined && revision !== found.post.revisions ? refused('changed_meanwhile') : found;
}

/** Keeps what the post was, and puts the new text in its place. */
function replaceBody(
  writing: Writing,
  viewer: Viewer,
  { post, question }: FoundPost,
  body: string,
): Refused | undefined {
  const { database, now } = writing;
  const isQuestion = post.number === 0;
  const tooFast = takePace(writing, viewer.id, 'edit');
  if (tooFast !== undefined) return tooFast;
  insertRevision(database, {
    postId: post.id,
    number: post.revisions,
    authorId: post.editedBy ?? post.authorId,
    at: post.editedAt ?? post.createdAt,
    title: isQuestion ? question.title : null,
    tags: isQuestion ? question.tags : null,
    body: post.body,
  });
  rewritePost(database, post.id, { body, editedBy: viewer.id, now });
  if (viewer.id !== post.authorId) {
    logModeration(writing, viewer, { action: isQuestion ? 'question_edited' : 'answer_edited', post });
  }
  return undefined;
}

/** `revision`: the `revisions` of the post that the form was filled with. The same text again changes nothing. */
export function editQuestion(
  context: ForumContext,
  viewer: Viewer,
  input: QuestionInput & { readonly id: QuestionId; readonly revision?: number | undefined },
): WriteOutcome<{ id: QuestionId; slug: string }> {
  const checked = checkQuestion(input);
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { title, body, tags } = checked.values;

  return writeAs<WriteOutcome<{ id: QuestionId; slug: string }>>(context, viewer, (writing) => {
    const { database } = writing;
    const found = openPost(writing, viewer, { kind: 'question', id: input.id }, input.revision);
    if ('kind' in found) return found;
    const { post, question } = found;
    const isSame = post.body === body && question.title === title && question.tags === tags.join(' ');
    if (isSame) return { kind: 'done', id: question.id, slug: question.slug };

    const stopped = replaceBody(writing, viewer, found, body);
    if (stopped !== undefined) return stopped;
    const slug = slugOf(title);
    rewriteQuestion(database, question.id, { title, slug, excerpt: excerptOf(body), tags });
    setTags(database, question.id, tags);
    putSearchable(database, question.id, { title, body: plainText(body), tags });
    return { kind: 'done', id: question.id, slug };
  });
}

export function editAnswer(
  context: ForumContext,
  viewer: Viewer,
  input: { readonly id: AnswerId; readonly body: string; readonly revision?: number | undefined },
): WriteOutcome<{ id: AnswerId; questionId: QuestionId; slug: string }> {
  const checked = allOf({ body: checkText('body', input.body, limits.body) });
  if ('problems' in checked) return { kind: 'invalid', problems: checked.problems };
  const { body } = checked.values;

  return writeAs<WriteOutcome<{ id: AnswerId; questionId: QuestionId; slug: string }>>(context, viewer, (writing) => {
    const found = openPost(writing, viewer, { kind: 'answer', id: input.id }, input.revision);
    if ('kind' in found) return found;
    const { post, question } = found;
    if (post.body !== body) {
      const stopped = replaceBody(writing, viewer, found, body);
      if (stopped !== undefined) return stopped;
      putSearchable(writing.database, post.id, { title: '', body: plainText(body), tags: [] });
    }
    return { kind: 'done', id: post.id, questionId: question.id, slug: question.slug };
  });
}

import type { History, PostRef, Revision, Viewer } from '../domain/types.ts';
import { authorOf, findAuthor } from '../storage/authors.ts';
import { findPost } from '../storage/posts.ts';
import { findQuestion, tagsOf } from '../storage/questions.ts';
import { listRevisions } from '../storage/revisions.ts';
import type { ForumContext } from './context.ts';

const MOST_REVISIONS = 50;

/** Of deleted posts for moderators alone. The newest fifty revisions. */
export function readHistory({ database }: ForumContext, viewer: Viewer | undefined, ref: PostRef): History | undefined {
  return database.snapshot(() => {
    const post = findPost(database, ref);
    const question = post === undefined ? undefined : findQuestion(database, post.questionId);
    if (post === undefined || question === undefined) return undefined;
    const isDeleted = post.deletedAt !== null || question.deletedAt !== null;
    if (isDeleted && viewer?.isModerator !== true) return undefined;

    const editor = post.editedBy === null ? post : (findAuthor(database, post.editedBy) ?? post);
    const current: Revision = {
      number: post.revisions,
      at: post.editedAt ?? post.createdAt,
      author: authorOf(editor),
      body: post.body,
      ...(ref.kind === 'question' && { title: question.title, tags: tagsOf(question) }),
    };
    const past = listRevisions(database, post.id, MOST_REVISIONS - 1).map((row) => ({
      number: row.number,
      at: row.at,
      author: authorOf(row),
      body: row.body,
      ...(row.title !== null && row.tags !== null && { title: row.title, tags: tagsOf({ tags: row.tags }) }),
    }));
    return {
      post: ref,
      question: { id: question.id, slug: question.slug, title: question.title },
      revisions: [current, ...past],
    };
  });
}

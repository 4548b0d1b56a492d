import type { Cursor, ModerationEntry, Page, Viewer } from '../domain/types.ts';
import { authorOf } from '../storage/authors.ts';
import { readKeyset } from '../storage/keyset.ts';
import { moderationLog, type ModerationRow } from '../storage/moderation-log.ts';
import type { ForumContext } from './context.ts';
import { PAGE_SIZE } from './list-questions.ts';

/** Newest first. Undefined: the viewer is no moderator. */
export function listModerationLog(
  { database }: ForumContext,
  viewer: Viewer | undefined,
  input: { readonly cursor?: Cursor | undefined },
): Page<ModerationEntry> | undefined {
  if (viewer?.isModerator !== true) return undefined;
  const { rows, older, newer } = readKeyset<ModerationRow>(database, moderationLog, input.cursor, PAGE_SIZE);
  const items = rows.map((row) => ({
    id: row.id,
    at: row.at,
    action: row.action,
    moderator: authorOf(row),
    actor: row.actor,
    question: { id: row.questionId, slug: row.slug, title: row.title },
    answerId: row.postId === row.questionId ? null : row.postId,
    commentId: row.commentId,
    reason: row.reason,
  }));
  return { items, older, newer };
}

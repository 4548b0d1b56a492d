import type { AuthorId, CommentId, Instant } from '../domain/types.ts';
import { AUTHOR_COLUMNS, type AuthorColumns } from './authors.ts';
import type { ForumDatabase } from './database.ts';

export interface CommentRow extends AuthorColumns {
  readonly id: CommentId;
  readonly postId: number;
  readonly text: string;
  readonly createdAt: Instant;
}

const COMMENT_COLUMNS = `c.id, c.post_id AS postId, c.text, c.created_at AS createdAt, ${AUTHOR_COLUMNS}`;
const COMMENTS = 'comments c CROSS JOIN authors a ON a.id = c.author_id';

/** Oldest first. There are never more than a post may have. */
export function listComments(database: ForumDatabase, postId: number): readonly CommentRow[] {
  return database
    .statement<CommentRow>(
      `SELECT ${COMMENT_COLUMNS} FROM ${COMMENTS} WHERE c.post_id = ? AND c.deleted_at IS NULL ORDER BY c.id`,
    )
    .all(postId);
}

export function findComment(database: ForumDatabase, id: CommentId): CommentRow | undefined {
  return database
    .statement<CommentRow>(`SELECT ${COMMENT_COLUMNS} FROM ${COMMENTS} WHERE c.id = ? AND c.deleted_at IS NULL`)
    .get(id);
}

export function insertComment(
  database: ForumDatabase,
  {
    postId,
    authorId,
    text,
    now,
  }: {
    readonly postId: number;
    readonly authorId: AuthorId;
    readonly text: string;
    readonly now: Instant;
  },
): CommentId {
  return database
    .statement('INSERT INTO comments (post_id, author_id, text, created_at) VALUES (?, ?, ?, ?)')
    .insert(postId, authorId, text, now);
}

/** False where it was deleted already. */
export function markCommentDeleted(database: ForumDatabase, id: CommentId, by: AuthorId, now: Instant): boolean {
  const changed = database
    .statement('UPDATE comments SET deleted_at = ?, deleted_by = ? WHERE id = ? AND deleted_at IS NULL')
    .run(now, by, id);
  return changed === 1;
}

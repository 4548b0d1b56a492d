import type { AuthorId, CommentId, Instant, ModerationAction, QuestionId } from '../domain/types.ts';
import { AUTHOR_COLUMNS, type AuthorColumns } from './authors.ts';
import type { ForumDatabase } from './database.ts';
import type { Keyset } from './keyset.ts';

export interface ModerationRow extends AuthorColumns {
  readonly id: number;
  readonly at: Instant;
  readonly action: ModerationAction;
  readonly actor: string | null;
  readonly questionId: QuestionId;
  readonly postId: number;
  readonly commentId: CommentId | null;
  readonly reason: string | null;
  readonly slug: string;
  readonly title: string;
}

export const moderationLog: Keyset = {
  list: 'moderation',
  select: `m.id, m.at, m.action, m.actor, m.question_id AS questionId, m.post_id AS postId, m.comment_id AS commentId,
    m.reason, q.slug, q.title, ${AUTHOR_COLUMNS}`,
  from: `moderation_log m CROSS JOIN questions q ON q.id = m.question_id
    CROSS JOIN authors a ON a.id = m.moderator_id`,
  where: 'm.id > 0',
  bound: [],
  key: 'm.id',
  id: 'm.id',
  order: 'DESC',
};

export function insertModeration(
  database: ForumDatabase,
  entry: {
    readonly at: Instant;
    readonly action: ModerationAction;
    readonly moderatorId: AuthorId;
    readonly actor: string | undefined;
    readonly questionId: QuestionId;
    readonly postId: number;
    readonly commentId?: CommentId;
    readonly reason?: string | undefined;
  },
): void {
  database
    .statement(
      `INSERT INTO moderation_log (at, action, moderator_id, actor, question_id, post_id, comment_id, reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      entry.at,
      entry.action,
      entry.moderatorId,
      entry.actor ?? null,
      entry.questionId,
      entry.postId,
      entry.commentId ?? null,
      entry.reason ?? null,
    );
}

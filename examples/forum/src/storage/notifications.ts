import type { AuthorId, CommentId, Instant, NotificationId, NotificationKind, QuestionId } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';
import type { Keyset } from './keyset.ts';

export interface NotificationRow {
  readonly id: NotificationId;
  readonly kind: NotificationKind;
  readonly questionId: QuestionId;
  readonly postId: number;
  readonly commentId: CommentId | null;
  readonly count: number;
  readonly createdAt: Instant;
  readonly readAt: Instant | null;
  readonly slug: string;
  readonly title: string;
  readonly authorId: AuthorId | null;
  readonly authorName: string | null;
  readonly authorTitle: string | null;
  readonly authorAnonymisedAt: Instant | null;
}

const NOTIFICATION_COLUMNS = `n.id, n.kind, n.question_id AS questionId, n.post_id AS postId, n.comment_id AS commentId,
  n.count, n.created_at AS createdAt, n.read_at AS readAt, q.slug, q.title, n.by_id AS authorId, a.name AS authorName,
  a.title AS authorTitle, a.anonymised_at AS authorAnonymisedAt`;
const NOTIFICATIONS =
  'notifications n CROSS JOIN questions q ON q.id = n.question_id LEFT JOIN authors a ON a.id = n.by_id';

/** Newest first. */
export function notificationsOf(authorId: AuthorId): Keyset {
  return {
    list: 'bell',
    select: NOTIFICATION_COLUMNS,
    from: NOTIFICATIONS,
    where: 'n.author_id = ?',
    bound: [authorId],
    key: 'n.created_at',
    id: 'n.id',
    order: 'DESC',
  };
}

export function listUnread(
  database: ForumDatabase,
  between: { readonly authorId: AuthorId; readonly since: Instant; readonly before: Instant; readonly limit: number },
): readonly NotificationRow[] {
  const { authorId, since, before, limit } = between;
  return database
    .statement<NotificationRow>(
      `SELECT ${NOTIFICATION_COLUMNS} FROM ${NOTIFICATIONS}
       WHERE n.author_id = ? AND n.read_at IS NULL AND n.created_at >= ? AND n.created_at < ?
       ORDER BY n.created_at DESC, n.id DESC LIMIT ?`,
    )
    .all(authorId, since, before, limit);
}

/** Up to `cap`. */
export function countUnreadOf(database: ForumDatabase, authorId: AuthorId, cap: number): number {
  const row = database
    .statement<{ count: number }>(
      `SELECT count(*) AS count FROM
         (SELECT 1 FROM notifications WHERE author_id = ? AND read_at IS NULL LIMIT ?)`,
    )
    .get(authorId, cap);
  return row?.count ?? 0;
}

export function insertNotification(
  database: ForumDatabase,
  {
    to,
    kind,
    questionId,
    postId,
    commentId,
    by,
    now,
  }: {
    readonly to: AuthorId;
    readonly kind: Exclude<NotificationKind, 'voted'>;
    readonly questionId: QuestionId;
    readonly postId: number;
    readonly commentId?: CommentId;
    readonly by: AuthorId;
    readonly now: Instant;
  },
): void {
  database
    .statement(
      `INSERT INTO notifications (author_id, kind, question_id, post_id, comment_id, by_id, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(to, kind, questionId, postId, commentId ?? null, by, now);
}

/** Votes for a post are one notification until it is read. */
export function gatherVote(
  database: ForumDatabase,
  {
    to,
    questionId,
    postId,
    now,
  }: {
    readonly to: AuthorId;
    readonly questionId: QuestionId;
    readonly postId: number;
    readonly now: Instant;
  },
): void {
  database
    .statement(
      `INSERT INTO notifications (author_id, kind, question_id, post_id, created_at) VALUES (?, 'voted', ?, ?, ?)
       ON CONFLICT (post_id) WHERE kind = 'voted' AND read_at IS NULL
       DO UPDATE SET count = count + 1, created_at = excluded.created_at`,
    )
    .run(to, questionId, postId, now);
}

/** A vote that was taken back before it was read about was never there. */
export function ungatherVote(database: ForumDatabase, postId: number): void {
  const gathered = `post_id = ? AND kind = 'voted' AND read_at IS NULL`;
  database.statement(`DELETE FROM notifications WHERE ${gathered} AND count = 1`).run(postId);
  database.statement(`UPDATE notifications SET count = count - 1 WHERE ${gathered} AND count > 1`).run(postId);
}

export function markAllRead(database: ForumDatabase, authorId: AuthorId, now: Instant): number {
  return database
    .statement('UPDATE notifications SET read_at = ? WHERE author_id = ? AND read_at IS NULL')
    .run(now, authorId);
}

/** False where it is read, or another's. */
export function markOneRead(database: ForumDatabase, authorId: AuthorId, id: NotificationId, now: Instant): boolean {
  const changed = database
    .statement('UPDATE notifications SET read_at = ? WHERE id = ? AND author_id = ? AND read_at IS NULL')
    .run(now, id, authorId);
  return changed === 1;
}

interface Recipient {
  readonly authorId: AuthorId;
}

function recipientsOf(rows: readonly Recipient[]): readonly AuthorId[] {
  return [...new Set(rows.map(({ authorId }) => authorId))];
}

/** Nobody is told of what is gone. Who had been told. */
export function forgetQuestion(database: ForumDatabase, questionId: QuestionId): readonly AuthorId[] {
  return recipientsOf(
    database
      .statement<Recipient>('DELETE FROM notifications WHERE question_id = ? RETURNING author_id AS authorId')
      .all(questionId),
  );
}

export function forgetAnswer(database: ForumDatabase, questionId: QuestionId, postId: number): readonly AuthorId[] {
  return recipientsOf(
    database
      .statement<Recipient>(
        'DELETE FROM notifications WHERE question_id = ? AND post_id = ? RETURNING author_id AS authorId',
      )
      .all(questionId, postId),
  );
}

export function forgetComment(database: ForumDatabase, commentId: CommentId): readonly AuthorId[] {
  return recipientsOf(
    database
      .statement<Recipient>('DELETE FROM notifications WHERE comment_id = ? RETURNING author_id AS authorId')
      .all(commentId),
  );
}

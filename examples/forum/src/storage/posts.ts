import type { AnswerSort, AuthorId, Cursor, Instant, PostRef, QuestionId } from '../domain/types.ts';
import { AUTHOR_COLUMNS, type AuthorColumns } from './authors.ts';
import type { ForumDatabase } from './database.ts';
import { type Keyset, type KeysetPage, readKeyset } from './keyset.ts';

export interface PostRow extends AuthorColumns {
  readonly id: number;
  readonly questionId: QuestionId;
  /** 0 for the question. */
  readonly number: number;
  readonly score: number;
  readonly commentCount: number;
  readonly revisions: number;
  readonly createdAt: Instant;
  readonly editedAt: Instant | null;
  readonly editedBy: AuthorId | null;
  readonly deletedAt: Instant | null;
  readonly body: string;
}

const POST_COLUMNS = `p.id, p.question_id AS questionId, p.number, p.score, p.comment_count AS commentCount, p.revisions,
  p.created_at AS createdAt, p.edited_at AS editedAt, p.edited_by AS editedBy, p.deleted_at AS deletedAt, p.body,
  ${AUTHOR_COLUMNS}`;

/** Deleted ones too. */
export function findPostById(database: ForumDatabase, id: number): PostRow | undefined {
  return database
    .statement<PostRow>(`SELECT ${POST_COLUMNS} FROM posts p JOIN authors a ON a.id = p.author_id WHERE p.id = ?`)
    .get(id);
}

/** Deleted ones too. Questions and answers share their ids, and neither is reached as the other. */
export function findPost(database: ForumDatabase, post: PostRef): PostRow | undefined {
  const row = findPostById(database, post.id);
  return row !== undefined && (row.number === 0) === (post.kind === 'question') ? row : undefined;
}

/** Whether anything was ever written, deleted or not. */
export function hasAnyPost(database: ForumDatabase): boolean {
  return database.statement('SELECT 1 AS found FROM posts LIMIT 1').get() !== undefined;
}

export function refOf(row: { readonly id: number; readonly number: number }): PostRef {
  return { kind: row.number === 0 ? 'question' : 'answer', id: row.id };
}

/** The list of a question's answers. With 'votes' the accepted one is not in it. */
export function answerList(questionId: QuestionId, sort: AnswerSort, acceptedId: number | null): Keyset {
  const isByVotes = sort === 'votes';
  return {
    list: sort,
    select: POST_COLUMNS,
    from: `posts p INDEXED BY ${isByVotes ? 'answers_by_votes' : 'posts_by_number'}
      CROSS JOIN authors a ON a.id = p.author_id`,
    where: `p.question_id = ? AND p.number > 0${isByVotes ? ' AND p.id <> ?' : ''}`,
    bound: isByVotes ? [questionId, acceptedId ?? 0] : [questionId],
    key: isByVotes ? '-p.score' : 'p.number',
    id: 'p.id',
    order: sort === 'newest' ? 'DESC' : 'ASC',
  };
}

/** Deleted ones too: their numbers are not given away. */
export function listAnswers(
  database: ForumDatabase,
  keyset: Keyset,
  cursor: Cursor | undefined,
  limit: number,
): KeysetPage<PostRow> {
  return readKeyset<PostRow>(database, keyset, cursor, limit);
}

export interface NewPost {
  readonly authorId: AuthorId;
  readonly body: string;
  readonly now: Instant;
}

/** The id of the question's post. */
export function insertQuestionPost(database: ForumDatabase, { authorId, body, now }: NewPost): number {
  const id = database
    .statement('INSERT INTO posts (question_id, number, author_id, body, created_at) VALUES (0, 0, ?, ?, ?)')
    .insert(authorId, body, now);
  database.statement('UPDATE posts SET question_id = id WHERE id = ?').run(id);
  return id;
}

export function insertAnswerPost(
  database: ForumDatabase,
  { questionId, number, authorId, body, now }: NewPost & { readonly questionId: QuestionId; readonly number: number },
): number {
  return database
    .statement('INSERT INTO posts (question_id, number, author_id, body, created_at) VALUES (?, ?, ?, ?, ?)')
    .insert(questionId, number, authorId, body, now);
}

/** What the author wrote lately with this very text: a form that was sent twice. */
export function findRecentTwin(
  database: ForumDatabase,
  {
    authorId,
    body,
    since,
    questionId,
  }: {
    readonly authorId: AuthorId;
    readonly body: string;
    readonly since: Instant;
    /** Undefined: a question. */
    readonly questionId: QuestionId | undefined;
  },
): { readonly id: number; readonly number: number } | undefined {
  return database
    .statement<{ id: number; number: number }>(
      `SELECT id, number FROM posts WHERE author_id = ?1 AND created_at >= ?2 AND deleted_at IS NULL AND body = ?3
         AND CASE WHEN ?4 IS NULL THEN number = 0 ELSE number > 0 AND question_id = ?4 END
       ORDER BY created_at DESC, id DESC LIMIT 1`,
    )
    .get(authorId, since, body, questionId ?? null);
}

export function rewritePost(
  database: ForumDatabase,
  id: number,
  { body, editedBy, now }: { readonly body: string; readonly editedBy: AuthorId; readonly now: Instant },
): void {
  database
    .statement('UPDATE posts SET body = ?, edited_at = ?, edited_by = ?, revisions = revisions + 1 WHERE id = ?')
    .run(body, now, editedBy, id);
}

/** False where it was deleted already. */
export function markPostDeleted(database: ForumDatabase, id: number, by: AuthorId, now: Instant): boolean {
  const changed = database
    .statement('UPDATE posts SET deleted_at = ?, deleted_by = ? WHERE id = ? AND deleted_at IS NULL')
    .run(now, by, id);
  return changed === 1;
}

/** The score afterwards. */
export function addToScore(database: ForumDatabase, id: number, delta: number): number {
  const row = database
    .statement<{ score: number }>('UPDATE posts SET score = score + ? WHERE id = ? RETURNING score')
    .get(delta, id);
  return row?.score ?? 0;
}

export function addToCommentCount(database: ForumDatabase, id: number, delta: number): void {
  database.statement('UPDATE posts SET comment_count = comment_count + ? WHERE id = ?').run(delta, id);
}

export interface AnswerOfRow {
  readonly id: number;
  readonly number: number;
  readonly score: number;
  readonly createdAt: Instant;
  readonly body: string;
  readonly questionId: QuestionId;
  readonly slug: string;
  readonly title: string;
  readonly acceptedId: number | null;
}

/** An author's answers, newest first. */
export function answersOf(authorId: AuthorId): Keyset {
  return {
    list: 'answersof',
    select: `p.id, p.number, p.score, p.created_at AS createdAt, p.body, q.id AS questionId, q.slug, q.title,
      q.accepted_id AS acceptedId`,
    from: 'posts p INDEXED BY answers_by_author CROSS JOIN questions q ON q.id = p.question_id',
    where: 'p.author_id = ? AND p.number > 0 AND p.deleted_at IS NULL AND q.deleted_at IS NULL',
    bound: [authorId],
    key: 'p.created_at',
    id: 'p.id',
    order: 'DESC',
  };
}

import type { AuthorId, Instant, QuestionId, QuestionSort, QuestionSummary } from '../domain/types.ts';
import { AUTHOR_COLUMNS, type AuthorColumns, authorOf } from './authors.ts';
import type { ForumDatabase } from './database.ts';
import type { Keyset } from './keyset.ts';

export interface QuestionRow extends AuthorColumns {
  readonly id: QuestionId;
  readonly title: string;
  readonly slug: string;
  readonly excerpt: string;
  readonly tags: string;
  readonly askedAt: Instant;
  readonly activityAt: Instant;
  readonly score: number;
  readonly answerCount: number;
  readonly acceptedId: number | null;
  readonly lockedAt: Instant | null;
  readonly lockReason: string | null;
  readonly deletedAt: Instant | null;
}

const QUESTION_COLUMNS = `q.id, q.title, q.slug, q.excerpt, q.tags, q.asked_at AS askedAt, q.activity_at AS activityAt,
  q.score, q.answer_count AS answerCount, q.accepted_id AS acceptedId, q.locked_at AS lockedAt,
  q.lock_reason AS lockReason, q.deleted_at AS deletedAt, ${AUTHOR_COLUMNS}`;

export function tagsOf(row: { readonly tags: string }): readonly string[] {
  return row.tags.split(' ');
}

export function summaryOf(row: QuestionRow): QuestionSummary {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    excerpt: row.excerpt,
    tags: tagsOf(row),
    author: authorOf(row),
    askedAt: row.askedAt,
    activityAt: row.activityAt,
    answerCount: row.answerCount,
    score: row.score,
    hasAccepted: row.acceptedId !== null,
    isLocked: row.lockedAt !== null,
  };
}

/** Deleted ones too. */
export function findQuestion(database: ForumDatabase, id: QuestionId): QuestionRow | undefined {
  return database
    .statement<QuestionRow>(
      `SELECT ${QUESTION_COLUMNS} FROM questions q JOIN authors a ON a.id = q.author_id WHERE q.id = ?`,
    )
    .get(id);
}

/**
 * Each sort has an index over all questions, and one over those of a tag. INDEXED BY and CROSS JOIN keep SQLite to it,
 * whatever it believes of the sizes.
 */
const sorts: Readonly<Record<QuestionSort, { readonly key: string; readonly onlyUnanswered?: true }>> = {
  active: { key: 'activity_at' },
  newest: { key: 'asked_at' },
  votes: { key: 'score' },
  unanswered: { key: 'asked_at', onlyUnanswered: true },
};

export function questionList(sort: QuestionSort): Keyset {
  const { key, onlyUnanswered } = sorts[sort];
  return {
    list: sort,
    select: QUESTION_COLUMNS,
    from: `questions q INDEXED BY questions_${sort} CROSS JOIN authors a ON a.id = q.author_id`,
    where: `q.deleted_at IS NULL${onlyUnanswered ? ' AND q.answer_count = 0' : ''}`,
    bound: [],
    key: `q.${key}`,
    id: 'q.id',
    order: 'DESC',
  };
}

export function questionListOfTag(sort: QuestionSort, tagId: number): Keyset {
  const { key, onlyUnanswered } = sorts[sort];
  return {
    list: sort,
    select: QUESTION_COLUMNS,
    from: `question_tags t INDEXED BY tag_${sort}
      CROSS JOIN questions q ON q.id = t.question_id CROSS JOIN authors a ON a.id = q.author_id`,
    where: `t.tag_id = ?${onlyUnanswered ? ' AND t.answer_count = 0' : ''}`,
    bound: [tagId],
    key: `t.${key}`,
    id: 't.question_id',
    order: 'DESC',
  };
}

export function questionListOfAuthor(authorId: AuthorId): Keyset {
  return {
    list: 'questionsof',
    select: QUESTION_COLUMNS,
    from: 'questions q INDEXED BY questions_by_author CROSS JOIN authors a ON a.id = q.author_id',
    where: 'q.author_id = ? AND q.deleted_at IS NULL',
    bound: [authorId],
    key: 'q.asked_at',
    id: 'q.id',
    order: 'DESC',
  };
}

export interface QuestionText {
  readonly title: string;
  readonly slug: string;
  readonly excerpt: string;
  readonly tags: readonly string[];
}

export function insertQuestion(
  database: ForumDatabase,
  {
    id,
    authorId,
    title,
    slug,
    excerpt,
    tags,
    now,
  }: QuestionText & {
    readonly id: QuestionId;
    readonly authorId: AuthorId;
    readonly now: Instant;
  },
): void {
  database
    .statement(
      `INSERT INTO questions (id, title, slug, excerpt, tags, author_id, asked_at, activity_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`,
    )
    .run(id, title, slug, excerpt, tags.join(' '), authorId, now);
}

export function rewriteQuestion(database: ForumDatabase, id: QuestionId, text: QuestionText): void {
  database
    .statement('UPDATE questions SET title = ?, slug = ?, excerpt = ?, tags = ? WHERE id = ?')
    .run(text.title, text.slug, text.excerpt, text.tags.join(' '), id);
}

/** Counts the answer in; the number that it gets. */
export function takeNextNumber(database: ForumDatabase, id: QuestionId, now: Instant): number {
  const row = database
    .statement<{ number: number }>(
      `UPDATE questions SET last_number = last_number + 1, answer_count = answer_count + 1,
         activity_at = max(activity_at, ?) WHERE id = ? RETURNING last_number AS number`,
    )
    .get(now, id);
  return row?.number ?? 0;
}

/** An answer is gone; where it was the accepted one, none is. */
export function loseAnswer(database: ForumDatabase, id: QuestionId, answerId: number): void {
  database
    .statement(
      'UPDATE questions SET answer_count = answer_count - 1, accepted_id = nullif(accepted_id, ?) WHERE id = ?',
    )
    .run(answerId, id);
}

export function setQuestionScore(database: ForumDatabase, id: QuestionId, score: number): void {
  database.statement('UPDATE questions SET score = ? WHERE id = ?').run(score, id);
}

export function setAccepted(database: ForumDatabase, id: QuestionId, answerId: number | null): void {
  database.statement('UPDATE questions SET accepted_id = ? WHERE id = ?').run(answerId, id);
}

export function setLock(database: ForumDatabase, id: QuestionId, at: Instant | null, reason: string | null): void {
  database.statement('UPDATE questions SET locked_at = ?, lock_reason = ? WHERE id = ?').run(at, reason, id);
}

export function markQuestionDeleted(database: ForumDatabase, id: QuestionId, now: Instant): void {
  database.statement('UPDATE questions SET deleted_at = ? WHERE id = ?').run(now, id);
}

export function addToTotal(database: ForumDatabase, delta: number): void {
  database.statement(`UPDATE totals SET value = value + ? WHERE name = 'questions'`).run(delta);
}

export function readTotal(database: ForumDatabase): number {
  return database.statement<{ value: number }>(`SELECT value FROM totals WHERE name = 'questions'`).get()?.value ?? 0;
}

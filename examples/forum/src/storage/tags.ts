import type { QuestionId, Tag } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

/** Of how many tags with a common beginning the most used are looked for. */
const PREFIX_BOUND = 500;

export function findTag(
  database: ForumDatabase,
  name: string,
): { readonly id: number; readonly questionCount: number } | undefined {
  return database
    .statement<{ id: number; questionCount: number }>(
      'SELECT id, question_count AS questionCount FROM tags WHERE name = ?',
    )
    .get(name);
}

export function listMostUsedTags(database: ForumDatabase, limit: number): readonly Tag[] {
  return database
    .statement<Tag>(
      `SELECT name, question_count AS questionCount FROM tags WHERE question_count > 0
       ORDER BY question_count DESC, name DESC LIMIT ?`,
    )
    .all(limit);
}

/** `prefix` is a tag, or the beginning of one: nothing sorts behind `~` in a tag. */
export function listTagsWithPrefix(database: ForumDatabase, prefix: string, limit: number): readonly Tag[] {
  return database
    .statement<Tag>(
      `SELECT name, questionCount FROM (
         SELECT name, question_count AS questionCount FROM tags WHERE name >= ? AND name < ? ORDER BY name LIMIT ?
       ) WHERE questionCount > 0 ORDER BY questionCount DESC, name LIMIT ?`,
    )
    .all(prefix, `${prefix}~`, PREFIX_BOUND, limit);
}

/** Puts a question into the lists of these tags alone, with what they sort it by. */
export function setTags(database: ForumDatabase, questionId: QuestionId, names: readonly string[]): void {
  clearTags(database, questionId);
  for (const name of names) {
    database
      .statement(
        `INSERT INTO tags (name, question_count) VALUES (?, 1)
         ON CONFLICT (name) DO UPDATE SET question_count = question_count + 1`,
      )
      .run(name);
    database
      .statement(
        `INSERT INTO question_tags (question_id, tag_id, asked_at, activity_at, score, answer_count)
         SELECT q.id, t.id, q.asked_at, q.activity_at, q.score, q.answer_count FROM questions q, tags t
         WHERE q.id = ? AND t.name = ?`,
      )
      .run(questionId, name);
  }
}

export function clearTags(database: ForumDatabase, questionId: QuestionId): void {
  database
    .statement(
      `UPDATE tags SET question_count = question_count - 1
       WHERE id IN (SELECT tag_id FROM question_tags WHERE question_id = ?)`,
    )
    .run(questionId);
  database.statement('DELETE FROM question_tags WHERE question_id = ?').run(questionId);
}

/** To be called after each change of what the lists of a tag are sorted by. */
export function refreshTags(database: ForumDatabase, questionId: QuestionId): void {
  database
    .statement(
      `UPDATE question_tags SET (activity_at, score, answer_count) =
         (SELECT activity_at, score, answer_count FROM questions WHERE id = ?1)
       WHERE question_id = ?1`,
    )
    .run(questionId);
}

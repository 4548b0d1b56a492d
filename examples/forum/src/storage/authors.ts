import type { Author, AuthorId, Instant } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

/** Columns of an author beside a row of something else, where the authors are `a`. */
export const AUTHOR_COLUMNS =
  'a.id AS authorId, a.name AS authorName, a.title AS authorTitle, a.anonymised_at AS authorAnonymisedAt';

export interface AuthorColumns {
  readonly authorId: AuthorId;
  readonly authorName: string;
  readonly authorTitle: string | null;
  readonly authorAnonymisedAt: Instant | null;
}

export function authorOf(row: AuthorColumns): Author {
  return {
    id: row.authorId,
    name: row.authorName,
    title: row.authorTitle,
    isAnonymised: row.authorAnonymisedAt !== null,
  };
}

export interface AuthorRow extends AuthorColumns {
  readonly about: string;
  readonly questionCount: number;
  readonly answerCount: number;
  readonly score: number;
  readonly joinedAt: Instant;
  readonly digest: number;
}

export function findAuthor(database: ForumDatabase, id: AuthorId): AuthorRow | undefined {
  return database
    .statement<AuthorRow>(
      `SELECT ${AUTHOR_COLUMNS}, a.about, a.question_count AS questionCount, a.answer_count AS answerCount, a.score,
         a.joined_at AS joinedAt, a.digest FROM authors a WHERE a.id = ?`,
    )
    .get(id);
}

/** Whether there is such an author who was not anonymised. */
export function isActiveAuthor(database: ForumDatabase, id: AuthorId): boolean {
  const row = database.statement('SELECT 1 AS found FROM authors WHERE id = ? AND anonymised_at IS NULL').get(id);
  return row !== undefined;
}

/** False for an id that was anonymised: nothing was written. */
export function putAuthor(database: ForumDatabase, id: AuthorId, name: string, now: Instant): boolean {
  const changed = database
    .statement(
      `INSERT INTO authors (id, name, joined_at) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE anonymised_at IS NULL`,
    )
    .run(id, name, now);
  return changed === 1;
}

export function setProfile(
  database: ForumDatabase,
  id: AuthorId,
  { title, about, digest }: { readonly title: string | null; readonly about: string; readonly digest: boolean },
): void {
  database
    .statement('UPDATE authors SET title = ?, about = ?, digest = ? WHERE id = ?')
    .run(title, about, digest ? 1 : 0, id);
}

export interface Counts {
  readonly questions?: number;
  readonly answers?: number;
  readonly score?: number;
}

/** Adds to what is kept for the profile. */
export function addToAuthor(database: ForumDatabase, id: AuthorId, counts: Counts): void {
  database
    .statement(
      `UPDATE authors SET question_count = question_count + ?, answer_count = answer_count + ?, score = score + ?
       WHERE id = ?`,
    )
    .run(counts.questions ?? 0, counts.answers ?? 0, counts.score ?? 0, id);
}

/** Takes what a question's answers count from their authors: it goes, and they with it. */
export function takeAnswersFromAuthors(database: ForumDatabase, questionId: number): void {
  database
    .statement(
      `UPDATE authors SET answer_count = answer_count - gone.answers, score = authors.score - gone.score
       FROM (SELECT author_id, count(*) AS answers, sum(score) AS score FROM posts
             WHERE question_id = ? AND number > 0 AND deleted_at IS NULL GROUP BY author_id) AS gone
       WHERE authors.id = gone.author_id`,
    )
    .run(questionId);
}

/** For good, and for an id that was never here as well: nobody comes back by it. */
export function anonymise(database: ForumDatabase, id: AuthorId, name: string, now: Instant): void {
  database
    .statement(
      `INSERT INTO authors (id, name, joined_at, anonymised_at) VALUES (?1, ?2, ?3, ?3)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, title = NULL, about = '', digest = 0, anonymised_at = ?3
       WHERE anonymised_at IS NULL`,
    )
    .run(id, name, now);
  database.statement('DELETE FROM notifications WHERE author_id = ?').run(id);
  database.statement('DELETE FROM paces WHERE author_id = ?').run(id);
}

/** Those with an id as Latchkey gives them: the project's own account is none of its users. */
export function listActiveAuthorIds(
  database: ForumDatabase,
  after: AuthorId | undefined,
  limit: number,
): readonly AuthorId[] {
  return database
    .statement<{ id: AuthorId }>(
      'SELECT id FROM authors WHERE id > ? AND anonymised_at IS NULL AND length(id) = 36 ORDER BY id LIMIT ?',
    )
    .all(after ?? '', limit)
    .map(({ id }) => id);
}

/** Who asked for the weekly mail and has not been given one since; and when the last one was. */
export function listDigestReaders(
  database: ForumDatabase,
  { since, after, limit }: { readonly since: Instant; readonly after: AuthorId | undefined; readonly limit: number },
): readonly { readonly id: AuthorId; readonly name: string; readonly claimedAt: Instant }[] {
  return database
    .statement<{ id: AuthorId; name: string; claimedAt: Instant }>(
      'SELECT id, name, digest_claimed_at AS claimedAt FROM authors WHERE digest = 1 AND id > ? AND digest_claimed_at < ? ORDER BY id LIMIT ?',
    )
    .all(after ?? '', since, limit);
}

/** That somebody sends a digest, and who had been sent one when before. */
export interface DigestClaim {
  readonly authorId: AuthorId;
  readonly claimedAt: Instant;
  readonly previous: Instant;
}

/** For one of several callers, within a transaction; undefined for the others. */
export function claimDigestOf(
  database: ForumDatabase,
  id: AuthorId,
  since: Instant,
  now: Instant,
): DigestClaim | undefined {
  const due = database
    .statement<{ previous: Instant }>(
      'SELECT digest_claimed_at AS previous FROM authors WHERE id = ? AND digest = 1 AND digest_claimed_at < ?',
    )
    .get(id, since);
  if (due === undefined) return undefined;
  database.statement('UPDATE authors SET digest_claimed_at = ? WHERE id = ?').run(now, id);
  return { authorId: id, claimedAt: now, previous: due.previous };
}

/** As it was before, unless it was claimed again. */
export function releaseDigestOf(database: ForumDatabase, { authorId, claimedAt, previous }: DigestClaim): void {
  database
    .statement('UPDATE authors SET digest_claimed_at = ? WHERE id = ? AND digest_claimed_at = ?')
    .run(previous, authorId, claimedAt);
}

import type { AuthorId, Instant } from '../domain/types.ts';
import { AUTHOR_COLUMNS, type AuthorColumns } from './authors.ts';
import type { ForumDatabase } from './database.ts';

export interface RevisionRow extends AuthorColumns {
  readonly number: number;
  readonly at: Instant;
  readonly title: string | null;
  readonly tags: string | null;
  readonly body: string;
}

/** What a post was until now. */
export interface PastRevision {
  readonly postId: number;
  readonly number: number;
  readonly authorId: AuthorId;
  readonly at: Instant;
  readonly title: string | null;
  readonly tags: string | null;
  readonly body: string;
}

export function insertRevision(database: ForumDatabase, revision: PastRevision): void {
  database
    .statement('INSERT INTO revisions (post_id, number, author_id, at, title, tags, body) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(
      revision.postId,
      revision.number,
      revision.authorId,
      revision.at,
      revision.title,
      revision.tags,
      revision.body,
    );
}

/** Newest first. */
export function listRevisions(database: ForumDatabase, postId: number, limit: number): readonly RevisionRow[] {
  return database
    .statement<RevisionRow>(
      `SELECT r.number, r.at, r.title, r.tags, r.body, ${AUTHOR_COLUMNS}
       FROM revisions r CROSS JOIN authors a ON a.id = r.author_id
       WHERE r.post_id = ? ORDER BY r.number DESC LIMIT ?`,
    )
    .all(postId, limit);
}

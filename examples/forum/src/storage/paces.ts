import type { PacedAct } from '../domain/pace.ts';
import type { AuthorId, Instant } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

export function findPace(database: ForumDatabase, authorId: AuthorId, act: PacedAct): Instant | undefined {
  return database
    .statement<{ wholeAt: Instant }>('SELECT whole_at AS wholeAt FROM paces WHERE author_id = ? AND act = ?')
    .get(authorId, act)?.wholeAt;
}

export function putPace(database: ForumDatabase, authorId: AuthorId, act: PacedAct, wholeAt: Instant): void {
  database
    .statement(
      `INSERT INTO paces (author_id, act, whole_at) VALUES (?, ?, ?)
       ON CONFLICT (author_id, act) DO UPDATE SET whole_at = excluded.whole_at`,
    )
    .run(authorId, act, wholeAt);
}

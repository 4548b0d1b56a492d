import type { AuthorId, VoteValue } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

export function findVote(database: ForumDatabase, postId: number, voterId: AuthorId): VoteValue {
  const row = database
    .statement<{ value: VoteValue }>('SELECT value FROM votes WHERE post_id = ? AND voter_id = ?')
    .get(postId, voterId);
  return row?.value ?? 0;
}

export function putVote(database: ForumDatabase, postId: number, voterId: AuthorId, value: VoteValue): void {
  if (value === 0) {
    database.statement('DELETE FROM votes WHERE post_id = ? AND voter_id = ?').run(postId, voterId);
    return;
  }
  database
    .statement(
      `INSERT INTO votes (post_id, voter_id, value) VALUES (?, ?, ?)
       ON CONFLICT (post_id, voter_id) DO UPDATE SET value = excluded.value`,
    )
    .run(postId, voterId, value);
}

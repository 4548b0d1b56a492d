import type { AuthorId } from '../domain/types.ts';
import type { ForumContext } from './context.ts';

/** No weekly mail from now on. Nothing happens where none was asked for. */
export function unsubscribe({ database }: ForumContext, id: AuthorId): void {
  database.statement('UPDATE authors SET digest = 0 WHERE id = ?').run(id);
}

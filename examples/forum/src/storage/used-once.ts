import type { Instant } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

export type OncePurpose = 'sign-in' | 'logout token';

/** True for the first caller alone, across processes too; false for all others until `forgetAt`. */
export function useOnce(database: ForumDatabase, purpose: OncePurpose, id: string, forgetAt: Instant): boolean {
  return (
    database
      .statement('INSERT OR IGNORE INTO used_once (purpose, id, forget_at) VALUES (?, ?, ?)')
      .run(purpose, id, forgetAt) === 1
  );
}

export function forgetUsed(database: ForumDatabase, now: Instant): void {
  database.statement('DELETE FROM used_once WHERE forget_at < ?').run(now);
}

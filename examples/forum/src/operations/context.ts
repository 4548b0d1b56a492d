import type { Instant } from '../domain/types.ts';
import type { ForumDatabase } from '../storage/database.ts';
import type { Bell } from './bell.ts';

/** What every operation works with. */
export interface ForumContext {
  readonly database: ForumDatabase;
  readonly clock: () => Instant;
  readonly bell: Bell;
}

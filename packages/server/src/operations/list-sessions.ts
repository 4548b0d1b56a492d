import type { UserId } from '../domain/ids.ts';
import type { Session } from '../domain/sessions/session.ts';
import { listLiveSessions } from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';

/** The user's live sessions, the newest first. */
export function listSessions(context: OperationContext, userId: UserId): Promise<readonly Session[]> {
  return listLiveSessions(context.store.queries, userId, context.clock());
}

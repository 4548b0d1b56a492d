import type { SessionId, UserId } from '../domain/ids.ts';
import { DAY_MS } from '../domain/instant.ts';
import { onePerBrowser } from '../domain/sessions/line.ts';
import type { Session } from '../domain/sessions/session.ts';
import { listClientNames } from '../storage/clients.ts';
import {
  listLiveSessions,
  listLiveSessionsPage,
  listStolenSessions,
  type ListedSession,
  type StolenSession,
} from '../storage/sessions.ts';
import type { OperationContext } from './context.ts';
import { toPage, type Page } from './page.ts';

/** For how long a theft is shown to the user. */
const THEFT_SHOWN_MS = 30 * DAY_MS;

/** A session in the user's own list. */
export interface OwnSession {
  readonly session: Session;
  /** Name of the client that holds it; undefined for a browser. */
  readonly clientName: string | undefined;
}

/**
 * The user's live sessions, the newest first. Of a browser that signed in again and is not known to have got the answer
 * it is the one that asks, or else the one that was used last: whatever ends one of them ends all.
 */
export async function listSessions(
  context: OperationContext,
  userId: UserId,
  asking: SessionId,
): Promise<readonly OwnSession[]> {
  const { queries } = context.store;
  const sessions = onePerBrowser(await listLiveSessions(queries, userId, context.clock()), asking);
  const ids = sessions.flatMap(({ clientId }) => (clientId === null ? [] : [clientId]));
  const names = await listClientNames(queries, ids);
  return sessions.map((session) => ({ session, clientName: names.get(session.clientId ?? '') }));
}

/** Sessions that were lately ended for theft, the newest first. */
export function listThefts(context: OperationContext, userId: UserId): Promise<readonly StolenSession[]> {
  return listStolenSessions(context.store.queries, userId, context.clock() - THEFT_SHOWN_MS);
}

/** Live sessions, the oldest first, of one user or of everybody. @param asked.after - `next` of the page before. */
export async function listSessionsPage(
  context: OperationContext,
  asked: { readonly userId?: UserId | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<Page<ListedSession>> {
  const { userId, after = '', limit } = asked;
  const now = context.clock();
  const sessions = await listLiveSessionsPage(context.store.queries, { userId, after, limit: limit + 1, now });
  return toPage(sessions, limit, ({ session }) => session.id);
}

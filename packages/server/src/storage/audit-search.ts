import type { ChainedRecord } from '../domain/audit/chain.ts';
import { lowestIdAt } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { toChainedRecord } from './audit-chain.ts';
import type { Queries } from './store.ts';

/** Which events to find; what is left out does not matter. */
export interface AuditSearch {
  /** Who did it, or what it was done to: a user's id, a session's, a client's. */
  readonly about?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly type?: string | undefined;
  /** Inclusive. */
  readonly since?: Instant | undefined;
  /** Exclusive. */
  readonly until?: Instant | undefined;
  /** The last id of the page before. */
  readonly before?: string | undefined;
}

/** What was found, the newest first. An event that has no place in the chain yet has 0. */
export async function searchAuditEvents(
  queries: Queries,
  search: AuditSearch,
  limit: number,
): Promise<readonly ChainedRecord[]> {
  const rows = await selectAuditEvents(queries, search, limit).execute();
  return rows.map(toChainedRecord);
}

/** The query behind {@link searchAuditEvents}. */
export function selectAuditEvents(
  queries: Queries,
  { about, actor, target, type, since, until, before }: AuditSearch,
  limit: number,
) {
  let query = queries.selectFrom('audit_events').selectAll().orderBy('id', 'desc').limit(limit);
  if (about !== undefined) {
    query = query.where((where) => where.or([where('actor', '=', about), where('target', '=', about)]));
  }
  if (type !== undefined) query = query.where('type', '=', type);
  if (actor !== undefined) query = query.where('actor', '=', actor);
  if (target !== undefined) query = query.where('target', '=', target);
  // Ids go by age: so only what is in this time is read.
  if (since !== undefined) query = query.where('id', '>=', lowestIdAt('aud', since));
  if (until !== undefined) query = query.where('id', '<', lowestIdAt('aud', until));
  if (before !== undefined) query = query.where('id', '<', before);
  return query;
}

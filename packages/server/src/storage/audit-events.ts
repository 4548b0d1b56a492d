import type { AuditEvent } from '../domain/audit/event.ts';
import type { Instant } from '../domain/instant.ts';
import type { Queries, Tx } from './store.ts';

/** Appends to the audit log, in the transaction of what it tells of. */
export async function appendAuditEvent(tx: Tx, id: string, event: AuditEvent, now: Instant): Promise<void> {
  await tx
    .insertInto('audit_events')
    .values({
      id,
      at: now,
      type: event.type,
      outcome: event.outcome,
      actor: event.actor,
      target: event.target,
      network: event.caller?.network ?? null,
      user_agent: event.caller?.userAgent ?? null,
      details: event.details === undefined ? null : JSON.stringify(event.details),
    })
    .execute();
}

export interface RecordedAuditEvent {
  readonly type: string;
  readonly outcome: string;
  readonly actor: string | null;
  readonly target: string | null;
  readonly at: Instant;
}

/** The newest events first. */
export async function listAuditEvents(queries: Queries, limit: number): Promise<readonly RecordedAuditEvent[]> {
  return queries
    .selectFrom('audit_events')
    .select(['type', 'outcome', 'actor', 'target', 'at'])
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

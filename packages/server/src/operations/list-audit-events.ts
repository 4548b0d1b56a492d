import type { ChainedRecord } from '../domain/audit/chain.ts';
import { listChained } from '../storage/audit-chain.ts';
import { searchAuditEvents, type AuditSearch } from '../storage/audit-search.ts';
import { AuditChainBrokenError, chainAuditEvents } from './chain-audit-events.ts';
import type { OperationContext } from './context.ts';
import { toPage, type Page } from './page.ts';

/** Events that were searched for, the newest first. */
export async function listAuditEventsPage(
  { store }: OperationContext,
  search: AuditSearch,
  limit: number,
): Promise<Page<ChainedRecord>> {
  const found = await searchAuditEvents(store.queries, search, limit + 1);
  return toPage(found, limit, ({ id }) => id);
}

/** Events behind a place in the chain, in its order. What is new is chained first. */
export async function listAuditChainPage(
  context: OperationContext,
  after: number,
  limit: number,
): Promise<{ readonly items: readonly ChainedRecord[]; readonly next: number | undefined }> {
  await chainIfIntact(context);
  const found = await listChained(context.store.queries, after, limit + 1);
  const items = found.slice(0, limit);
  return { items, next: found.length > limit ? items.at(-1)?.seq : undefined };
}

/** Chains what is new. Where the chain is broken, what there is of it is looked at all the same. */
export async function chainIfIntact(context: OperationContext): Promise<void> {
  await chainAuditEvents(context).catch((error: unknown) => {
    if (!(error instanceof AuditChainBrokenError)) throw error;
  });
}

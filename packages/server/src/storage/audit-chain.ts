import { sql } from 'kysely';
import { CHAIN_BEGINNING, type AuditRecord, type ChainedRecord, type ChainLink } from '../domain/audit/chain.ts';
import type { Instant } from '../domain/instant.ts';
import type { AuditEventRow } from './schema.ts';
import type { Queries, Tx } from './store.ts';

/** Where the chain begins and ends. */
export interface AuditChain {
  readonly base: ChainLink;
  /** Vouches for both. */
  readonly seal: string | null;
  readonly head: ChainLink;
}

/** Makes the one row of the chain where there is none yet. */
export async function ensureAuditChain(tx: Tx, seal: string): Promise<void> {
  const { seq, mac } = CHAIN_BEGINNING;
  await tx
    .insertInto('audit_chain')
    .values({ id: 1, base_seq: seq, base_mac: mac, base_seal: seal, seq, mac })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** Locks the chain until the transaction ends: one node at a time makes it longer or shorter. */
export async function lockAuditChain(tx: Tx): Promise<AuditChain> {
  return toChain(await tx.selectFrom('audit_chain').selectAll().forUpdate().executeTakeFirstOrThrow());
}

export async function readAuditChain(queries: Queries): Promise<AuditChain> {
  return toChain(await queries.selectFrom('audit_chain').selectAll().executeTakeFirstOrThrow());
}

/** Events that were committed and have no place in the chain yet, the oldest first. */
export async function listUnchained(queries: Queries, limit: number): Promise<readonly AuditRecord[]> {
  const rows = await queries
    .selectFrom('audit_events')
    .selectAll()
    .where('chain_seq', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(toRecord);
}

/** Gives events their places and moves the chain's end. The caller has locked the chain. */
export async function appendToChain(
  tx: Tx,
  links: ReadonlyMap<string, ChainLink>,
  head: ChainLink,
  seal: string,
): Promise<void> {
  const rows = [...links].map(([id, { seq, mac }]) => sql`(${id}, cast(${seq} as bigint), ${mac})`);
  await sql`with links (id, seq, mac) as (values ${sql.join(rows)})
    update audit_events set chain_seq = links.seq, chain_mac = links.mac from links
    where links.id = audit_events.id`.execute(tx);
  await tx.updateTable('audit_chain').set({ seq: head.seq, mac: head.mac, base_seal: seal }).execute();
}

/** Events behind a place in the chain, in its order. */
export async function listChained(queries: Queries, after: number, limit: number): Promise<readonly ChainedRecord[]> {
  const rows = await queries
    .selectFrom('audit_events')
    .selectAll()
    .where('chain_seq', '>', after)
    .orderBy('chain_seq')
    .limit(limit)
    .execute();
  return rows.map(toChainedRecord);
}

/** The events right behind a place in the chain that are all from before an instant; none where the first is younger. */
export async function listChainedBefore(
  tx: Tx,
  after: number,
  before: Instant,
  limit: number,
): Promise<readonly ChainedRecord[]> {
  const oldest = await listChained(tx, after, limit);
  const firstKept = oldest.findIndex(({ at }) => at >= before);
  return firstKept === -1 ? oldest : oldest.slice(0, firstKept);
}

/** Removes the beginning of the chain, up to and with a link; gives how many events. The caller has locked the chain. */
export async function removeChainUntil(tx: Tx, base: ChainLink, seal: string): Promise<number> {
  const result = await tx.deleteFrom('audit_events').where('chain_seq', '<=', base.seq).executeTakeFirst();
  await tx.updateTable('audit_chain').set({ base_seq: base.seq, base_mac: base.mac, base_seal: seal }).execute();
  return Number(result.numDeletedRows);
}

function toChain(row: {
  readonly base_seq: number;
  readonly base_mac: string;
  readonly base_seal: string | null;
  readonly seq: number;
  readonly mac: string;
}): AuditChain {
  return {
    base: { seq: row.base_seq, mac: row.base_mac },
    seal: row.base_seal,
    head: { seq: row.seq, mac: row.mac },
  };
}

/** A row with its place in the chain; 0 where it has none yet. */
export function toChainedRecord(row: AuditEventRow): ChainedRecord {
  return { ...toRecord(row), seq: row.chain_seq ?? 0, mac: row.chain_mac ?? '' };
}

function toRecord(row: AuditEventRow): AuditRecord {
  const { id, at, type, outcome, actor, target, network, details } = row;
  return { id, at, type, outcome, actor, target, network, userAgent: row.user_agent, details };
}

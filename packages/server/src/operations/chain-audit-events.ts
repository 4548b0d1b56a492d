import type { KeyObject } from 'node:crypto';
import { DAY_MS } from '../domain/instant.ts';
import { followChain, linkAfter, sealChain, type ChainFinding, type ChainLink } from '../domain/audit/chain.ts';
import {
  appendToChain,
  listChained,
  listChainedBefore,
  listUnchained,
  lockAuditChain,
  readAuditChain,
  removeChainUntil,
  type AuditChain,
} from '../storage/audit-chain.ts';
import type { Queries } from '../storage/store.ts';
import type { OperationContext } from './context.ts';

const BATCH = 500;
/** Of one part of a verification: far less than a request may take. */
const MAX_BATCHES = 20;

/**
 * Gives events that were committed since the last call their places in the chain. Afterwards and in batches: a link
 * that every sign-in had to wait for would put all of them in a queue.
 *
 * @throws {@link AuditChainBrokenError}
 */
export async function chainAuditEvents(context: OperationContext): Promise<void> {
  const { store, keys } = context;
  while ((await listUnchained(store.queries, 1)).length > 0) {
    await store.transaction(async (tx) => {
      const chain = await lockAuditChain(tx);
      requireSeal(chain, keys.auditMac);
      let last = chain.head;
      const links = new Map<string, ChainLink>();
      // Read again under the lock: another node may have been faster.
      for (const record of await listUnchained(tx, BATCH)) {
        last = linkAfter(last, record, keys.auditMac);
        links.set(record.id, last);
      }
      if (links.size > 0) await appendToChain(tx, links, last, sealChain(chain.base, last, keys.auditMac));
    });
  }
}

/** The chain is not as the server left it: `latchkey audit verify` says where. Nothing is added to it or removed. */
export class AuditChainBrokenError extends Error {
  override readonly name = 'AuditChainBrokenError';
}

/**
 * Removes events that are older than the retention, from the beginning of the chain. Only what is intact: a seal over
 * what somebody else made of the beginning would hide that for good.
 *
 * @throws {@link AuditChainBrokenError}
 */
export async function purgeAuditEvents(context: OperationContext): Promise<void> {
  const { store, keys, policy, clock } = context;
  const before = clock() - policy.auditRetentionDays * DAY_MS;
  let removed = BATCH;
  while (removed >= BATCH) {
    removed = await store.transaction(async (tx) => {
      const chain = await lockAuditChain(tx);
      const old = await listChainedBefore(tx, chain.base.seq, before, BATCH);
      if (old.length === 0) return 0;
      requireSeal(chain, keys.auditMac);
      const finding = followChain(chain.base, old, keys.auditMac);
      if (finding.kind !== 'intact') throw new AuditChainBrokenError('The audit log was changed');
      return removeChainUntil(tx, finding.last, sealChain(finding.last, chain.head, keys.auditMac));
    });
  }
}

export type AuditVerification =
  | { readonly kind: 'intact'; readonly base: ChainLink; readonly head: ChainLink; readonly unchained: boolean }
  | Exclude<ChainFinding, { readonly kind: 'intact' }>
  /** Somebody else than the server moved the beginning or the end. */
  | { readonly kind: 'base_forged' }
  /** Events at the end, up to the one that the chain's own row names, are gone. */
  | { readonly kind: 'end_missing'; readonly seq: number }
  /** The link that was written down at an earlier time is not in the chain. */
  | { readonly kind: 'not_as_expected'; readonly seq: number };

/** A part of a verification: the chain is intact up to `last`, and goes on behind it. */
export interface UnfinishedVerification {
  readonly kind: 'unfinished';
  readonly last: ChainLink;
}

/**
 * Follows the chain, or the next part of it: where it is long, whoever asks goes on with the last link of the part
 * before.
 *
 * @param asked.expected - A head that was printed earlier and kept elsewhere: it shows an end that was cut off together
 * with the chain's own row, which nothing inside the database can show.
 * @param asked.from - The last link of the part before.
 */
export async function verifyAuditLog(
  { store, keys }: OperationContext,
  asked: { readonly expected?: ChainLink | undefined; readonly from?: ChainLink | undefined } = {},
): Promise<AuditVerification | UnfinishedVerification> {
  const { expected, from } = asked;
  const chain = await readAuditChain(store.queries);
  const { base, head } = chain;
  if (!isSealed(chain, keys.auditMac)) return { kind: 'base_forged' };
  if (from !== undefined && !(await isInChain(store.queries, from, base))) {
    return { kind: 'not_as_expected', seq: from.seq };
  }
  // What was removed by age meanwhile need not be followed.
  let last = from !== undefined && from.seq > base.seq ? from : base;
  for (let batches = 0; ; batches += 1) {
    if (batches === MAX_BATCHES) return { kind: 'unfinished', last };
    const records = await listChained(store.queries, last.seq, BATCH);
    if (records.length === 0) break;
    const finding = followChain(last, records, keys.auditMac);
    if (finding.kind !== 'intact') return finding;
    last = finding.last;
  }
  if (last.seq < head.seq) return { kind: 'end_missing', seq: last.seq + 1 };
  if (expected !== undefined && !(await isInChain(store.queries, expected, base))) {
    return { kind: 'not_as_expected', seq: expected.seq };
  }
  const unchained = (await listUnchained(store.queries, 1)).length > 0;
  return { kind: 'intact', base, head: last, unchained };
}

/** The chain has been followed. What was removed by age can no longer be compared; its link can, where it is the base. */
async function isInChain(queries: Queries, link: ChainLink, base: ChainLink): Promise<boolean> {
  if (link.seq < base.seq || isSame(link, base)) return true;
  const [record] = await listChained(queries, link.seq - 1, 1);
  return record !== undefined && isSame(link, record);
}

function requireSeal(chain: AuditChain, key: KeyObject): void {
  if (!isSealed(chain, key)) throw new AuditChainBrokenError('The row of the audit chain was changed');
}

function isSealed({ base, head, seal }: AuditChain, key: KeyObject): boolean {
  return seal === sealChain(base, head, key);
}

function isSame(left: ChainLink, right: ChainLink): boolean {
  return left.seq === right.seq && left.mac === right.mac;
}

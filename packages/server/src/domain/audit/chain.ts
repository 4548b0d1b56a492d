import { createHmac, type KeyObject } from 'node:crypto';
import type { Instant } from '../instant.ts';

/** An event as it is stored, in all that it says. */
export interface AuditRecord {
  readonly id: string;
  readonly at: Instant;
  readonly type: string;
  readonly outcome: string;
  readonly actor: string | null;
  readonly target: string | null;
  readonly network: string | null;
  readonly userAgent: string | null;
  /** JSON, as it was written. */
  readonly details: string | null;
}

/** A place in the chain: of the event there, or of the last one before the first that is kept. */
export interface ChainLink {
  /** 1 for the first event; 0 before it. */
  readonly seq: number;
  readonly mac: string;
}

/** What a chained event is found to be, in the order of the chain. */
export interface ChainedRecord extends AuditRecord {
  readonly seq: number;
  readonly mac: string;
}

/** Before the first event of all. */
export const CHAIN_BEGINNING: ChainLink = { seq: 0, mac: '' };

/**
 * The link of an event: a MAC over the event, its place, and the link before. Whoever can write to the database can
 * change an event, but not the MACs of it and all after it, which need the server's key.
 */
export function linkAfter(previous: ChainLink, record: AuditRecord, key: KeyObject): ChainLink {
  const { id, at, type, outcome, actor, target, network, userAgent, details } = record;
  const seq = previous.seq + 1;
  const content = [previous.mac, seq, id, at, type, outcome, actor, target, network, userAgent, details];
  return { seq, mac: createHmac('sha256', key).update(JSON.stringify(content)).digest('base64url') };
}

/**
 * Vouches for where the chain begins and ends. Nobody else can cut off its beginning; and nobody can have the server
 * chain once more, as if it were new, what was changed: to put the end back takes a seal that was once seen there.
 */
export function sealChain(base: ChainLink, head: ChainLink, key: KeyObject): string {
  return createHmac('sha256', key)
    .update(JSON.stringify(['chain', base.seq, base.mac, head.seq, head.mac]))
    .digest('base64url');
}

export type ChainFinding =
  | { readonly kind: 'intact'; readonly last: ChainLink }
  /** The event in this place was removed, or moved. */
  | { readonly kind: 'missing'; readonly seq: number }
  /** The event in this place, or the link of the one before, is not what it was. */
  | { readonly kind: 'changed'; readonly seq: number };

/** Follows the chain over the next records. */
export function followChain(from: ChainLink, records: Iterable<ChainedRecord>, key: KeyObject): ChainFinding {
  let last = from;
  for (const record of records) {
    const expected = linkAfter(last, record, key);
    if (record.seq !== expected.seq) return { kind: 'missing', seq: expected.seq };
    // Not a secret that somebody could guess at: this runs for who has the key.
    if (record.mac !== expected.mac) return { kind: 'changed', seq: expected.seq };
    last = expected;
  }
  return { kind: 'intact', last };
}

import type { ChainedRecord, ChainLink } from '../../domain/audit/chain.ts';
import {
  AuditChainBrokenError,
  chainAuditEvents,
  verifyAuditLog,
  type AuditVerification,
} from '../../operations/chain-audit-events.ts';
import type { OperationContext } from '../../operations/context.ts';
import { listChained } from '../../storage/audit-chain.ts';
import { searchAuditEvents, type AuditSearch } from '../../storage/audit-search.ts';
import { CommandError } from '../command-error.ts';
import type { Settings } from '../settings.ts';
import { withOperations } from '../with-operations.ts';

interface Output {
  readonly json: boolean;
}

const PAGE = 500;
const HOW_TO_USE_HEAD =
  'Keep the head elsewhere: `latchkey audit verify --expect HEAD` shows later whether the end was cut off.';

/** Prints events, the newest first. */
export async function listAuditCommand(
  settings: Settings,
  search: AuditSearch,
  limit: number,
  { json }: Output,
): Promise<void> {
  await withOperations(settings, async ({ store }) => {
    const events = await searchAuditEvents(store.queries, search, limit);
    if (json) return write(JSON.stringify(events.map(represent)));
    if (events.length === 0) return write('Nothing was found.');
    const lines = events.map(({ at, outcome, type, actor, target, network }) =>
      [iso(at), outcome, type.padEnd(34), actor ?? '-', target ?? '-', network ?? '-'].join('  '),
    );
    write(lines.join('\n'));
  });
}

/** Prints all events behind a place in the chain as JSON lines, the oldest first. */
export async function exportAuditCommand(settings: Settings, after: number): Promise<void> {
  await withOperations(settings, async (operations) => {
    await chainIfIntact(operations);
    for (let last = after; ;) {
      const records = await listChained(operations.store.queries, last, PAGE);
      const lastRecord = records.at(-1);
      if (lastRecord === undefined) return;
      await writeSlowly(records.map((record) => `${JSON.stringify(represent(record))}\n`).join(''));
      last = lastRecord.seq;
    }
  });
}

/** Follows the chain, and says whether it is what the server wrote. Gives the exit code. */
export async function verifyAuditCommand(
  settings: Settings,
  expected: ChainLink | undefined,
  { json }: Output,
): Promise<number> {
  let exitCode = 0;
  await withOperations(settings, async (operations) => {
    await chainIfIntact(operations);
    const shows = !json && process.stderr.isTTY;
    const verification = await verifyAuditLog(operations, expected, (seq) => {
      if (shows) process.stderr.write(`\r${seq} events verified`);
    });
    if (shows) process.stderr.write('\r\u001b[K');
    exitCode = verification.kind === 'intact' ? 0 : 1;
    write(json ? JSON.stringify(representVerification(verification)) : describe(verification));
  });
  return exitCode;
}

/** What is new is chained first. Where the chain is broken, what there is of it is looked at all the same. */
async function chainIfIntact(operations: OperationContext): Promise<void> {
  await chainAuditEvents(operations).catch((error: unknown) => {
    if (!(error instanceof AuditChainBrokenError)) throw error;
  });
}

/** `SEQ:MAC`, as `audit verify` prints it. */
export function parseLink(text: string): ChainLink {
  const [, seq, mac] = /^(\d{1,15}):([\w-]{43})$/.exec(text) ?? [];
  if (seq === undefined || mac === undefined) {
    throw new CommandError(`${text} is not a link of the chain.`, 'Give what `latchkey audit verify` printed as head.');
  }
  return { seq: Number(seq), mac };
}

function describe(verification: AuditVerification): string {
  switch (verification.kind) {
    case 'intact': {
      const { base, head } = verification;
      const events = head.seq - base.seq;
      const beginning = base.seq > 0 ? ` ${base.seq} older ones were removed by age.` : '';
      const summary = `Intact: ${events} events.${beginning}`;
      if (head.seq === 0) return `${summary}\nNothing has happened yet.`;
      return `${summary}\nHead ${printLink(head)}\n${HOW_TO_USE_HEAD}`;
    }
    case 'changed':
      return `Broken: event ${verification.seq} is not what the server wrote. What comes before it is intact.`;
    case 'missing':
      return `Broken: event ${verification.seq} was removed. What comes before it is intact.`;
    case 'end_missing':
      return `Broken: event ${verification.seq} and all after it were removed.`;
    case 'base_forged':
      return 'Broken: the oldest or the newest events were removed or changed, and not by the server. Or LATCHKEY_SECRET is another one than theirs.';
    case 'not_as_expected':
      return `Broken: the head that was expected, ${verification.seq}, is not in the log. Its end was cut off, or it is another log.`;
  }
}

function representVerification(verification: AuditVerification): object {
  if (verification.kind !== 'intact') return verification;
  const { kind, base, head } = verification;
  return { kind, events: head.seq - base.seq, removed: base.seq, head: printLink(head) };
}

function printLink({ seq, mac }: ChainLink): string {
  return `${seq}:${mac}`;
}

function represent(record: ChainedRecord): object {
  const { seq, id, at, type, outcome, actor, target, network, userAgent, details, mac } = record;
  const parsed: unknown = details === null ? null : JSON.parse(details);
  return {
    seq: seq === 0 ? null : seq,
    id,
    at: iso(at),
    type,
    outcome,
    actor,
    target,
    network,
    user_agent: userAgent,
    details: parsed,
    mac: mac === '' ? null : mac,
  };
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Waits for a pipe that is full: an export may be larger than the memory. */
async function writeSlowly(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

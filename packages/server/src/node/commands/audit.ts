import { ADMIN_ROUTES } from '@latchkey/protocol';
import {
  adminAuditChainResponse,
  adminAuditListResponse,
  adminAuditVerificationResponse,
  type AdminAuditVerificationResponse,
} from '@latchkey/protocol/schemas';
import type { AdminApi, Administer } from '../admin-api/admin-api.ts';
import { clearProgress, followPages, leadsNowhere, showProgress } from '../admin-api/follow-pages.ts';
import { CommandError } from '../command-error.ts';
import { write, writeSlowly, type Output } from './output.ts';

const PAGE = '100';
const HOW_TO_USE_HEAD =
  'Keep the head elsewhere: `latchkey audit verify --expect HEAD` shows later whether the end was cut off.';

/** Prints events, the newest first. */
export async function listAuditCommand(
  administer: Administer,
  search: { readonly about?: string; readonly type?: string; readonly since?: number },
  limit: number,
  { json }: Output,
): Promise<void> {
  await administer(async (api) => {
    const { about, type } = search;
    const since = search.since === undefined ? undefined : new Date(search.since).toISOString();
    const readPage = async (cursor: string | undefined, size: string) => {
      const query = { about, type, since, cursor, limit: size };
      const { events, next } = await api.call({ path: ADMIN_ROUTES.audit, query, answer: adminAuditListResponse });
      return { items: events, next };
    };
    const { items } = limit === 0 ? { items: [] } : await followPages(readPage, undefined, limit);
    if (json) return write(JSON.stringify(items));
    if (items.length === 0) return write('Nothing was found.');
    const lines = items.map(({ at, outcome, type: name, actor, target, network }) =>
      [at, outcome, name.padEnd(34), actor ?? '-', target ?? '-', network ?? '-'].join('  '),
    );
    write(lines.join('\n'));
  });
}

/** Prints all events behind a place in the chain as JSON lines, the oldest first. */
export async function exportAuditCommand(administer: Administer, after: number): Promise<void> {
  await administer(async (api) => {
    for (let cursor: number | null = after; cursor !== null;) {
      const query = { cursor: String(cursor), limit: PAGE };
      const page: { events: readonly object[]; next: number | null } = await api.call({
        path: ADMIN_ROUTES.auditChain,
        query,
        answer: adminAuditChainResponse,
      });
      await writeSlowly(page.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      if (page.next !== null && page.next <= cursor) throw leadsNowhere();
      cursor = page.next;
    }
  });
}

/** Follows the chain, and says whether it is what the server wrote. Gives the exit code. */
export async function verifyAuditCommand(
  administer: Administer,
  expect: string | undefined,
  { json }: Output,
): Promise<number> {
  let exitCode = 0;
  await administer(async (api) => {
    const { next: _, ...verification } = await followChain(api, expect);
    exitCode = verification.kind === 'intact' ? 0 : 1;
    write(json ? JSON.stringify(verification) : describe(verification));
  });
  return exitCode;
}

async function followChain(api: AdminApi, expect: string | undefined): Promise<AdminAuditVerificationResponse> {
  let cursor: string | undefined;
  let verified = 0;
  for (;;) {
    const part: AdminAuditVerificationResponse = await api.call({
      path: ADMIN_ROUTES.auditVerification,
      query: { cursor, expect },
      answer: adminAuditVerificationResponse,
    });
    if (part.kind !== 'unfinished' || part.next === undefined) {
      clearProgress();
      return part;
    }
    const { seq = 0 } = part;
    if (seq <= verified) throw leadsNowhere();
    verified = seq;
    cursor = part.next;
    showProgress(`${seq} events verified`);
  }
}

/** Ends the command for what `audit verify` has never printed as head. */
export function requireLink(text: string): string {
  if (/^\d{1,15}:[\w-]{43}$/.test(text)) return text;
  throw new CommandError(`${text} is not a link of the chain.`, 'Give what `latchkey audit verify` printed as head.');
}

function describe({ kind, seq = 0, events = 0, removed = 0, head = '' }: AdminAuditVerificationResponse): string {
  switch (kind) {
    case 'unfinished':
      return `Unfinished: intact up to event ${seq}.`;
    case 'intact': {
      const beginning = removed > 0 ? ` ${removed} older ones were removed by age.` : '';
      const summary = `Intact: ${events} events.${beginning}`;
      if (events + removed === 0) return `${summary}\nNothing has happened yet.`;
      return `${summary}\nHead ${head}\n${HOW_TO_USE_HEAD}`;
    }
    case 'changed':
      return `Broken: event ${seq} is not what the server wrote. What comes before it is intact.`;
    case 'missing':
      return `Broken: event ${seq} was removed. What comes before it is intact.`;
    case 'end_missing':
      return `Broken: event ${seq} and all after it were removed.`;
    case 'base_forged':
      return 'Broken: the oldest or the newest events were removed or changed, and not by the server. Or LATCHKEY_SECRET is another one than theirs.';
    case 'not_as_expected':
      return `Broken: the head that was expected, ${seq}, is not in the log. Its end was cut off, or it is another log.`;
  }
}

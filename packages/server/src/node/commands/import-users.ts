import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ADMIN_ROUTES } from '@latchkey/protocol';
import { adminUserImportResponse, MAX_IMPORTED_USERS, type AdminUserImportResponse } from '@latchkey/protocol/schemas';
import { AdminApiError, type AdminApi, type Administer } from '../admin-api/admin-api.ts';
import { clearProgress, showProgress } from '../admin-api/follow-pages.ts';
import { CommandError } from '../command-error.ts';
import { write, type Output } from './output.ts';
import { readUserLines, type UserLine } from './user-lines.ts';

interface RefusedLine {
  readonly line: number;
  /** Each with the member that it is about, where it is about one. */
  readonly problems: readonly string[];
}

interface Summary {
  readonly dry_run: boolean;
  imported: number;
  waiting: number;
  existing: number;
  refused: number;
  /** The first of those that were refused: a file may hold nothing else. */
  readonly refused_lines: RefusedLine[];
}

type Line = Extract<UserLine, { kind: 'user' }>;

/** Less than a server takes at a time, for what stands around the lines. */
const MAX_BATCH_BYTES = 48 * 1024;
const MAX_NAMED_LINES = 1000;

/**
 * Takes over users of another product from a file of JSON lines, a batch at a time. What is refused keeps nobody else
 * out, and to run it again changes nothing for those who are here. Gives the exit code.
 *
 * @param file - Its path, or `-` for standard input.
 */
export async function importUsersCommand(
  administer: Administer,
  { file, dryRun }: { readonly file: string; readonly dryRun: boolean },
  { json }: Output,
): Promise<number> {
  const summary: Summary = { dry_run: dryRun, imported: 0, waiting: 0, existing: 0, refused: 0, refused_lines: [] };
  try {
    await using opened = file === '-' ? undefined : await open(file);
    // Its errors are heard from the first read on, which is when the server has been reached.
    await administer((api) => importLines(api, opened?.createReadStream() ?? process.stdin, summary));
  } catch (error) {
    throw isFileError(error) ? unreadable(file, error) : error;
  } finally {
    clearProgress();
  }
  summary.refused_lines.sort((left, right) => left.line - right.line);
  write(json ? JSON.stringify(summary) : describe(summary));
  return summary.refused === 0 ? 0 : 1;
}

async function importLines(api: AdminApi, input: Readable, summary: Summary): Promise<void> {
  let batch: Line[] = [];
  let bytes = 0;
  for await (const line of readUserLines(input)) {
    if (line.kind === 'refused') {
      refuse(summary, { line: line.number, problems: [line.detail] });
      continue;
    }
    if (batch.length === MAX_IMPORTED_USERS || (batch.length > 0 && bytes + line.bytes > MAX_BATCH_BYTES)) {
      await importBatch(api, batch, summary);
      showProgress(`${line.number - 1} lines`);
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += line.bytes;
  }
  await importBatch(api, batch, summary);
}

/** The server takes all of a batch or nothing: the lines that it names are left out, and the others sent again. */
async function importBatch(api: AdminApi, batch: readonly Line[], summary: Summary): Promise<void> {
  let lines = batch;
  while (lines.length > 0) {
    const answer = await send(api, lines, summary.dry_run);
    if ('results' in answer) {
      if (answer.results.length !== lines.length) throw new Error('The server has not said what became of each line');
      for (const { status } of answer.results) summary[status] += 1;
      return;
    }
    lines = lines.filter(({ number }, index) => {
      const problems = answer.get(index);
      if (problems !== undefined) refuse(summary, { line: number, problems });
      return problems === undefined;
    });
  }
}

/** @returns What became of each, or what is wrong with which. */
async function send(
  api: AdminApi,
  lines: readonly Line[],
  dryRun: boolean,
): Promise<AdminUserImportResponse | ReadonlyMap<number, readonly string[]>> {
  const json = { users: lines.map(({ user }) => user), dry_run: dryRun };
  try {
    return await api.call({ method: 'POST', path: ADMIN_ROUTES.importUsers, json, answer: adminUserImportResponse });
  } catch (error) {
    const problems = error instanceof AdminApiError ? problemsByLine(error) : new Map<number, string[]>();
    if (problems.size === 0 || Math.max(...problems.keys()) >= lines.length) throw error;
    return problems;
  }
}

function problemsByLine({ problem }: AdminApiError): ReadonlyMap<number, readonly string[]> {
  const byLine = new Map<number, string[]>();
  for (const { pointer, detail } of problem.errors ?? []) {
    const [, index, member = ''] = /^\/users\/(\d{1,3})(?:\/(.*))?$/s.exec(pointer) ?? [];
    if (index === undefined) continue;
    const problems = byLine.get(Number(index)) ?? [];
    byLine.set(Number(index), [...problems, member === '' ? detail : `${member}: ${detail}`]);
  }
  return byLine;
}

function refuse(summary: Summary, line: RefusedLine): void {
  summary.refused += 1;
  if (summary.refused_lines.length < MAX_NAMED_LINES) summary.refused_lines.push(line);
}

function describe({ dry_run: dryRun, imported, waiting, existing, refused, refused_lines: named }: Summary): string {
  const lines = named.map(({ line, problems }) => `Line ${line}: ${problems.join('; ')}`);
  if (refused > named.length) lines.push(`And ${refused - named.length} more.`);
  lines.push(
    `${dryRun ? 'Nothing was written. It would be: ' : ''}${imported} imported, ${waiting} waiting for their address ` +
      `to be confirmed, ${existing} here already, ${refused} refused.`,
  );
  return lines.join('\n');
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^(?:open|read)$/.test((error as NodeJS.ErrnoException).syscall ?? '');
}

function unreadable(file: string, { code = 'unknown error' }: NodeJS.ErrnoException): CommandError {
  return new CommandError(
    `${file} cannot be read: ${code}.`,
    'Give a file of JSON lines, or - and send them: latchkey users import - < FILE',
  );
}

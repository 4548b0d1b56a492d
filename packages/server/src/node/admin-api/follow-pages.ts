import { CommandError } from '../command-error.ts';
import { AdminApiError } from './admin-api.ts';

/** A page of a list, and where the next one begins: null at the end. */
export interface ListPage<Item, Cursor> {
  readonly items: readonly Item[];
  readonly next: Cursor | null;
}

const MAX_PAGE_SIZE = 100;

/**
 * Reads pages until there are as many rows as asked for, or no more. On a terminal it is seen how far it is.
 *
 * @param first - Where to begin; undefined for the beginning.
 */
export async function followPages<Item, Cursor>(
  readPage: (cursor: Cursor | undefined, limit: string) => Promise<ListPage<Item, Cursor>>,
  first: Cursor | undefined,
  limit: number,
): Promise<ListPage<Item, Cursor>> {
  const items: Item[] = [];
  let next: Cursor | null = first ?? null;
  do {
    const size = String(Math.min(MAX_PAGE_SIZE, limit - items.length));
    const page: ListPage<Item, Cursor> = await readPage(next ?? undefined, size).catch((error: unknown) => {
      if (!(error instanceof AdminApiError) || !error.isAbout('cursor')) throw error;
      throw new CommandError('--after does not name a row of this list.', 'Give what the list before ended with.');
    });
    items.push(...page.items);
    next = page.next;
    if (next !== null && page.items.length === 0) throw leadsNowhere();
    if (next !== null) showProgress(`${items.length} read`);
  } while (next !== null && items.length < limit);
  clearProgress();
  return { items, next };
}

/** For a list that goes on without anything new: it would be read for ever. */
export function leadsNowhere(): CommandError {
  return new CommandError('The server gives pages that lead nowhere.', 'Is the address right, and the server sound?');
}

/** Says on a terminal how far it is; never where the output goes elsewhere. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}`);
}

export function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

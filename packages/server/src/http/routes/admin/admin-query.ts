import type { z } from 'zod';
import type { AppContext } from '../../environment.ts';
import { invalidMembers } from '../../api-error.ts';
import { readQuery } from '../../query.ts';
import { describeIssues } from '../../request-body.ts';

const PAGE_SIZE = 50;

/**
 * Reads the parameters of a query by their schema.
 *
 * @throws {@link ApiError} `invalid_request`, naming every parameter that is unknown or wrong.
 */
export function readAdminQuery<Schema extends z.ZodObject>(c: AppContext, schema: Schema): z.output<Schema> {
  const parameters = [...readQuery(c)].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
  const result = schema.safeParse(Object.fromEntries(parameters));
  if (result.success) return result.data;
  throw invalidMembers(...describeIssues(result.error));
}

/** How many rows a page has. */
export function pageSize({ limit }: { readonly limit?: number | undefined }): number {
  return limit ?? PAGE_SIZE;
}

/** Ends the request for a cursor that no page of this list has given. */
export function requireCursor<Cursor extends string>(
  cursor: string | undefined,
  isCursor: (text: string) => text is Cursor,
): Cursor | undefined {
  if (cursor === undefined || isCursor(cursor)) return cursor;
  throw invalidCursor();
}

export function invalidCursor() {
  return invalidMembers({ pointer: '/cursor', detail: 'Not a cursor of this list: give `next` of the page before' });
}

import { cursorOf, type Place, placeOf } from '../domain/cursor.ts';
import type { Cursor } from '../domain/types.ts';
import type { ForumDatabase } from './database.ts';

/** A sorted list of which pages are read. All of it is the program's own text; what is bound stands in `bound`. */
export interface Keyset {
  /** The name that its cursors carry. */
  readonly list: string;
  readonly select: string;
  readonly from: string;
  readonly where: string;
  readonly bound: readonly (string | number)[];
  /** An index has these columns, in this order, after those that `where` fixes. */
  readonly key: string;
  readonly id: string;
  readonly order: 'ASC' | 'DESC';
}

export interface Placed {
  readonly placeKey: number;
  readonly placeId: number;
}

export interface KeysetPage<Row> {
  readonly rows: readonly Row[];
  readonly older: Cursor | null;
  readonly newer: Cursor | null;
}

/** The statement behind a page: the tests look at its plan. */
export function keysetSql(keyset: Keyset, direction: Place['direction'] | 'first'): string {
  const { select, from, where, key, id } = keyset;
  const forward = keyset.order;
  const backward = forward === 'ASC' ? 'DESC' : 'ASC';
  const order = direction === 'newer' ? backward : forward;
  const beyond = direction === 'first' ? '' : ` AND (${key}, ${id}) ${order === 'ASC' ? '>' : '<'} (?, ?)`;
  return (
    `SELECT ${select}, ${key} AS placeKey, ${id} AS placeId FROM ${from} ` +
    `WHERE ${where}${beyond} ORDER BY ${key} ${order}, ${id} ${order} LIMIT ?`
  );
}

/** A page of the list at the cursor; the first one where the cursor is none of this list. */
export function readKeyset<Row>(
  database: ForumDatabase,
  keyset: Keyset,
  cursor: Cursor | undefined,
  limit: number,
): KeysetPage<Row & Placed> {
  const place = placeOf(cursor, keyset.list);
  const direction = place?.direction ?? 'first';
  const found = database
    .statement<Row & Placed>(keysetSql(keyset, direction))
    .all(...keyset.bound, ...(place === undefined ? [] : [place.key, place.id]), limit + 1);
  const hasMore = found.length > limit;
  // Rows have gone meanwhile, or the top is reached: the first page, and a whole one.
  if (direction === 'newer' && !hasMore) return readKeyset(database, keyset, undefined, limit);

  const rows = found.slice(0, limit);
  if (direction === 'newer') rows.reverse();
  const beside = (row: Placed | undefined, to: Place['direction']): Cursor | null =>
    row === undefined ? null : cursorOf({ list: keyset.list, direction: to, key: row.placeKey, id: row.placeId });
  const self = place === undefined ? undefined : { placeKey: place.key, placeId: place.id };
  return {
    rows,
    older: direction === 'newer' || hasMore ? beside(rows.at(-1), 'older') : null,
    newer: direction === 'first' ? null : beside(rows[0] ?? self, 'newer'),
  };
}

import type { Cursor } from './types.ts';

/**
 * A place in a sorted list: the sort key and the id of the row beside it, so that a page far down costs what the first
 * one costs, and rows that come or go shift nothing.
 */
export interface Place {
  /** Which list: a cursor of one is no place in another. */
  readonly list: string;
  /** 'older': rows after the place. 'newer': rows before it. */
  readonly direction: 'older' | 'newer';
  readonly key: number;
  readonly id: number;
}

const CURSOR = /^([a-z]{1,12})\.([on])\.(-?\d{1,15})\.(\d{1,15})$/;

/** What a stranger sent as a cursor; undefined where it is none. */
export function parseCursor(text: string): Cursor | undefined {
  return CURSOR.test(text) ? (text as Cursor) : undefined;
}

export function cursorOf({ list, direction, key, id }: Place): Cursor {
  return `${list}.${direction === 'older' ? 'o' : 'n'}.${key}.${id}` as Cursor;
}

/** The place that a cursor names in this list; undefined for a cursor of another, and for none. */
export function placeOf(cursor: Cursor | undefined, list: string): Place | undefined {
  const [, name, direction, key, id] = CURSOR.exec(cursor ?? '') ?? [];
  if (name !== list) return undefined;
  return { list, direction: direction === 'o' ? 'older' : 'newer', key: Number(key), id: Number(id) };
}

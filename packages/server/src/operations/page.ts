/** A page of a list, and where the next one begins: undefined at the end. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/** @param found - One more than fits on the page, if there are so many. */
export function toPage<Item>(found: readonly Item[], limit: number, idOf: (item: Item) => string): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? idOf(last) : undefined };
}

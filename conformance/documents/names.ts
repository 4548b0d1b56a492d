/**
 * Documents name hosts as their readers will see them, `http://localhost:4400`, but a test listens where there is room.
 * Loaded with `--import`, this leads the requests of a program from the one to the other; curl has `--connect-to`.
 */

/** Origin as documents have it → where that is now. */
export type Names = Readonly<Record<string, string>>;

export function mapFetch(names: () => Names, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const to = names()[url.origin];
    if (to === undefined) return fetch(input, init);
    const moved = to + url.pathname + url.search;
    return fetch(input instanceof Request ? new Request(moved, input) : moved, init);
  };
}

const { DOCUMENT_NAMES } = process.env;
if (DOCUMENT_NAMES !== undefined) {
  const names = JSON.parse(DOCUMENT_NAMES) as Names;
  globalThis.fetch = mapFetch(() => names, globalThis.fetch);
}

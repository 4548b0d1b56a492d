/** Longer ones do not fit the URLs and headers that they travel in. */
const MAX_LENGTH = 4000;

/** A path, query and fragment of printable ASCII: nothing else may stand in a `Location` header. */
const PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

/**
 * What makes a path mean different things to different readers: empty segments, backslashes, and slashes,
 * backslashes, dots, percent signs or control characters behind a percent escape.
 */
const AMBIGUOUS = /\/\/|\\|%(?:2f|5c|2e|25|[01][0-9a-f]|7f)/i;

const SOMEWHERE = 'https://latchkey.invalid';

/**
 * The path to return to after signing in, or undefined where following it could leave this origin
 * (open redirect, CWE-601). Accepts only a path in normal form, with its query and fragment, that starts with a
 * single slash. It says nothing about whether a page exists there.
 */
export function safeReturnPath(next: string | undefined): string | undefined {
  if (next === undefined || next.length > MAX_LENGTH || !PATH.test(next)) return undefined;
  const path = next.split(/[?#]/, 1)[0] ?? '';
  if (AMBIGUOUS.test(path)) return undefined;
  const url = URL.parse(next, SOMEWHERE);
  // Read as a browser reads it, it must be on the same origin and come back unchanged: no dot segments.
  if (url === null || url.origin !== SOMEWHERE) return undefined;
  return url.href === SOMEWHERE + next ? next : undefined;
}

/**
 * A page of ours that leads on to where somebody came from.
 *
 * @param returnPath - As {@link safeReturnPath} gives it.
 */
export function withReturnPath(page: string, returnPath: string | undefined): string {
  return returnPath === undefined ? page : `${page}?next=${encodeURIComponent(returnPath)}`;
}

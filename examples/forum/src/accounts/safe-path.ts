/** Longer ones do not fit the cookie that they travel in. */
const MAX_LENGTH = 1000;

/** A path, query and fragment of printable ASCII: nothing else may stand in a `Location` header. */
const PATH = /^\/(?![/\\])[\x21-\x7e]*$/;

/** What different readers of a path take for different paths: escaped slashes, dots, percent signs, control characters. */
const AMBIGUOUS = /\/\/|\\|%(?:2f|5c|2e|25|[01][0-9a-f]|7f)/i;

const SOMEWHERE = 'https://forum.invalid';

/**
 * A path of this site to go on to, or undefined where following it could lead elsewhere (open redirect, CWE-601): `next`
 * is whatever somebody wrote into a link.
 */
export function safePath(next: string | undefined): string | undefined {
  if (next === undefined || next.length > MAX_LENGTH || !PATH.test(next)) return undefined;
  if (AMBIGUOUS.test(next.split(/[?#]/, 1)[0] ?? '')) return undefined;
  // As a browser reads it, it is on the same origin and comes back unchanged: it has no dot segments.
  return URL.parse(next, SOMEWHERE)?.href === SOMEWHERE + next ? next : undefined;
}

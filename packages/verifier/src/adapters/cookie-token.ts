const SPACE_BEFORE = /^[ \t]+/;

/**
 * The values of all cookies of this name. Several Cookie headers are one that was taken apart (RFC 9113 §8.2.3). Only what
 * browsers leave out of names is left out here (RFC 6265bis §5.6): behind other spaces, which `trim` takes away as well, they
 * see no `__Host-`, and keep such a cookie from anybody.
 *
 * @param headers - The values of all Cookie headers.
 */
export function readCookies(headers: readonly string[], name: string): string[] {
  const pairs = headers.flatMap((header) => header.split(';')).map((pair) => pair.replace(SPACE_BEFORE, ''));
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1).trimEnd());
}

/**
 * The values of all cookies of this name. Several Cookie headers are one that was taken apart (RFC 9113 §8.2.3).
 *
 * @param headers - The values of all Cookie headers.
 */
export function readCookies(headers: readonly string[], name: string): string[] {
  const pairs = headers.flatMap((header) => header.split(';')).map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
}

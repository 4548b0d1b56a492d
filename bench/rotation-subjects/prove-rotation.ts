/**
 * Throws unless refresh tokens really rotate: each use gives another one, one that was used before is refused, and with
 * it its successors are gone (RFC 9700 §4.14.2).
 *
 * @param refresh - Presents a refresh token and tells the next; undefined where it is refused.
 */
export async function proveRotation(
  name: string,
  first: string,
  refresh: (token: string) => Promise<string | undefined>,
): Promise<void> {
  const second = await refresh(first);
  const third = second && (await refresh(second));
  const tokens = new Set([first, second, third]);
  if (third === undefined || tokens.size < 3) throw new Error(`${name} does not rotate refresh tokens`);
  if ((await refresh(first)) !== undefined) throw new Error(`${name} accepts a refresh token that was used before`);
  if ((await refresh(third)) !== undefined) throw new Error(`${name} goes on after a refresh token was used twice`);
}

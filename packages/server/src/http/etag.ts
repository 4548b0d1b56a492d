/**
 * Whether `If-None-Match` names what the client would get (RFC 9110 §13.1.2): any of a list, compared weakly,
 * because a proxy that compresses may have weakened it; or `*`.
 *
 * @param etag - A strong entity tag without a comma, in its quotes.
 */
export function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === etag || tag === '*');
}

export function check(isValid: boolean, option: string, allowed: string): asserts isValid {
  if (!isValid) throw new TypeError(`createVerifier: ${option} must be ${allowed}`);
}

export function isFilledString(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0;
}

export function inRange(option: string, value: number, least: number, most: number): number {
  check(typeof value === 'number' && value >= least && value <= most, option, `a number from ${least} to ${most}`);
  return value;
}

/** The URL that was given, or else the usual one below the issuer. */
export function urlOf(option: string, given: string | undefined, issuer: string, path: string): string {
  if (given !== undefined) return readUrl(option, given).href;
  const url = readUrl('issuer', issuer);
  // RFC 8414 §2.
  check(url.search === '' && url.hash === '', 'issuer', 'a URL without query and fragment');
  return url.origin + url.pathname.replace(/\/$/, '') + path;
}

/** Keys that came over plain http could be anybody's; on loopback there is nobody in between. */
export function readUrl(option: string, text: string): URL {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  check(url !== null && isSafe, option, 'an https URL, or an http URL on localhost');
  check(url.username === '' && url.password === '', option, 'a URL without a user name and password');
  return url;
}

/** The URL parser has brought every spelling of an IPv4 address into its dotted form. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

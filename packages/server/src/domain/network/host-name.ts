/**
 * Whether a request's host name may be somebody's domain that was made to point here (DNS rebinding, CWE-350): to the
 * browser, a page of that domain is then of this origin, and may read every answer. Addresses, names without a dot and
 * `localhost` cannot be registered by anybody.
 *
 * @param hostname - As URL gives it: lower case, IPv6 in brackets.
 * @param ownHostname - Of the issuer.
 */
export function mayBeRebound(hostname: string, ownHostname: string): boolean {
  if (hostname === ownHostname || !hostname.includes('.')) return false;
  return !hostname.endsWith('.localhost') && !/^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}

/** What is sent there stays private: https, or http that does not leave this very machine (RFC 8252 §8.3). */
export function isPrivateTransport({ protocol, hostname }: Pick<URL, 'protocol' | 'hostname'>): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK_NAMES.has(hostname));
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

import ipaddr from 'ipaddr.js';

/** A range of addresses: the network and its prefix length. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Bits of an IPv4-mapped IPv6 address before the IPv4 address (RFC 4291 §2.5.5.2). */
const MAPPED_PREFIX_BITS = 96;

/** Reads a CIDR (or a single address), or gives undefined. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const cidr = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
  if (!isPlain(cidr.split('/', 1)[0] ?? '') || !ipaddr.isValidCIDR(cidr)) return undefined;
  const [network, bits] = ipaddr.parseCIDR(cidr);
  // Addresses are compared in their normal form, which is IPv4 for these.
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= MAPPED_PREFIX_BITS) {
    return [network.toIPv4Address(), bits - MAPPED_PREFIX_BITS];
  }
  return [network, bits];
}

/**
 * The address of whoever sent the request.
 *
 * `X-Forwarded-For` counts only as far as configured proxies vouch for it: it is read from the right, and
 * the first address that is not one of them is the client's. Anything to its left is the client's own claim.
 *
 * @returns The address in its normal form (an IPv4-mapped IPv6 address as IPv4), or null where there is none.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: readonly AddressRange[],
): string | null {
  const peer = parseAddress(socketAddress);
  if (peer === undefined) return null;
  let client = peer;
  const hops = (forwardedFor ?? '').split(',').toReversed();
  for (const hop of hops) {
    if (!isTrusted(client, trustedProxies)) break;
    const next = parseAddress(hop.trim());
    if (next === undefined) break;
    client = next;
  }
  return client.toString();
}

function parseAddress(text: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return text !== undefined && isPlain(text) ? ipaddr.process(text) : undefined;
}

/** Octal, hexadecimal and shortened IPv4 addresses are refused: `1` would be 0.0.0.1 and `010.0.0.1` be 8.0.0.1. */
function isPlain(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

function isTrusted(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

import ipaddr from 'ipaddr.js';

/** A range of addresses: the network and its prefix length. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Reads a CIDR (or a single address), or gives undefined. */
export function parseAddressRange(text: string): AddressRange | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.isValid(text)) return undefined;
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
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
  const hops = (forwardedFor ?? '').split(',').reverse();
  for (const hop of hops) {
    if (!isTrusted(client, trustedProxies)) break;
    const next = parseAddress(hop.trim());
    if (next === undefined) break;
    client = next;
  }
  return client.toString();
}

function parseAddress(text: string | undefined): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return text !== undefined && ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

function isTrusted(address: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

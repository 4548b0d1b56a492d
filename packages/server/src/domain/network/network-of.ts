import ipaddr from 'ipaddr.js';

/** What one customer of a provider usually holds (RFC 6177 §2 gives a site more, never less). */
const IPV6_NETWORK_BITS = 64;

/**
 * The network that an address counts with: itself for IPv4, its /64 for IPv6, where whoever has one address has
 * 2^64. To be given what `clientAddress` found.
 */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_NETWORK_BITS}`).toString()}/${IPV6_NETWORK_BITS}`;
}

/** Whether the address is this machine's own. */
export function isLoopback(address: string): boolean {
  return ipaddr.process(address).range() === 'loopback';
}

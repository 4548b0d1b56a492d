import ipaddr from 'ipaddr.js';
import type { AddressRange } from './client-address.ts';

/** Of IPv6, nothing else has been given to anybody to be public (RFC 4291 §2.4, IANA's registry of the address space). */
const PUBLIC_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether this server may connect to an address that somebody else chose: a public one, or one in a network that the
 * operator allowed. Else a registered address could reach what only this machine can: its neighbours, a cloud's
 * metadata service, itself.
 *
 * @param text - An address, as a resolver gives it.
 */
export function isAllowedAddress(text: string, allowed: readonly AddressRange[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  // An IPv4-mapped IPv6 address is the IPv4 address.
  const address = ipaddr.process(text);
  if (allowed.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))) return true;
  if (address instanceof ipaddr.IPv6 && !address.match(PUBLIC_IPV6)) return false;
  // All other ranges have a use of their own (RFC 6890), tunnels and translators to IPv4 among them.
  return address.range() === 'unicast';
}

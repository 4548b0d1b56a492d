import ipaddr from 'ipaddr.js';
import type { AddressRange } from './client-address.ts';

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
  // All other ranges have a use of their own (RFC 6890), tunnels and translators to IPv4 among them.
  return address.range() === 'unicast';
}

import { describe, expect, test } from 'vitest';
import { isAllowedAddress } from './allowed-address.ts';
import { parseAddressRange } from './client-address.ts';

describe('RFC 6890: public addresses alone', () => {
  test.each(['93.184.216.34', '8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s', (address) => {
    expect(isAllowedAddress(address, [])).toBe(true);
  });

  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback elsewhere', '127.8.8.8'],
    ['this host', '0.0.0.0'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['the metadata service of a cloud', '169.254.169.254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['benchmarks', '198.18.0.1'],
    ['documentation', '192.0.2.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['IPv6 loopback', '::1'],
    ['IPv6 unspecified', '::'],
    ['IPv6 unique local', 'fd00::1'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv6 link-local with a zone', 'fe80::1%eth0'],
    ['a mapped loopback', '::ffff:127.0.0.1'],
    ['a mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['an IPv4-compatible loopback', '::127.0.0.1'],
    ['an IPv4-compatible loopback, as a URL has it', '::7f00:1'],
    ['a range that nobody has been given', 'fe00::1'],
    ['what discards', '100:0:0:1::1'],
    ['6to4 of a private address', '2002:a00:1::'],
    ['NAT64 of loopback', '64:ff9b::7f00:1'],
    ['local NAT64 of loopback', '64:ff9b:1::7f00:1'],
    ['Teredo', '2001:0:7f00:1::'],
    ['no address', 'localhost'],
    ['nothing', ''],
  ])('not %s: %s', (_what, address) => {
    expect(isAllowedAddress(address, [])).toBe(false);
  });

  test('and what the operator allowed', () => {
    const allowed = [parseAddressRange('10.1.0.0/16')!, parseAddressRange('::1')!];
    expect(['10.1.2.3', '::ffff:10.1.2.3', '::1'].map((address) => isAllowedAddress(address, allowed))).toEqual([
      true,
      true,
      true,
    ]);
    expect(['10.2.0.1', '127.0.0.1'].some((address) => isAllowedAddress(address, allowed))).toBe(false);
  });
});

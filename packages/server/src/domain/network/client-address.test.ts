import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddress, parseAddressRange, type AddressRange } from './client-address.ts';

const ranges = (...texts: readonly string[]): AddressRange[] => texts.map((text) => parseAddressRange(text)!);
const PROXIES = ranges('10.0.0.0/8', '2001:db8:aaaa::/48');

describe('without a configured proxy, forwarded headers count for nothing', () => {
  test.each(['1.2.3.4', '1.2.3.4, 5.6.7.8', '127.0.0.1', '', 'garbage'])('%j', (forwarded) => {
    expect(clientAddress('203.0.113.9', forwarded, [])).toBe('203.0.113.9');
  });
});

describe('behind proxies', () => {
  test.each([
    ['the proxy itself, without a header', '10.0.0.1', undefined, '10.0.0.1'],
    ['one proxy', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['a chain of proxies', '10.0.0.1', '198.51.100.7, 10.0.0.3, 10.0.0.2', '198.51.100.7'],
    ['a chain over both families', '2001:db8:aaaa::1', '198.51.100.7,10.0.0.3', '198.51.100.7'],
    ['what the client claims in front is not read', '10.0.0.1', '127.0.0.1, 10.9.9.9, 198.51.100.7', '198.51.100.7'],
    ['a client that claims to be a proxy', '10.0.0.1', '6.6.6.6, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['all of it proxies: the outermost', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a peer that is no proxy', '203.0.113.9', '10.0.0.1', '203.0.113.9'],
    ['an IPv4-mapped peer is the proxy', '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['an IPv4-mapped client is IPv4', '10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['an IPv4-mapped hop in between is the proxy', '10.0.0.1', '198.51.100.7, ::ffff:10.0.0.2', '198.51.100.7'],
    ['an IPv6 client, in its normal form', '10.0.0.1', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['spaces of any kind around', '10.0.0.1', ' 198.51.100.7\t,  10.0.0.2 ', '198.51.100.7'],
  ])('%s', (_name, peer, forwarded, expected) => {
    expect(clientAddress(peer, forwarded, PROXIES)).toBe(expected);
  });

  test.each([
    'garbage',
    '',
    ' ',
    ',',
    'unknown',
    '_hidden',
    '198.51.100.7:4711',
    '[2001:db8::1]:80',
    '"198.51.100.7"',
    '198.51.100',
    '198.51.100.256',
    '198.51.100.7/32',
    '2001:db8::1::2',
    // Spellings that some readers take for another address: 0.0.0.1, 127.0.0.1, 8.0.0.1.
    '1',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '010.0.0.1',
  ])('at %j the chain ends: the proxy that said it stands for the client', (hop) => {
    expect(clientAddress('10.0.0.1', `6.6.6.6, ${hop}`, PROXIES)).toBe('10.0.0.1');
    expect(clientAddress('10.0.0.1', `6.6.6.6, ${hop}, 10.0.0.2`, PROXIES)).toBe('10.0.0.2');
  });
});

describe('no peer, no address', () => {
  test.each([undefined, '', 'garbage', '/run/latchkey.sock'])('%j', (peer) => {
    expect(clientAddress(peer, '198.51.100.7', ranges('0.0.0.0/0'))).toBeNull();
  });
});

test('any header gives an address or null, and never an exception', () => {
  const headers = fc
    .array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.string({ maxLength: 12 })))
    .map((hops) => hops.join(','));
  fc.assert(
    fc.property(headers, (forwarded) => {
      const address = clientAddress('10.0.0.1', forwarded, ranges('0.0.0.0/0', '::/0'));
      expect(address).toMatch(/^[0-9a-f.:]+$/);
    }),
  );
});

describe('a range', () => {
  test.each([
    ['10.0.0.0/8', '10.255.0.1', '11.0.0.1'],
    ['10.1.2.3', '10.1.2.3', '10.1.2.4'],
    ['10.1.2.3/32', '10.1.2.3', '10.1.2.4'],
    ['2001:db8::/32', '2001:db8:ffff::1', '2001:db9::1'],
    ['::1', '::1', '::2'],
    ['0.0.0.0/0', '203.0.113.9', '2001:db8::1'],
    // Peers are compared as IPv4 where they are: a range in the mapped form must not match nobody.
    ['::ffff:10.0.0.0/104', '10.255.0.1', '11.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3', '10.1.2.4'],
  ])('%s holds %s and not %s', (text, inside, outside) => {
    expect(clientAddress(inside, '192.0.2.1', ranges(text))).toBe('192.0.2.1');
    expect(clientAddress(outside, '192.0.2.1', ranges(text))).toBe(outside);
  });

  test.each([
    '',
    'localhost',
    'example.com',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '2001:db8::/129',
    '*',
    'true',
    // A number of hops, as other servers take it here, is no address of the network 0.0.0.0/8.
    '1',
    '1/8',
    '10/8',
    '127.1',
    '0x7f.0.0.1',
    '010.0.0.0/8',
  ])('%j is none', (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });
});

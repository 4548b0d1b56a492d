import { describe, expect, test } from 'vitest';
import { decideCrossSite } from './check-request.ts';

const OWN = 'https://id.example.com';
const SAFE = ['GET', 'HEAD', 'OPTIONS'];
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND', 'get', 'Post', ''];

const SITES = [
  'same-origin',
  'none',
  'same-site',
  'cross-site',
  'Same-Origin',
  'same-origin, cross-site',
  'unknown',
  '',
];
const ORIGINS = [
  undefined,
  OWN,
  'null',
  '',
  'http://id.example.com',
  'https://id.example.com:443',
  'https://id.example.com:8443',
  'https://id.example.com/',
  'https://ID.example.com',
  'https://example.com',
  'https://evil.example',
  'https://id.example.com.evil.example',
  `${OWN}, https://evil.example`,
];

describe('safe methods pass, wherever they come from', () => {
  test.each(SAFE)('%s', (method) => {
    for (const secFetchSite of [undefined, ...SITES]) {
      for (const origin of ORIGINS) expect(decideCrossSite({ method, secFetchSite, origin }, OWN)).toBe('allowed');
    }
  });
});

describe.each(UNSAFE)('%j', (method) => {
  test.each(SITES)('Sec-Fetch-Site %j decides alone, whatever the Origin', (secFetchSite) => {
    const expected = secFetchSite === 'same-origin' || secFetchSite === 'none' ? 'allowed' : 'cross_site';
    for (const origin of ORIGINS) expect(decideCrossSite({ method, secFetchSite, origin }, OWN)).toBe(expected);
  });

  test.each(ORIGINS)('without it, Origin %j', (origin) => {
    const expected = origin === undefined || origin === OWN ? 'allowed' : 'cross_site';
    expect(decideCrossSite({ method, secFetchSite: undefined, origin }, OWN)).toBe(expected);
  });
});

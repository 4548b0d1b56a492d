import { describe, expect, test } from 'vitest';
import { isSameOrigin } from './same-origin.ts';

const OWN = 'https://app.example.com';
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND', 'get', 'Post', ''];
const SITES = ['same-origin', 'none', 'same-site', 'cross-site', 'Same-Origin', 'same-origin, cross-site', ''];
const ORIGINS = [
  undefined,
  OWN,
  'null',
  '',
  'http://app.example.com',
  `${OWN}/`,
  `${OWN}.evil.example`,
  `${OWN}, ${OWN}`,
];

const decide = (method: string, secFetchSite: string | undefined, origin: string | undefined) =>
  isSameOrigin({ method, secFetchSite, origin, ownOrigin: OWN }, []);

test.each(['GET', 'HEAD', 'OPTIONS'])('%s passes, wherever it comes from', (method) => {
  for (const site of [undefined, ...SITES])
    for (const origin of ORIGINS) expect(decide(method, site, origin)).toBe(true);
});

describe.each(UNSAFE)('%j', (method) => {
  test.each(SITES)('Sec-Fetch-Site %j decides alone', (site) => {
    for (const origin of ORIGINS) expect(decide(method, site, origin)).toBe(site === 'same-origin' || site === 'none');
  });

  test.each(ORIGINS)('without it, Origin %j', (origin) => {
    expect(decide(method, undefined, origin)).toBe(origin === OWN);
  });
});

test('origins that were configured count instead of the one that the request names', () => {
  const request = { method: 'POST', secFetchSite: undefined, ownOrigin: 'http://10.0.0.7:3000' };
  expect(isSameOrigin({ ...request, origin: OWN }, ['https://other.example', OWN])).toBe(true);
  expect(isSameOrigin({ ...request, origin: 'http://10.0.0.7:3000' }, [OWN])).toBe(false);
});

test('an origin that nobody knows is equal to nothing', () => {
  const request = { method: 'POST', secFetchSite: undefined, ownOrigin: undefined };
  expect(isSameOrigin({ ...request, origin: undefined }, [])).toBe(false);
  expect(isSameOrigin({ ...request, origin: 'null', ownOrigin: 'null' }, [])).toBe(false);
});

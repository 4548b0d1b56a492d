import { expect, test } from 'vitest';
import type { Credential } from './credentials.ts';
import type { Exchange } from './evidence.ts';
import { cookiesFor, headersOfNobody, replayCandidates } from './replay-candidates.ts';

const site = 'https://app.example.com';
const random = 'Zk3vB9qLr7XwT1uYp0HsMn5';
const exchange = (changes: Partial<Exchange>): Exchange => ({
  phase: 'signed in',
  url: `${site}/api/me`,
  method: 'GET',
  resourceType: 'fetch',
  isPage: false,
  requestHeaders: { cookie: `lang=en; session=${random}`, accept: '*/*', origin: site, 'user-agent': 'x' },
  status: 200,
  responseHeaders: [],
  ...changes,
});
const session = {
  token: { kind: 'opaque', text: random },
  where: { origin: site, storage: 'cookie', key: 'session' },
  isSent: true,
} as const satisfies Credential;
const candidates = (...exchanges: Exchange[]) => replayCandidates(site, exchanges, [session]);

test('a GET with the cookie, and what it is carried by', () => {
  expect(candidates(exchange({}))).toEqual([
    { url: `${site}/api/me`, headers: { accept: '*/*' }, carriedBy: ['session'], urlOfNobody: `${site}/api/me` },
  ]);
});

test.each([
  ['POST', { method: 'POST' }],
  ['HEAD', { method: 'HEAD' }],
  ['refused', { status: 401 }],
  ['a picture', { resourceType: 'image' }],
  ['before the sign-in', { phase: 'before' }],
  ['after the sign-out', { phase: 'signed out' }],
  ['nothing to show', { requestHeaders: {} }],
  ['another site', { url: 'https://stats.test/me' }],
  ['a sign-out by GET', { url: `${site}/logout` }],
  ['a sign-out by GET', { url: `${site}/account/sign-out?next=/` }],
  ['something that is deleted by GET', { url: `${site}/items/1/delete` }],
  ['a transfer by GET', { url: `${site}/transfer?to=x` }],
  ['a code (RFC 6749 §4.1.2)', { url: `${site}/callback?code=x&state=y` }],
] as const)('never: %s %o', (_name, changes) => {
  expect(candidates(exchange(changes))).toEqual([]);
});

test('APIs before pages, each address once, and not many', () => {
  const many = Array.from({ length: 20 }, (_one, index) => exchange({ url: `${site}/api/${index}` }));
  const found = candidates(
    exchange({ url: `${site}/`, resourceType: 'document' }),
    exchange({}),
    ...many,
    exchange({}),
  );
  expect(found.length).toBe(4);
  expect(found[0]?.url).toBe(`${site}/api/me`);
  expect(new Set(found.map(({ url }) => url)).size).toBe(4);
});

test('with a header of its own an API elsewhere counts, and nobody asks without it', () => {
  const requestHeaders = { authorization: `Bearer ${random}`, dpop: 'proof', 'x-version': '1', 'x-csrf-token': 'y' };
  const [found] = candidates(exchange({ url: 'https://api.other.test/me', requestHeaders }));
  expect(found).toMatchObject({ carriedBy: ['authorization'], headers: requestHeaders });
  expect(headersOfNobody(found!)).toEqual({ 'x-version': '1', 'x-csrf-token': 'y' });
});

test('of an address with a token, nobody has the token', () => {
  const [found] = candidates(exchange({ url: `${site}/api/me?token=${random}`, requestHeaders: {} }));
  expect(found).toMatchObject({ carriedBy: [], urlOfNobody: `${site}/api/me?token=` });
});

test('RFC 6265 §5.1.3: cookies go to their host, and with a dot to its subdomains', () => {
  const cookie = (domain: string) => ({
    name: domain,
    value: '',
    domain,
    path: '/',
    expires: -1,
    httpOnly: true,
    secure: true,
    sameSite: 'Lax' as const,
  });
  const all = ['app.example.com', '.example.com', '.app.example.com', 'example.com', '.le.com', 'other.test'].map(
    cookie,
  );
  expect(cookiesFor({ url: `${site}/` }, all).map(({ name }) => name)).toEqual([
    'app.example.com',
    '.example.com',
    '.app.example.com',
  ]);
});

import { describe, expect, test } from 'vitest';
import type { Cookie, Exchange, SiteEvidence, StoredItem } from './evidence.ts';
import { isAtLeast, type Finding } from './finding.ts';
import { judge, sawSignIn, secretsOf } from './judge.ts';

const now = Date.parse('2030-01-31T12:00:00Z');
const seconds = now / 1000;
const site = 'https://app.example.com';
const policy = "script-src 'nonce-abc'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (payload: object, header: object = { alg: 'ES256' }) => `${part(header)}.${part(payload)}.c2lnbmF0dXJl`;
const shortLived = { sub: 'ada', iat: seconds, exp: seconds + 600 };
const token = jwt(shortLived);
const random = 'Zk3vB9qLr7XwT1uYp0HsMn5';

const cookie = (changes: Partial<Cookie> = {}): Cookie => ({
  name: '__Host-session',
  value: random,
  domain: 'app.example.com',
  path: '/',
  expires: -1,
  httpOnly: true,
  secure: true,
  sameSite: 'Strict',
  ...changes,
});

const exchange = (changes: Partial<Exchange> = {}): Exchange => ({
  phase: 'signed in',
  url: `${site}/account`,
  method: 'GET',
  resourceType: 'document',
  isPage: true,
  requestHeaders: { cookie: `__Host-session=${random}` },
  status: 200,
  responseHeaders: [
    ['cache-control', 'no-store'],
    ['content-security-policy', policy],
    ['strict-transport-security', 'max-age=63072000'],
  ],
  ...changes,
});

/** A site of which there is nothing to say but what is good. */
const sound: SiteEvidence = {
  url: `${site}/sign-in`,
  at: now,
  before: { items: [], cookies: [] },
  signedIn: { items: [], cookies: [cookie()] },
  signedOut: { items: [], cookies: [] },
  exchanges: [exchange()],
  addresses: [{ phase: 'signed in', url: `${site}/account` }],
  pages: [{ url: `${site}/account`, metaPolicies: [], asksForPassword: false, scripts: [] }],
  replays: [{ ending: 'sign-out', url: `${site}/account`, carriedBy: ['__Host-session'], outcome: 'dead' }],
  tellingUrls: [`${site}/account`],
  signOut: 'checked',
  passwordChange: 'not asked for',
};

const worse = (findings: readonly Finding[]) =>
  findings.filter(({ level }) => isAtLeast(level, 'low')).map(({ level, code }) => `${level} ${code}`);

const withCookie = (changes: Partial<Cookie>, setCookie?: string): SiteEvidence => ({
  ...sound,
  signedIn: { items: [], cookies: [cookie(changes)] },
  exchanges: [
    exchange(),
    exchange({
      isPage: false,
      responseHeaders:
        setCookie === undefined
          ? []
          : [
              ['set-cookie', setCookie],
              ['cache-control', 'no-store'],
            ],
    }),
  ].slice(0, setCookie === undefined ? 1 : 2),
});

const withItem = (item: Partial<StoredItem>): SiteEvidence => ({
  ...sound,
  signedIn: {
    items: [{ origin: site, storage: 'localStorage', key: 'auth', value: token, ...item }],
    cookies: sound.signedIn.cookies,
  },
});

const withAnswer = (changes: Partial<Exchange>): SiteEvidence => ({
  ...sound,
  exchanges: [exchange(), exchange(changes)],
});
const withPageHeaders = (...responseHeaders: [string, string][]): SiteEvidence => ({
  ...sound,
  exchanges: [exchange({ responseHeaders: [['cache-control', 'no-store'], ...responseHeaders] })],
});
const transport: [string, string] = ['strict-transport-security', 'max-age=63072000'];
const replayed = (
  ending: 'sign-out' | 'password change' | 'own password change',
  outcome: 'alive' | 'dead' | 'unclear',
) => ({
  ...sound,
  replays: [{ ending, url: `${site}/account`, carriedBy: ['__Host-session'], outcome }],
});

const provider = 'https://login.provider.test';
const idToken = jwt({ ...shortLived, iss: provider });

test('what a provider of identities keeps for itself, and is told of what it gave out, is not the site’s', () => {
  const evidence: SiteEvidence = {
    ...sound,
    signedIn: {
      items: [{ origin: provider, storage: 'localStorage', key: 'token', value: token }],
      cookies: [cookie(), cookie({ name: 'sso', domain: 'login.provider.test', httpOnly: false, value: idToken })],
    },
    addresses: [{ phase: 'signing in', url: `${provider}/authorize?request_token=${token}` }],
    exchanges: [
      exchange(),
      exchange({ url: `${provider}/me`, requestHeaders: { authorization: `Bearer ${token}`, origin: provider } }),
      exchange({ url: `${provider}/session`, isPage: false, requestHeaders: { 'x-session-token': token } }),
    ],
  };
  expect(worse(judge(evidence))).toEqual([]);
  const toProvider = exchange({ url: `${provider}/end?id_token_hint=${idToken}`, requestHeaders: {} });
  const own = {
    ...sound,
    signedIn: { items: [], cookies: [cookie({ value: idToken })] },
    exchanges: [exchange(), toProvider],
  };
  expect(worse(judge(own))).toEqual([]);
  const elsewhere = exchange({ url: `https://stats.test/?hint=${idToken}`, requestHeaders: {} });
  expect(worse(judge({ ...own, exchanges: [exchange(), elsewhere] }))).toEqual(['critical token_to_third_party']);
});

test('of a sound site nothing is said above info', () => {
  expect(judge(sound).map(({ level, code }) => `${level} ${code}`)).toEqual([
    'info ends_with_sign_out',
    'info http_only_session',
  ]);
});

const faults: readonly (readonly [string, SiteEvidence, readonly string[]])[] = [
  ['a JWT in localStorage', withItem({}), ['high token_in_local_storage']],
  ['a JWT in sessionStorage', withItem({ storage: 'sessionStorage' }), ['high token_in_session_storage']],
  ['a JWT in IndexedDB', withItem({ storage: 'IndexedDB' }), ['high token_in_indexed_db']],
  ['a refresh token', withItem({ value: `{"refresh_token":"${random}x"}` }), ['critical token_in_local_storage']],
  [
    'an opaque value of no telling name',
    withItem({ key: 'device', value: `${random}x` }),
    ['low possible_token_stored'],
  ],
  [
    'an opaque value of a telling name',
    withItem({ key: 'sessionId', value: `${random}x` }),
    ['high token_in_local_storage'],
  ],
  ['a cookie that scripts can read', withCookie({ httpOnly: false }), ['high cookie_readable']],
  ['a cookie that is not Secure', withCookie({ secure: false }), ['high cookie_not_secure']],
  ['SameSite=None', withCookie({ sameSite: 'None' }), ['medium cookie_same_site_none']],
  [
    'no SameSite',
    withCookie({ sameSite: 'Lax' }, `__Host-session=${random}; Secure; HttpOnly`),
    ['low cookie_no_same_site'],
  ],
  ['SameSite=Lax', withCookie({ sameSite: 'Lax' }, `__Host-session=${random}; SameSite=Lax`), []],
  [
    'a cookie for all subdomains',
    withCookie({ name: 'sid', domain: '.example.com' }),
    ['low cookie_without_prefix', 'medium cookie_for_subdomains'],
  ],
  ['a cookie for a year', withCookie({ expires: seconds + 365 * 86_400 }), ['low cookie_long_life']],
  [
    'a cookie of a telling name with a short value',
    withCookie({ name: 'PHPSESSID', value: 'abc123de' }),
    ['low cookie_without_prefix'],
  ],
  [
    'a cookie of a telling name with a word in it',
    withCookie({ name: 'auth_mode', value: 'password', httpOnly: false }),
    [],
  ],
  ['a cookie against forged requests', withCookie({ name: 'XSRF-TOKEN', httpOnly: false }), []],
  ['alg none', withCookie({ value: jwt(shortLived, { alg: 'none' }) }), ['critical jwt_not_signed']],
  ['a JWT without a signature', withCookie({ value: token.replace(/[^.]*$/, '') }), ['critical jwt_not_signed']],
  ['a JWT without exp', withCookie({ value: jwt({ sub: 'ada' }) }), ['high jwt_never_expires']],
  ['a JWT of an hour', withCookie({ value: jwt({ iat: seconds, exp: seconds + 3600 }) }), ['low jwt_long_life']],
  ['a JWT of a month', withCookie({ value: jwt({ exp: seconds + 30 * 86_400 }) }), ['medium jwt_long_life']],
  [
    'an e-mail address in a JWT',
    withCookie({ value: jwt({ ...shortLived, upn: 'x', user: { contact: 'ada@example.com' } }) }),
    ['low jwt_personal_data'],
  ],
  [
    'a telephone number in a JWT',
    withCookie({ value: jwt({ ...shortLived, phone_number: '1' }) }),
    ['medium jwt_personal_data'],
  ],
  [
    'a token in an address',
    { ...sound, addresses: [{ phase: 'signed in', url: `${site}/?token=${token}` }] },
    ['high token_in_address'],
  ],
  ['a session in a path', withAnswer({ url: `${site}/s/${random}/x` }), ['high token_in_address']],
  [
    'a token in a fragment',
    { ...sound, addresses: [{ phase: 'signing in', url: `${site}/#access_token=${token}` }] },
    ['medium token_in_fragment'],
  ],
  [
    'a code in an address (RFC 6749 §4.1.2)',
    {
      ...sound,
      addresses: [{ phase: 'signing in', url: `${site}/?code=q7XwT1uYp0HsMn5Zk3vB&state=xwT1uYp0HsMn5Zk3vB9` }],
    },
    [],
  ],
  [
    'a token as Referer',
    withAnswer({ url: 'https://stats.test/x', requestHeaders: { referer: `${site}/?token=${token}` } }),
    ['critical token_to_third_party'],
  ],
  [
    'a session in the address of another site',
    withAnswer({ url: `https://stats.test/?u=${random}` }),
    ['critical token_to_third_party'],
  ],
  ['Referer to the site itself', withAnswer({ requestHeaders: { referer: `${site}/?lang=en` } }), []],
  [
    'a public Set-Cookie',
    withAnswer({
      isPage: false,
      responseHeaders: [
        ['set-cookie', `__Host-session=${random}; SameSite=Strict`],
        ['cache-control', 'public, max-age=60'],
      ],
      url: `${site}/x`,
    }),
    ['high cacheable_set_cookie'],
  ],
  [
    'a Set-Cookie without Cache-Control',
    withAnswer({
      isPage: false,
      responseHeaders: [['set-cookie', `__Host-session=${random}; SameSite=Strict`]],
      url: `${site}/x`,
    }),
    ['low set_cookie_without_cache_control'],
  ],
  [
    'a public Set-Cookie of no session',
    withAnswer({
      isPage: false,
      responseHeaders: [
        ['set-cookie', 'lang=en'],
        ['cache-control', 'public, max-age=60'],
      ],
      url: `${site}/x`,
    }),
    [],
  ],
  [
    "a public answer of the user's own",
    withAnswer({ isPage: false, responseHeaders: [['cache-control', 'public, max-age=60']] }),
    ['high private_answer_public'],
  ],
  [
    "an answer of the user's own that is kept",
    withAnswer({ isPage: false, responseHeaders: [['cache-control', 'private, max-age=60']] }),
    ['low private_answer_kept'],
  ],
  ['no policy', withPageHeaders(transport), ['low can_be_framed', 'medium no_policy']],
  [
    'a policy that only reports',
    withPageHeaders(transport, ['content-security-policy-report-only', policy], ['x-frame-options', 'DENY']),
    ['medium no_policy'],
  ],
  [
    'a weak policy',
    withPageHeaders(transport, ['content-security-policy', "script-src * 'unsafe-inline'; frame-ancestors 'self'"]),
    ['medium weak_policy'],
  ],
  [
    'a policy with gaps',
    withPageHeaders(transport, ['content-security-policy', "script-src 'self'; frame-ancestors 'self'"]),
    ['low incomplete_policy'],
  ],
  ['no Strict-Transport-Security', withPageHeaders(['content-security-policy', policy]), ['low no_strict_transport']],
  [
    'Strict-Transport-Security for a day',
    withPageHeaders(['content-security-policy', policy], ['strict-transport-security', 'max-age=86400']),
    ['low no_strict_transport'],
  ],
  [
    'plain http',
    {
      ...sound,
      url: 'http://app.example.com',
      pages: [{ url: 'http://app.example.com/', metaPolicies: [], asksForPassword: false, scripts: [] }],
    },
    ['critical plain_http'],
  ],
  [
    'a script of another site',
    {
      ...sound,
      pages: [
        {
          url: `${site}/account`,
          metaPolicies: [],
          asksForPassword: false,
          scripts: [{ src: 'https://cdn.test/x.js', hasIntegrity: false }],
        },
      ],
    },
    ['medium third_party_script'],
  ],
  [
    'the same with integrity',
    {
      ...sound,
      pages: [
        {
          url: `${site}/account`,
          metaPolicies: [],
          asksForPassword: false,
          scripts: [{ src: 'https://cdn.test/x.js', hasIntegrity: true }],
        },
      ],
    },
    [],
  ],
  ['a copy that survives the sign-out', replayed('sign-out', 'alive'), ['high survives_sign_out']],
  [
    'a copy that survives, but not for long',
    { ...replayed('sign-out', 'alive'), signedIn: { items: [], cookies: [cookie({ value: token })] } },
    ['medium survives_sign_out'],
  ],
  [
    'a copy that survives a change of the password',
    replayed('password change', 'alive'),
    ['high survives_password_change'],
  ],
  ['the own copy that does', replayed('own password change', 'alive'), ['low not_renewed_by_password_change']],
  ['a copy of which nothing is known', replayed('sign-out', 'unclear'), []],
  [
    'a cookie that stays',
    { ...replayed('sign-out', 'unclear'), signedOut: sound.signedIn },
    ['low left_after_sign_out'],
  ],
  ['a cookie that stays, and is dead', { ...sound, signedOut: sound.signedIn }, []],
  ['a session from before the sign-in', { ...sound, before: sound.signedIn }, ['high not_renewed_by_sign_in']],
];

describe('each fault by itself is found, and nothing besides', () => {
  test.each(faults)('%s', (_name, evidence, expected) => {
    expect(worse(judge(evidence)).toSorted()).toEqual(expected.toSorted());
  });
});

test('on http at this machine, flags that it cannot have are only told', () => {
  const local = { ...cookie({ name: 'session', secure: false, domain: 'localhost' }) };
  const evidence = { ...sound, url: 'http://localhost:3000/', signedIn: { items: [], cookies: [local] }, pages: [] };
  expect(worse(judge(evidence))).toEqual([]);
  expect(judge(evidence).map(({ code }) => code)).toContain('cookie_not_secure');
});

test('a token in page memory is told, and looked into', () => {
  const evidence = withAnswer({
    url: 'https://api.other.test/me',
    isPage: false,
    requestHeaders: { authorization: `Bearer ${jwt({ sub: 'ada' })}`, origin: site },
  });
  expect(judge(evidence).map(({ code }) => code)).toEqual(
    expect.arrayContaining(['token_in_page_memory', 'jwt_never_expires']),
  );
});

test('what was there before the sign-in is not of the user', () => {
  const items = [{ origin: site, storage: 'localStorage' as const, key: 'auth', value: token }];
  const evidence = { ...sound, before: { items, cookies: [] }, signedIn: { items, cookies: sound.signedIn.cookies } };
  expect(worse(judge(evidence))).toEqual([]);
});

test('the same fault at one place is there once, the worst first', () => {
  const findings = judge({
    ...withItem({}),
    exchanges: [exchange({ responseHeaders: [] }), exchange({ responseHeaders: [] })],
  });
  const places = findings.map(({ code, where }) => JSON.stringify([code, where]));
  expect(new Set(places).size).toBe(places.length);
  expect(findings[0]?.level).toBe('high');
  expect(findings.at(-1)?.level).toBe('info');
});

describe('whether anybody signed in at all', () => {
  const nobody = { ...sound, signedIn: sound.before, exchanges: [], addresses: [], tellingUrls: [] };
  test.each([
    ['nothing happened', nobody, false],
    [
      'a cookie against forged requests',
      { ...nobody, signedIn: { items: [], cookies: [cookie({ name: 'csrf' })] } },
      false,
    ],
    [
      'a number of statistics',
      {
        ...nobody,
        signedIn: { items: [{ origin: site, storage: 'localStorage', key: 'uid', value: random }], cookies: [] },
      },
      false,
    ],
    ['a session', { ...nobody, signedIn: sound.signedIn }, true],
    [
      'a cookie, and a page that asks for the password',
      { ...nobody, signedIn: sound.signedIn, pages: sound.pages.map((page) => ({ ...page, asksForPassword: true })) },
      false,
    ],
    ['an answer of the user’s own', { ...nobody, tellingUrls: [site] }, true],
    [
      'a token in the address',
      { ...nobody, addresses: [{ phase: 'signed in', url: `${site}/?token=${token}` }] },
      true,
    ],
  ] satisfies [string, SiteEvidence, boolean][])('%s: %s', (_name, evidence, is) => {
    expect(sawSignIn(evidence)).toBe(is);
  });
});

test('no evidence has a credential in it', () => {
  const shown = faults.flatMap(([name, evidence]) => {
    const said = JSON.stringify(judge(evidence));
    const secrets = [...secretsOf(evidence), token, random].filter(({ length }) => length >= 16);
    return secrets.filter((secret) => said.includes(secret)).map(() => name);
  });
  expect(shown).toEqual([]);
});

/** Signing in by a redirect to Latchkey (RFC 6749 §4.1, RFC 7636, RFC 9207, OpenID Connect Core §3.1), and who is refused. */
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTwoServers, type Person, type TwoServers } from './two-servers.ts';

let servers: TwoServers;
let ada: Person;
let bob: Person;
beforeAll(async () => {
  servers = await startTwoServers();
  [ada, bob] = [await servers.person('ada@example.org'), await servers.person('bob@example.org')];
});
afterAll(() => servers?.[Symbol.asyncDispose]());

const isSignedIn = async (person: Person, query = '') => {
  const response = await person.visit(`/profile${query}`);
  return response.status === 200;
};
const back = (url: URL) => url.pathname + url.search;
describe('signing in', () => {
  test('goes to Latchkey and back, to where it began, with a cookie that ends with the browser', async () => {
    const answer = await ada.signIn('', { next: '/search?q=jwt' });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/search?q=jwt&slot=']);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(ada.jar.get('sawal')).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', maxAge: undefined });
    expect(await isSignedIn(ada)).toBe(true);
    // The attempt has gone from the browser.
    expect(ada.jar.names.filter((name) => name.includes('sign-in'))).toEqual([]);
  });

  test('and with one that outlives the browser, where that is wished', async () => {
    const answer = await bob.signIn('', { remember: 'yes' });
    expect(answer.status).toBe(303);
    expect(bob.jar.get('sawal')?.maxAge).toBeGreaterThan(20 * 86_400);
  });

  test('begins another session each time, and ends the one before (CWE-384)', async () => {
    const before = ada.jar.get('sawal')?.value ?? '';
    await ada.signIn();
    const after = ada.jar.get('sawal')?.value ?? '';
    expect(after).not.toBe(before);
    ada.jar.set({ name: 'sawal', value: before });
    expect(await isSignedIn(ada)).toBe(false);
    ada.jar.set({ name: 'sawal', value: after });
    expect(await isSignedIn(ada)).toBe(true);
  });

  test('asks with PKCE, state, nonce, the forum’s name and no more than it needs', async () => {
    const asked = await ada.visit('/sign-in?slot=new', { form: {} });
    const { origin, pathname, searchParams } = new URL(asked.headers.get('Location') ?? '');
    expect([origin, pathname]).toEqual([servers.latchkey.issuer, '/oauth/authorize']);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      scope: 'openid profile',
      resource: 'http://localhost:4500',
      prompt: 'select_account',
      state: expect.stringMatching(/^[\w-]{40,}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{40,}$/) as string,
    });
    const [cookie] = asked.headers.getSetCookie();
    expect(cookie).toMatch(/^sawal-sign-in\.[\w-]{16}=[\w-]{200,}; Max-Age=1800; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  test('leaves no token in the database, in the clear', async () => {
    const { access_token: text } = await (
      await servers.latchkey.signedIn('grace@example.org')
    )
      .request('/api/session/token', { json: {} })
      .then((answer) => answer.json() as Promise<{ access_token: string }>);
    const files = ['', '-wal'].map((end) => readFile(`${servers.settings.database}${end}`, 'latin1').catch(() => ''));
    const bytes = (await Promise.all(files)).join('');
    // As all its JWTs begin, and all refresh tokens.
    expect(bytes).toContain('session_tokens');
    expect(bytes).not.toContain(text.slice(0, 20));
    expect(bytes).not.toMatch(/lkr_|"refreshToken"|eyJ/);
    // Nor is the rest for other users of the machine.
    const modes = ['', '-wal', '-shm'].map(async (end) => (await stat(servers.settings.database + end)).mode & 0o077);
    expect(await Promise.all(modes)).toEqual([0, 0, 0]);
  });

  test('two tabs at once finish both, each once', async () => {
    const [one, two] = [await ada.authorize('', { next: '/tags' }), await ada.authorize('', { next: '/about' })];
    expect((await ada.visit(back(one))).headers.get('Location')).toBe('/tags?slot=');
    expect((await ada.visit(back(two))).headers.get('Location')).toBe('/about?slot=');
    expect((await ada.visit(back(one))).status).toBe(400);
  });

  test('attempts that were given up fill no request: the oldest make room', async () => {
    const url = await ada.authorize();
    for (let count = 0; count < 8; count += 1) await ada.visit('/sign-in', { form: {} });
    expect(ada.jar.names.filter((name) => name.startsWith('sawal-sign-in.'))).toHaveLength(5);
    expect((await ada.visit(back(url))).status).toBe(400);
  });

  test('50 callbacks at once sign in once', async () => {
    const url = await bob.authorize();
    const answers = await Promise.all(Array.from({ length: 50 }, async () => servers.forum.fetch(requestOf(bob, url))));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(49);
  });
});

/** With the cookies of now, which no answer changes. */
function requestOf({ jar }: Person, url: URL): Request {
  return new Request(url, { headers: { Cookie: jar.header(url) ?? '' } });
}

describe('a callback is refused', () => {
  const changed = (url: URL, name: string, value: string | undefined) => {
    const other = new URL(url);
    if (value === undefined) other.searchParams.delete(name);
    else other.searchParams.set(name, value);
    return other;
  };

  test.each<[name: string, change: (url: URL) => URL]>([
    ['without state', (url) => changed(url, 'state', undefined)],
    ['with another state', (url) => changed(url, 'state', 'x'.repeat(43))],
    ['with two states', (url) => new URL(`${url.href}&state=${url.searchParams.get('state') ?? ''}`)],
    ['of another issuer (RFC 9207)', (url) => changed(url, 'iss', 'http://localhost:1')],
    ['of no issuer, by one that always says it', (url) => changed(url, 'iss', undefined)],
    ['without code', (url) => changed(url, 'code', undefined)],
    ['with another code', (url) => changed(url, 'code', 'x'.repeat(43))],
    ['that was denied', (url) => changed(changed(url, 'code', undefined), 'error', 'access_denied')],
    ['that failed, with what an attacker would say', (url) => changed(url, 'error', '<script>alert(1)</script>')],
  ])('%s', async (_name, change) => {
    const person = bob;
    const before = person.jar.get('sawal')?.value;
    const answer = await person.visit(back(change(await person.authorize())));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('Content-Type')).toContain('text/html');
    expect(await answer.text()).not.toContain('<script>alert');
    expect(person.jar.get('sawal')?.value).toBe(before);
  });

  test('in another browser than began it (CWE-352: signing somebody in as oneself)', async () => {
    const url = await ada.authorize();
    const before = bob.jar.get('sawal')?.value;
    expect((await bob.visit(back(url))).status).toBe(400);
    expect(bob.jar.get('sawal')?.value).toBe(before);
    // And it is no less good for whoever began it.
    expect((await ada.visit(back(url))).status).toBe(303);
  });

  test('with the code of somebody else’s attempt: PKCE binds it (RFC 9700 §2.1.1)', async () => {
    const [victims, attackers] = [await bob.authorize(), await ada.authorize()];
    const injected = changed(attackers, 'code', victims.searchParams.get('code') ?? '');
    expect((await ada.visit(back(injected))).status).toBe(400);
  });

  test('with a cookie that was changed, or is of another attempt', async () => {
    const url = await ada.authorize();
    const name = ada.jar.names.findLast((found) => found.startsWith('sawal-sign-in.')) ?? '';
    const { value = '' } = ada.jar.get(name) ?? {};
    ada.jar.set({ name, value: value.slice(0, -4) + (value.endsWith('AAAA') ? 'BBBB' : 'AAAA') });
    expect((await ada.visit(back(url))).status).toBe(400);
    const [one, two] = [await ada.authorize(), await ada.authorize()];
    const names = ada.jar.names.filter((found) => found.startsWith('sawal-sign-in.')).slice(-2);
    const [first, second] = names.map((found) => ada.jar.get(found)?.value ?? '');
    ada.jar.set({ name: names[0] ?? '', value: second ?? '' });
    ada.jar.set({ name: names[1] ?? '', value: first ?? '' });
    expect([(await ada.visit(back(one))).status, (await ada.visit(back(two))).status]).toEqual([400, 400]);
  });

  test('when it comes after half an hour', async () => {
    await using late = await startTwoServers();
    const person = await late.person('late@example.org');
    const url = await person.authorize();
    late.advance(30 * 60_000);
    expect((await person.visit(back(url))).status).toBe(400);
  });
});

test('by https, what a sibling domain has planted counts for nothing (RFC 6265bis §4.1.3.2)', async () => {
  const url = 'https://forum.example.com';
  await using secure = await startTwoServers({ FORUM_URL: url, FORUM_SMTP_URL: 'smtps://mail.example.com' });
  const send = (path: string, init: RequestInit) => secure.forum.fetch(new Request(url + path, init));
  const asked = await send('/sign-in', { method: 'POST', body: new URLSearchParams({ next: '/' }) });
  const [cookie = ''] = asked.headers.getSetCookie();
  expect(cookie).toMatch(
    /^__Host-sawal-sign-in\.[\w-]{16}=[\w-]+; Max-Age=1800; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  const state = new URL(asked.headers.get('Location') ?? '').searchParams.get('state') ?? '';
  const { issuer } = secure.settings;
  const finish = async (Cookie: string) => {
    const answer = await send(`/callback?${new URLSearchParams({ state, code: 'x', iss: issuer })}`, {
      headers: { Cookie, Accept: 'text/html' },
    });
    return [answer.status, secure.tokenRequests()];
  };
  const own = cookie.split(';', 1)[0] ?? '';
  // There is no such attempt, and nothing is asked of Latchkey; for one's own it is, which does not know the code.
  expect(await finish(own.replace('__Host-', ''))).toEqual([400, 0]);
  expect(await finish(own)).toEqual([400, 1]);
});

describe('where it goes on to', () => {
  test.each([
    '//evil.test/',
    '/\\evil.test',
    '/\t/evil.test',
    'https://evil.test/',
    '/%2F/evil.test',
    '/..//evil.test',
    'javascript:alert(1)',
    '/\r\nSet-Cookie: a=b',
  ])('is never elsewhere: %j', async (next) => {
    const answer = await ada.signIn('', { next });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/?slot=']);
    const page = await ada.visit(`/sign-in?slot=new&next=${encodeURIComponent(next)}`);
    expect(await page.text()).toContain('name="next" value="/"');
  });

  test('is no other account of the browser, whatever the link says', async () => {
    const answer = await ada.signIn('', { next: '/tags?slot=7' });
    expect(answer.headers.get('Location')).toBe('/tags?slot=');
  });
});

describe('another site', () => {
  test.each([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://localhost:4500' },
  ])('signs nobody in or out: %j', async (headers) => {
    for (const path of ['/sign-in', '/sign-out']) {
      const answer = await ada.visit(path, { form: {}, headers });
      expect(answer.status).toBe(403);
    }
    expect(await isSignedIn(ada)).toBe(true);
  });
});

describe('accounts of one browser', () => {
  test('take a slot each, find their own again, and sign out one by one', async () => {
    const carol = await servers.person('carol@example.org');
    await servers.person('dave@example.org');
    expect((await carol.signIn()).headers.get('Location')).toBe('/?slot=');
    await carol.enterLatchkey('dave@example.org');
    const other = await carol.signIn('?slot=3');
    expect(other.headers.get('Location')).toBe('/?slot=3');
    expect([await isSignedIn(carol), await isSignedIn(carol, '?slot=3'), await isSignedIn(carol, '?slot=4')]).toEqual([
      true,
      true,
      false,
    ]);
    const page = await (await carol.visit('/accounts?slot=3')).text();
    expect(page.match(/aria-label="Accounts in this browser"|account-entry/g)?.length).toBeGreaterThanOrEqual(2);
    expect((await carol.visit('/sign-out?slot=3', { form: {} })).status).toBe(303);
    expect([await isSignedIn(carol), await isSignedIn(carol, '?slot=3')]).toEqual([true, false]);
    expect(carol.jar.get('sawal.3')).toBeUndefined();
  });

  test('what is no slot is a 400', async () => {
    for (const slot of ['10', '-1', 'x', '1&slot=2'])
      expect((await ada.visit(`/profile?slot=${slot}`)).status).toBe(400);
  });
});

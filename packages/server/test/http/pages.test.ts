import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, startClockedServer, TestClock, tokenIn, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startClockedServer(new TestClock());
  await server.signUpAndVerify('ada@example.com');
});
afterAll(() => server.close());

type Fields = readonly (readonly [string, string])[];
const submit = (path: string, form: Fields, headers: Record<string, string> = {}) =>
  server.request(path, { form, headers: { Accept: 'text/html', 'Sec-Fetch-Site': 'same-origin', ...headers } });
const signInForm = (more: Fields = []): Fields => [['email', 'ada@example.com'], ['password', PASSWORD], ...more];

describe('sign-up', () => {
  test('shows the same page for new and known addresses, which goes on to the mail', async () => {
    const form = (email: string): Fields => [
      ['email', email],
      ['name', 'Ada'],
      ['password', PASSWORD],
    ];
    const pages = await Promise.all(
      ['known@example.com', 'other@example.com'].map(async (email) => {
        if (email === 'known@example.com') await server.signUpAndVerify(email);
        const response = await submit(PAGES.signUp, form(email));
        expect(response.status).toBe(200);
        return (await response.text()).replaceAll(email, '');
      }),
    );
    expect(pages[0]).toBe(pages[1]);
    expect((await server.mailTo('other@example.com')).links[0]).toContain(PAGES.verifyEmail);
  });

  test('keeps to where somebody was on the way to, and never to another origin', async () => {
    const leadsTo = async (response: Promise<Response>) => {
      const links = [...(await (await response).text()).matchAll(/(?:href|name="next" value)="([^"]*)"/g)];
      return links.map(([, link = '']) => decodeURIComponent(link).replaceAll('&amp;', '&'));
    };
    const next = '/oauth/authorize?continue=abc&x=y';
    const query = `?next=${encodeURIComponent(next)}`;
    const form: Fields = [
      ['email', 'way@example.com'],
      ['password', PASSWORD],
    ];
    expect(await leadsTo(server.request(PAGES.signIn + query))).toContain(`${PAGES.signUp}?next=${next}`);
    expect(await leadsTo(server.request(PAGES.signUp + query))).toContain(next);
    expect(await leadsTo(submit(PAGES.signUp, [['next', next]]))).toContain(next);
    expect(await leadsTo(submit(PAGES.signUp, [...form, ['next', next]]))).toContain(`${PAGES.signIn}?next=${next}`);
    for (const away of ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      const pages = [
        server.request(`${PAGES.signUp}?next=${encodeURIComponent(away)}`),
        submit(PAGES.signUp, [['next', away]]),
        submit(PAGES.signUp, [...form, ['next', away]]),
      ];
      for (const page of pages) expect((await leadsTo(page)).filter((link) => link.includes(away))).toEqual([]);
    }
  });

  test.each<[string, Fields]>([
    ['nothing', []],
    [
      'no address',
      [
        ['email', 'x'],
        ['password', PASSWORD],
      ],
    ],
    [
      'a short password',
      [
        ['email', 'short@example.com'],
        ['password', 'short'],
      ],
    ],
    [
      'a long name',
      [
        ['email', 'short@example.com'],
        ['password', PASSWORD],
        ['name', 'x'.repeat(121)],
      ],
    ],
    [
      'a header in the address',
      [
        ['email', 'a@example.com\r\nBcc: b@example.com'],
        ['password', PASSWORD],
      ],
    ],
  ])('is refused with %s, and never shows the password again', async (_name, form) => {
    const before = await server.tableCounts();
    const response = await submit(PAGES.signUp, form);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(PASSWORD);
    expect(await server.tableCounts()).toEqual(before);
  });

  test('what was typed comes back as text, not as markup', async () => {
    const attack = '"><script>alert(1)</script>';
    const response = await submit(PAGES.signUp, [
      ['email', attack],
      ['name', attack],
      ['password', 'short'],
    ]);
    const page = await response.text();
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;');
  });
});

describe('sign-in', () => {
  test('sets the cookie and goes to the account', async () => {
    const response = await submit(PAGES.signIn, signInForm());
    expect(response.status).toBe(303);
    expect(response.headers.get('Location')).toBe(PAGES.account);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^latchkey=lks_[A-Za-z0-9_-]{81}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  test('remembers where the box was ticked', async () => {
    const response = await submit(PAGES.signIn, signInForm([['remember', 'on']]));
    expect(response.headers.getSetCookie()[0]).toMatch(/; Max-Age=25(?:92000|91999); /);
  });

  test.each<[string, number, Fields]>([
    [
      'a wrong password',
      401,
      [
        ['email', 'ada@example.com'],
        ['password', 'a wrong password'],
      ],
    ],
    [
      'an unknown address',
      401,
      [
        ['email', 'nobody@example.com'],
        ['password', PASSWORD],
      ],
    ],
    ['nothing', 400, []],
  ])('is refused with %s', async (_name, status, form) => {
    const response = await submit(PAGES.signIn, form);
    expect(response.status).toBe(status);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).not.toContain(PASSWORD);
  });

  test('offers the mail again to whoever knows the password of an address that waits', async () => {
    await server.request(ROUTES.signUp, { json: { email: 'waits@example.com', password: PASSWORD } });
    const response = await submit(PAGES.signIn, [
      ['email', 'waits@example.com'],
      ['password', PASSWORD],
    ]);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('/verify-email/resend');
    const wrong = await submit(PAGES.signIn, [
      ['email', 'waits@example.com'],
      ['password', 'a wrong password'],
    ]);
    expect(await wrong.text()).not.toContain('/verify-email/resend');
  });

  test.each(['/account', '/account?notice=x#y', '/sign-in?next=%2Faccount', '/'])(
    'goes to %j, which is ours',
    async (next) => {
      const response = await submit(PAGES.signIn, signInForm([['next', next]]));
      expect(response.headers.get('Location')).toBe(next);
    },
  );

  test.each([
    'https://evil.example',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%5cevil.example',
    '/%2fevil.example',
    '/%2F%2Fevil.example',
    '/x/../../evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/\tevil.example',
    '/\n/evil.example',
    '/\r\nSet-Cookie: latchkey=planted',
    ' //evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'evil.example',
    '@evil.example',
    '.evil.example',
    ':80/',
    '?x',
    '#x',
    '/é',
    '/\u2028',
    '/%0d%0aLocation:%20https://evil.example',
    `/${'x'.repeat(5000)}`,
    'http:/evil.example',
    'http:evil.example',
    '/account@evil.example//',
  ])('does not go to %j', async (next) => {
    const response = await submit(PAGES.signIn, signInForm([['next', next]]));
    expect(response.status).toBe(303);
    expect(response.headers.get('Location')).toBe(PAGES.account);
    expect(response.headers.getSetCookie()[0]).toMatch(/^latchkey=lks_/);
    const page = await (await server.request(`${PAGES.signIn}?${new URLSearchParams({ next })}`)).text();
    expect(page).not.toContain('name="next"');
    expect(page).not.toContain('evil.example');
  });

  test.each(['signed-out', 'sign-in-first'])('shows the notice %j', async (notice) => {
    expect(await (await server.request(`${PAGES.signIn}?notice=${notice}`)).text()).toContain('role="status"');
  });

  test.each(['', 'unknown', 'constructor', '__proto__', 'toString', 'hasOwnProperty', '<script>'])(
    'and none for %j',
    async (notice) => {
      for (const path of [PAGES.signIn, PAGES.account]) {
        const browser = await signedIn();
        const response = await browser.request(`${path}?${new URLSearchParams({ notice })}`);
        expect(response.status).toBe(200);
        expect(await response.text()).not.toContain('role="status"');
      }
    },
  );
});

describe('verifying an address', () => {
  test('opening the link changes nothing, however often; its button confirms once', async () => {
    await server.request(ROUTES.signUp, { json: { email: 'verify@example.com', password: PASSWORD } });
    const link = new URL((await server.mailTo('verify@example.com')).links[0]!);
    const token = link.searchParams.get('token')!;
    const before = await server.tableCounts();
    for (const method of ['GET', 'HEAD', 'GET'])
      expect((await server.request(link.pathname + link.search, { method })).status).toBe(200);
    expect(await server.tableCounts()).toEqual(before);
    const page = await (await server.request(link.pathname + link.search)).text();
    expect(page).toContain(`value="${token}"`);

    expect((await submit(PAGES.verifyEmail, [['token', token]])).status).toBe(200);
    expect((await server.browser().signIn('verify@example.com')).status).toBe(200);
    expect((await submit(PAGES.verifyEmail, [['token', token]])).status).toBe(400);
  });

  test.each(['', 'garbage', '"><script>alert(1)</script>'])('a link with token %j fails politely', async (token) => {
    const opened = await server.request(`${PAGES.verifyEmail}?${new URLSearchParams({ token })}`);
    expect(opened.status).toBeLessThan(500);
    expect(await opened.text()).not.toContain('<script>alert');
    expect((await submit(PAGES.verifyEmail, [['token', token]])).status).toBe(400);
  });

  test('a new link is sent to an address that waits, and the page is the same for others', async () => {
    await server.request(ROUTES.signUp, { json: { email: 'again@example.com', password: PASSWORD } });
    const pages = await Promise.all(
      ['again@example.com', 'nobody@example.com', 'ada@example.com'].map(async (email) => {
        const response = await submit(`${PAGES.verifyEmail}/resend`, [['email', email]]);
        expect(response.status).toBe(200);
        return (await response.text()).replaceAll(email, '');
      }),
    );
    expect(new Set(pages).size).toBe(1);
    const token = tokenIn(await server.mailTo('again@example.com'));
    expect((await submit(PAGES.verifyEmail, [['token', token]])).status).toBe(200);
  });
});

async function signedIn() {
  const browser = server.browser();
  await browser.signIn('ada@example.com');
  return browser;
}

describe('the account page', () => {
  test('sends strangers to sign in and back', async () => {
    const response = await server.request(PAGES.account);
    expect(response.status).toBe(303);
    expect(response.headers.get('Location')).toBe('/sign-in?notice=sign-in-first&next=%2Faccount');
  });

  test('shows names as text', async () => {
    const email = 'markup@example.com';
    await server.request(ROUTES.signUp, { json: { email, password: PASSWORD, name: '<img src=x onerror=alert(1)>' } });
    await server.request(ROUTES.confirmEmail, { json: { token: tokenIn(await server.mailTo(email)) } });
    const browser = server.browser();
    await browser.request(ROUTES.signIn, {
      json: { email, password: PASSWORD },
      headers: { 'User-Agent': '<b>agent</b>' },
    });
    for (const path of [PAGES.account, PAGES.home]) {
      const page = await (await browser.request(path)).text();
      expect(page).toContain('&lt;img src=x');
      expect(page).not.toMatch(/<img src=x|<b>agent/);
    }
  });

  test("ends one's own device, and not another user's", async () => {
    const [mine, other] = [await signedIn(), await signedIn()];
    const bob = await server.signedIn(`bob-${Date.now()}@example.com`);
    const bobsId = (await bob.session())!.session.id;
    const end = (id: string) => mine.request(`${PAGES.account}/sessions/${id}/end`, { method: 'POST' });

    const response = await end((await other.session())!.session.id);
    expect(response.status).toBe(303);
    expect(response.headers.get('Location')).toBe('/account?notice=device-signed-out');
    expect(await other.session()).toBeUndefined();
    for (const id of [bobsId, 'garbage', '%00', '..']) await end(id);
    expect(await bob.session()).toBeDefined();

    const last = await end((await mine.session())!.session.id);
    expect(last.headers.get('Location')).toBe('/sign-in?notice=signed-out');
    expect(mine.jar.names).toEqual([]);
  });

  test('signs out here, elsewhere and everywhere', async () => {
    const [here, there] = [await signedIn(), await signedIn()];
    const press = (path: string) => here.request(path, { method: 'POST' });
    expect((await press(`${PAGES.account}/sessions/end-others`)).headers.get('Location')).toBe(
      '/account?notice=others-signed-out',
    );
    expect(await there.session()).toBeUndefined();
    expect(await here.session()).toBeDefined();

    expect((await press(`${PAGES.account}/sessions/end-all`)).headers.get('Location')).toBe(
      '/sign-in?notice=signed-out-everywhere',
    );
    expect(here.jar.names).toEqual([]);

    await here.signIn('ada@example.com');
    const out = await press(PAGES.signOut);
    expect([out.status, out.headers.get('Location')]).toEqual([303, '/sign-in?notice=signed-out']);
    expect(out.headers.getSetCookie()).toEqual(['latchkey=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict']);
    expect(await here.session()).toBeUndefined();
  });
});

describe('a form', () => {
  test.each<[string, Fields]>([
    [
      'a field twice',
      [
        ['email', 'ada@example.com'],
        ['password', PASSWORD],
        ['password', 'another one'],
      ],
    ],
    [
      'another field twice',
      [
        ['email', 'ada@example.com'],
        ['email', 'eve@example.com'],
        ['password', PASSWORD],
      ],
    ],
    [
      'a field of nobody twice',
      [
        ['email', 'ada@example.com'],
        ['password', PASSWORD],
        ['x', '1'],
        ['x', '2'],
      ],
    ],
  ])('is refused with %s', async (_name, form) => {
    const response = await submit(PAGES.signIn, form);
    expect(response.status).toBe(400);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('cannot claim what its page does not ask for', async () => {
    const form: Fields = [
      ['email', 'claim@example.com'],
      ['password', PASSWORD],
      ['role', 'administrator'],
      ['emailVerified', 'true'],
      ['__proto__', 'x'],
    ];
    expect((await submit(PAGES.signUp, form)).status).toBe(200);
    const { queries } = server.operations.store;
    const users = await queries.selectFrom('users').select('id').where('email_key', '=', 'claim@example.com').execute();
    expect(users).toEqual([]);
    const token = tokenIn(await server.mailTo('claim@example.com'));
    expect((await server.request(ROUTES.confirmEmail, { json: { token } })).status).toBe(200);
    const made = queries.selectFrom('users').select('role').where('email_key', '=', 'claim@example.com');
    expect(await made.execute()).toEqual([{ role: 'user' }]);
  });
});

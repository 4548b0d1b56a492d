import { crc32 } from 'node:zlib';
import { PAGES, ROUTES, SLOT_HEADER } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeCredential } from '../../src/domain/sessions/credential.ts';
import { findSession } from '../../src/storage/sessions.ts';
import {
  problemOf,
  startTestServer,
  TEST_SECRET,
  tokenIn,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

let server: TestServer;
let ada: TestBrowser;
let bob: TestBrowser;
beforeAll(async () => {
  server = await startTestServer();
  [ada, bob] = [await server.signedIn('ada@example.com'), await server.signedIn('bob@example.com')];
});
afterAll(() => server.close());

const valueOf = (browser: TestBrowser) => browser.jar.get('latchkey')!.value;
const checksummed = (text: string) => {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(text));
  return text + checksum.toString('base64url');
};
const rowOf = async (browser: TestBrowser) =>
  (await findSession(server.operations.store.queries, (await browser.session())!.session.id as `ses_${string}`))!
    .session;
const withBody = (change: (body: Buffer) => void) => {
  const body = Buffer.from(valueOf(ada).slice(4, -6), 'base64url');
  change(body);
  return checksummed(`lks_${body.toString('base64url')}`);
};

/** How a cookie is answered on every way in. Makes sure of no effect: on rows, on cookies, on the sessions that there are. */
async function answersTo(cookie: string): Promise<ReadonlySet<string>> {
  const before = await server.tableCounts();
  const requests: [path: string, options: { method?: string; json?: unknown }][] = [
    [ROUTES.session, {}],
    [ROUTES.sessions, {}],
    [ROUTES.sessionToken, { json: {} }],
    [ROUTES.revokeAll, { method: 'POST' }],
    [`${ROUTES.sessions}/${(await rowOf(ada)).id}`, { method: 'DELETE' }],
  ];
  const answers = new Set<string>();
  for (const [path, options] of requests) {
    const response = await server.request(path, { ...options, cookie });
    expect(response.headers.getSetCookie()).toEqual([]);
    answers.add(await problemOf(response));
  }
  const page = await server.request(PAGES.account, { cookie });
  answers.add(`page ${page.status} ${page.headers.get('Location')?.split('?')[0]}`);
  expect(await server.tableCounts()).toEqual(before);
  expect(await ada.session()).toBeDefined();
  expect(await bob.session()).toBeDefined();
  return answers;
}

const NOBODY = new Set(['401 no_session', 'page 303 /sign-in']);

describe('a cookie', () => {
  test.each<[string, () => string | Promise<string>]>([
    ['empty', () => 'latchkey='],
    ['without a value', () => 'latchkey'],
    ['garbage', () => 'latchkey=garbage'],
    ['4 KB of garbage', () => `latchkey=${'A'.repeat(4096)}`],
    ['64 KB of separators', () => ';= '.repeat(20_000)],
    ['the prefix only', () => 'latchkey=lks_'],
    ['twice the same', () => `latchkey=${valueOf(ada)}; latchkey=${valueOf(ada)}`],
    ['twice, two accounts', () => `latchkey=${valueOf(ada)}; latchkey=${valueOf(bob)}`],
    ['twice, one of them empty', () => `latchkey=; latchkey=${valueOf(ada)}`],
    ['in quotes', () => `latchkey="${valueOf(ada)}"`],
    ['percent-encoded', () => `latchkey=${valueOf(ada).replace('_', '%5F')}`],
    ['in another case', () => `Latchkey=${valueOf(ada)}`],
    ['under a longer name', () => `xlatchkey=${valueOf(ada)}; latchkeyx=${valueOf(ada)}`],
    ['under the name of https', () => `__Host-Http-latchkey=${valueOf(ada)}`],
    ['under the name of a slot', () => `latchkey.0=${valueOf(ada)}`],
    ['behind a comma', () => `a=b, latchkey=${valueOf(ada)}`],
    ['with a space in front of =', () => `latchkey =${valueOf(ada)}`],
    ['as part of another value', () => `a=latchkey=${valueOf(ada)}`],
    ['cut short by one', () => `latchkey=${valueOf(ada).slice(0, -1)}`],
    ['cut short by half', () => `latchkey=${valueOf(ada).slice(0, 45)}`],
    ['one character longer', () => `latchkey=${valueOf(ada)}A`],
    ['as a refresh token', () => `latchkey=${checksummed(`lkr_${valueOf(ada).slice(4, -6)}`)}`],
    [
      'a refresh token of the same session',
      async () =>
        `latchkey=${encodeCredential({ ...(await rowOf(ada)), carrier: 'refresh_token' }, server.operations.keys.sessionMac)}`,
    ],
    ['of another version', () => `latchkey=${withBody((body) => body.writeUInt8(2, 0))}`],
    ['of another key', () => `latchkey=${withBody((body) => body.writeUInt8(body.readUInt8(1) ^ 1, 1))}`],
    ['of a later generation without its MAC', () => `latchkey=${withBody((body) => body.writeUInt32BE(7, 18))}`],
    [
      "with another session's MAC",
      () =>
        `latchkey=${withBody((body) => body.set(Buffer.from(valueOf(bob).slice(4, -6), 'base64url').subarray(24), 24))}`,
    ],
    [
      "with another session's id",
      () =>
        `latchkey=${withBody((body) => body.set(Buffer.from(valueOf(bob).slice(4, -6), 'base64url').subarray(2, 18), 2))}`,
    ],
    ['with a MAC of zeros', () => `latchkey=${withBody((body) => body.fill(0, 24))}`],
    [
      'of a session that never was',
      async () =>
        `latchkey=${encodeCredential({ ...(await rowOf(ada)), id: 'ses_00000000000000000000000000000000' }, server.operations.keys.sessionMac)}`,
    ],
  ])('%s is nobody', async (_name, cookie) => {
    expect(await answersTo(await cookie())).toEqual(NOBODY);
  });

  test('made under another secret is nobody', async () => {
    await using other = await startTestServer({ settings: { LATCHKEY_SECRET: `${TEST_SECRET} another` } });
    const browser = await other.signedIn('ada@example.com');
    expect(await answersTo(`latchkey=${valueOf(browser)}`)).toEqual(NOBODY);
  });

  test('is found among others, wherever it stands', async () => {
    const value = valueOf(ada);
    for (const cookie of [
      `latchkey=${value}`,
      `a=b; latchkey=${value}`,
      `latchkey=${value}; a=b`,
      `a=b;latchkey=${value};c=d`,
      `latchkey.1=x; latchkey=${value}; __Host-Http-latchkey=x`,
      `;;; ; latchkey=${value}   `,
    ]) {
      expect((await server.request(ROUTES.session, { cookie })).status).toBe(200);
    }
  });

  test('of one slot is not read for another', async () => {
    const cookie = `latchkey=${valueOf(ada)}; latchkey.1=${valueOf(bob)}`;
    const emailIn = async (headers: Record<string, string>) => {
      const response = await server.request(ROUTES.session, { cookie, headers });
      return response.status === 200 ? ((await response.json()) as { user: { email: string } }).user.email : undefined;
    };
    expect(await emailIn({})).toBe('ada@example.com');
    expect(await emailIn({ [SLOT_HEADER]: '1' })).toBe('bob@example.com');
    expect(await emailIn({ [SLOT_HEADER]: '2' })).toBeUndefined();
  });
});

describe('a token of another kind', () => {
  test('an access token is no session and no one-time token', async () => {
    const response = await ada.request(ROUTES.sessionToken, { json: {} });
    const { access_token: token } = (await response.json()) as { access_token: string };
    expect(await answersTo(`latchkey=${token}`)).toEqual(NOBODY);
    expect(await problemOf(await server.request(ROUTES.confirmEmail, { json: { token } }))).toMatch(/^400 /);
  });

  test('a one-time token is no session', async () => {
    await server.request(ROUTES.signUp, { json: { email: 'otp@example.com', password: 'a long password' } });
    expect(await answersTo(`latchkey=${tokenIn(await server.mailTo('otp@example.com'))}`)).toEqual(NOBODY);
  });

  test('a session cookie confirms no address', async () => {
    expect(await problemOf(await server.request(ROUTES.confirmEmail, { json: { token: valueOf(ada) } }))).toBe(
      '400 invalid_token',
    );
  });

  test("a session's id is not enough", async () => {
    expect(await answersTo(`latchkey=${(await rowOf(ada)).id}`)).toEqual(NOBODY);
  });
});

describe('headers', () => {
  const long = 'x'.repeat(16_000);
  test.each<[string, Record<string, string>]>([
    ['a long user agent', { 'User-Agent': long }],
    ['a user agent of bytes', { 'User-Agent': 'é\u00ff\u0080' }],
    ['a long address', { 'X-Forwarded-For': `${'1.2.3.4,'.repeat(2000)}` }],
    ['an address of garbage', { 'X-Forwarded-For': "'; drop table users; --" }],
    ['another host', { Host: 'evil.example' }],
    ['an empty host', { Host: '' }],
    ['no types at all', { Accept: long }],
    ['a strange encoding', { 'Accept-Encoding': 'x'.repeat(1000) }],
    ['a condition', { 'If-None-Match': '*', 'If-Match': '"x"', 'If-Modified-Since': 'never' }],
    ['a range', { Range: 'bytes=0-18446744073709551615' }],
    ['an authorization', { Authorization: 'Basic YTpi' }],
    ['a method override', { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE' }],
    ['a length that is none', { 'Content-Length': 'abc' }],
    ['a URL of another', { 'X-Original-URL': '/api/sessions', 'X-Rewrite-URL': '/api/sessions' }],
  ])('%s change nothing', async (_name, headers) => {
    for (const path of [ROUTES.session, PAGES.home, PAGES.account, ROUTES.live, '/nothing']) {
      const plain = await ada.request(path);
      const response = await ada.request(path, { headers });
      expect([path, response.status]).toEqual([path, plain.status]);
      expect(await response.text()).not.toContain('evil.example');
    }
  });

  test('who signs in is recorded as text, without what could break a line', async () => {
    const agent = `Mozilla\u00a0"<b>'\u0080\u009f${'y'.repeat(2000)}`;
    const browser = server.browser();
    await browser.request(ROUTES.signIn, {
      json: { email: 'bob@example.com', password: 'correct horse battery staple', slot: 9 },
      headers: { 'User-Agent': agent },
    });
    const response = await browser.request(ROUTES.session, { headers: { [SLOT_HEADER]: '9' } });
    const { session } = (await response.json()) as { session: { device: { userAgent: string } } };
    expect(session.device.userAgent).toHaveLength(512);
    // oxlint-disable-next-line no-control-regex -- what must not be there
    expect(session.device.userAgent).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  test('a forged address counts only behind a configured proxy', async () => {
    await using proxied = await startTestServer({ settings: { LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8' } });
    const networkOf = async (on: TestServer, peer: string, forwarded: string) => {
      await on.request('/api/email-verification', {
        json: { email: 'nobody@example.com' },
        headers: { 'X-Forwarded-For': forwarded },
      });
      const bindings = { incoming: { socket: { remoteAddress: peer } } } as never;
      const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': forwarded };
      const body = JSON.stringify({ email: 'nobody@example.com' });
      await on.fetch(new Request(`${on.issuer}/api/email-verification`, { method: 'POST', headers, body }), bindings);
      const row = await on.operations.store.queries
        .selectFrom('audit_events')
        .select('network')
        .orderBy('at', 'desc')
        .orderBy('id', 'desc')
        .where('network', 'is not', null)
        .executeTakeFirst();
      return row?.network;
    };
    expect(await networkOf(server, '203.0.113.9', '6.6.6.6')).toBe('203.0.113.9');
    expect(await networkOf(proxied, '10.0.0.1', '6.6.6.6, 198.51.100.7')).toBe('198.51.100.7');
  });
});

describe('the log', () => {
  test('has each request, and no credential: neither cookie, nor token, nor a path that holds one', async () => {
    const cookie = valueOf(ada);
    await server.request(ROUTES.signUp, { json: { email: 'logged@example.com', password: 'a long password' } });
    const token = tokenIn(await server.mailTo('logged@example.com'));
    const { access_token: jwt } = (await (await ada.request(ROUTES.sessionToken, { json: {} })).json()) as {
      access_token: string;
    };
    for (const secret of [cookie, token, jwt]) {
      await server.request(`${PAGES.verifyEmail}?token=${secret}`);
      await server.request(`/${secret}`);
      await server.request(`/reset/${secret}/x`);
      await ada.request(`${ROUTES.sessions}/${secret}`, { method: 'DELETE' });
      await ada.request(`/api/%6ek/${secret.replace('_', '%5f')}`);
      await server.request(ROUTES.session, {
        headers: { 'User-Agent': secret, Referer: `https://x/?token=${secret}` },
      });
    }
    expect(server.log.entries.length).toBeGreaterThan(100);
    const text = server.log.text();
    for (const secret of [cookie, token, jwt]) {
      expect(text).not.toContain(secret);
      // Not even the part that proves it.
      expect(text).not.toContain(secret.slice(-40));
    }
  });

  test('a line break in a path makes no line of its own', async () => {
    await server.request('/a%0a{"level":"error"}%0d%0ab');
    const paths = server.log.entries.map(({ fields }) => JSON.stringify(fields));
    expect(paths.every((line) => !line.includes('\n'))).toBe(true);
  });
});

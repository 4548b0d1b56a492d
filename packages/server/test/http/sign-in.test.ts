import { PAGES, ROUTES, SLOT_HEADER } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalisePassword } from '../../src/domain/passwords/policy.ts';
import { createPasswordHasher } from '../../src/node/password-hasher.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { findUserWithPassword, savePasswordHash } from '../../src/storage/users.ts';
import { PASSWORD, problemOf, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let https: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  https = await startTestServer({ settings: { LATCHKEY_ISSUER: 'https://id.example.com' } });
  await Promise.all([server, https].map((each) => each.signUpAndVerify('ada@example.com')));
  await server.signUpAndVerify('bob@example.com');
});
afterAll(async () => {
  await server.close();
  await https.close();
});

const CREDENTIAL = 'lks_[A-Za-z0-9_-]{81}';
const signIn = (on: TestServer, more: object = {}, headers: Record<string, string> = {}) =>
  on.request(ROUTES.signIn, { json: { email: 'ada@example.com', password: PASSWORD, ...more }, headers });

describe('the answer', () => {
  test('is the user and the session, and nothing of the credential', async () => {
    const response = await signIn(
      server,
      {},
      { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
    );
    expect(response.status).toBe(200);
    const text = await response.text();
    const body = JSON.parse(text) as { user: object; session: object };
    expect(body).toEqual({
      user: {
        id: expect.stringMatching(/^usr_[0-9a-f]{32}$/) as string,
        email: 'ada@example.com',
        emailVerified: true,
        name: null,
        roles: [],
        createdAt: expect.any(String) as string,
      },
      session: {
        id: expect.stringMatching(/^ses_[0-9a-f]{32}$/) as string,
        current: true,
        remember: false,
        createdAt: expect.any(String) as string,
        lastUsedAt: expect.any(String) as string,
        authTime: expect.any(String) as string,
        expiresAt: expect.any(String) as string,
        device: {
          label: 'Firefox on Linux',
          userAgent: expect.stringContaining('Firefox/140.0') as string,
          network: null,
        },
        client: null,
      },
    });
    expect(text).not.toMatch(/lks_|argon2/);
  });

  test('is audited', async () => {
    const response = await signIn(server);
    const { user, session } = (await response.json()) as { user: { id: string }; session: { id: string } };
    expect(await server.auditEvents(1)).toMatchObject([
      { type: 'user.signed_in', outcome: 'success', actor: user.id, target: session.id },
    ]);
  });
});

describe('the cookie, byte for byte', () => {
  const http = `Path=/; HttpOnly; SameSite=Strict`;
  const secure = `Path=/; HttpOnly; Secure; SameSite=Strict`;
  test.each([
    ['plain http', () => server, {}, `latchkey=${CREDENTIAL}; ${http}`],
    ['https', () => https, {}, `__Host-Http-latchkey=${CREDENTIAL}; ${secure}`],
    [
      'https, remembered',
      () => https,
      { remember: true },
      `__Host-Http-latchkey=${CREDENTIAL}; Max-Age=(?:2592000|2591999); ${secure}`,
    ],
    ['https, not remembered', () => https, { remember: false }, `__Host-Http-latchkey=${CREDENTIAL}; ${secure}`],
    ['https, slot 0', () => https, { slot: 0 }, `__Host-Http-latchkey\\.0=${CREDENTIAL}; ${secure}`],
    ['plain http, slot 9', () => server, { slot: 9 }, `latchkey\\.9=${CREDENTIAL}; ${http}`],
  ])('%s', async (_name, on, body, expected) => {
    const response = await signIn(on(), body);
    const [session, ...devices] = response.headers.getSetCookie();
    expect(session).toMatch(new RegExp(`^${expected}$`));
    const [prefix, flags] = on() === https ? ['__Secure-', 'HttpOnly; Secure'] : ['', 'HttpOnly'];
    const maxAge = 'remember' in body && body.remember ? 'Max-Age=31536000; ' : '';
    const proofAt = (path: string) =>
      `${prefix}latchkey-device=lkd_…; ${maxAge}Path=${path}; ${flags}; SameSite=Strict`;
    expect(devices.map((cookie) => cookie.replace(/lkd_[A-Za-z0-9_-]{59}/, 'lkd_…'))).toEqual([
      proofAt(ROUTES.signIn),
      proofAt(ROUTES.confirmMagicLink),
      proofAt(PAGES.signIn),
    ]);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  test('is another at each sign-in', async () => {
    const cookies = await Promise.all([signIn(server), signIn(server)]);
    expect(new Set(cookies.map((response) => response.headers.getSetCookie()[0])).size).toBe(2);
  });

  test.each([
    ['a remembered session', true, 30 * 86_400],
    ['one that is not', false, 86_400],
  ])('%s ends in time whatever the browser does', async (_name, remember, seconds) => {
    const response = await signIn(server, { remember });
    const { session } = (await response.json()) as { session: { id: string; createdAt: string } };
    const row = await server.operations.store.queries
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', session.id as `ses_${string}`)
      .executeTakeFirstOrThrow();
    expect(row.expires_at - row.created_at).toBe(seconds * 1000);
    expect(row.remember).toBe(remember ? 1 : 0);
  });
});

describe('refused', () => {
  const rejected: [name: string, body: object, problem: string][] = [
    ['a wrong password', { password: 'a wrong password' }, '401 invalid_credentials'],
    ['the password in another case', { password: PASSWORD.toUpperCase() }, '401 invalid_credentials'],
    ['the password with a space', { password: `${PASSWORD} ` }, '401 invalid_credentials'],
    ['an unknown address', { email: 'nobody@example.com' }, '401 invalid_credentials'],
    ['no address at all', { email: 'no address' }, '401 invalid_credentials'],
    [
      "another user's password",
      { email: 'bob@example.com', password: 'not the password of bob' },
      '401 invalid_credentials',
    ],
    ['a short wrong password, as a wrong one', { password: 'x' }, '401 invalid_credentials'],
    ['a slot beyond the last', { slot: 10 }, '400 invalid_request'],
    ['a slot below the first', { slot: -1 }, '400 invalid_request'],
    ['a slot that is no whole number', { slot: 1.5 }, '400 invalid_request'],
    ['a slot that is text', { slot: '1' }, '400 invalid_request'],
    ['remember that is no boolean', { remember: 'on' }, '400 invalid_request'],
    ['a claim to a role', { role: 'administrator' }, '400 invalid_request'],
    ['a claim to a user', { userId: 'usr_1' }, '400 invalid_request'],
  ];
  test.each(rejected)('%s', async (_name, body, problem) => {
    const before = await server.tableCounts();
    const response = await signIn(server, body);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await problemOf(response)).toBe(problem);
    const after = await server.tableCounts();
    expect({ ...after, audit_events: 0 }).toEqual({ ...before, audit_events: 0 });
  });

  test('an unknown address and a wrong password look alike', async () => {
    const [unknown, wrong] = await Promise.all([
      signIn(server, { email: 'nobody@example.com' }),
      signIn(server, { password: 'a wrong password' }),
    ]);
    expect([...unknown.headers]).toEqual([...wrong.headers]);
    expect(await unknown.text()).toBe(await wrong.text());
  });

  test('is audited, with the account where there is one', async () => {
    await signIn(server, { password: 'a wrong password' });
    const [known] = await server.auditEvents(1);
    expect(known).toMatchObject({ type: 'user.sign_in_failed', outcome: 'failure', actor: null });
    expect(known?.target).toMatch(/^usr_/);
    await signIn(server, { email: 'nobody@example.com' });
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'user.sign_in_failed', target: null }]);
  });

  test('an address that is not verified is told only after the right password', async () => {
    const email = 'unverified@example.com';
    await server.request(ROUTES.signUp, { json: { email, password: PASSWORD } });
    expect(await problemOf(await signIn(server, { email, password: 'a wrong password' }))).toBe(
      '401 invalid_credentials',
    );
    const before = await server.tableCounts();
    const response = await signIn(server, { email });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await problemOf(response)).toBe('403 email_not_verified');
    expect((await server.tableCounts())['sessions']).toBe(before['sessions']);
  });
});

test('a hash of older parameters is replaced, and by the right password alone', async () => {
  const email = 'old-hash@example.com';
  await server.signUpAndVerify(email);
  const { store } = server.operations;
  const older = await createPasswordHasher(1, { memoryCost: 1024, timeCost: 1 }).hash(normalisePassword(PASSWORD));
  const user = (await findUserWithPassword(store.queries, email))!.user;
  await store.transaction((tx) => savePasswordHash(tx, user.id, older, 0));
  const hash = async () => (await findUserWithPassword(store.queries, email))!.password!.hash;

  expect((await signIn(server, { email, password: 'a wrong password' })).status).toBe(401);
  expect(await hash()).toBe(older);
  expect((await signIn(server, { email })).status).toBe(200);
  const upgraded = await hash();
  expect(upgraded).toContain('$m=19456,t=2,p=1$');
  expect((await signIn(server, { email })).status).toBe(200);
  expect(await hash()).toBe(upgraded);
});

describe('a second sign-in', () => {
  test('of another user ends the session that the slot held: no fixation, no orphan', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const old = browser.jar.get('latchkey')!.value;
    const before = (await browser.session())!.session.id;
    const head = (await listRevocations(server.operations.store.queries, 0, 1000)).length;

    await browser.signIn('bob@example.com');
    expect(browser.jar.get('latchkey')!.value).not.toBe(old);
    expect((await browser.session())!.user.email).toBe('bob@example.com');
    expect(await problemOf(await server.request(ROUTES.session, { cookie: `latchkey=${old}` }))).toBe('401 no_session');
    expect((await server.auditEvents(2)).map(({ type, target }) => [type, target])).toContainEqual([
      'session.ended',
      before,
    ]);
    const events = await listRevocations(server.operations.store.queries, 0, 1000);
    expect(events.slice(head)).toMatchObject([{ kind: 'session', key: before }]);
  });

  test('of the same user whose answer is lost leaves the browser signed in; of another one, ends both', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const cookie = `latchkey=${browser.jar.get('latchkey')!.value}`;
    const json = { email: 'ada@example.com', password: PASSWORD };
    const lost = await server.request(ROUTES.signIn, { json, cookie });
    expect(lost.status).toBe(200);
    expect((await browser.session())!.user.email).toBe('ada@example.com');
    const sent = lost.headers.getSetCookie()[0]!.split(';', 1)[0];
    // It may still arrive.
    expect((await server.request(ROUTES.session, { cookie: sent })).status).toBe(200);
    const answer = await browser.request(ROUTES.sessions);
    const { sessions } = (await answer.json()) as { sessions: { id: string }[] };
    const { id } = (await browser.session())!.session;
    const same = ((await lost.json()) as { session: { id: string } }).session.id;
    expect(sessions.map((session) => session.id).filter((each) => [id, same].includes(each))).toEqual([id]);

    await browser.signIn('bob@example.com');
    for (const each of [cookie, sent]) {
      expect(await problemOf(await server.request(ROUTES.session, { cookie: each }))).toBe('401 no_session');
    }
  });

  test('a wrong password leaves the session that is there', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const cookie = browser.jar.get('latchkey');
    expect((await browser.signIn('bob@example.com', 'a wrong password')).status).toBe(401);
    expect(browser.jar.get('latchkey')).toEqual(cookie);
    expect((await browser.session())!.user.email).toBe('ada@example.com');
  });

  test('a credential that somebody planted is not taken over', async () => {
    const attacker = server.browser();
    await attacker.signIn('bob@example.com');
    const planted = attacker.jar.get('latchkey')!.value;
    const victim = server.browser();
    victim.jar.set({ name: 'latchkey', value: planted });
    await victim.signIn('ada@example.com');
    expect(victim.jar.get('latchkey')!.value).not.toBe(planted);
    expect((await victim.session())!.user.email).toBe('ada@example.com');
    // The planted session is no way to the victim's account.
    expect(await attacker.session()).toBeUndefined();
  });
});

describe('slots', () => {
  test('hold one account each, side by side', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    await browser.signIn('bob@example.com', PASSWORD, { slot: 3 });
    expect(browser.jar.names).toEqual(['latchkey', 'latchkey.3']);
    expect((await browser.session())!.user.email).toBe('ada@example.com');
    expect((await browser.session(3))!.user.email).toBe('bob@example.com');
    expect(await browser.session(4)).toBeUndefined();
  });

  test('are signed out one by one', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    await browser.signIn('bob@example.com', PASSWORD, { slot: 0 });
    const response = await browser.request(ROUTES.signOut, { method: 'POST', headers: { [SLOT_HEADER]: '0' } });
    expect(response.headers.getSetCookie()).toEqual(['latchkey.0=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict']);
    expect(browser.jar.names).toEqual(['latchkey']);
    expect((await browser.session())!.user.email).toBe('ada@example.com');
  });

  test('the header names the slot of a sign-in as well; two different ones are a mistake', async () => {
    const header = (slot: string) => ({ [SLOT_HEADER]: slot });
    const names = async (more: object, headers: Record<string, string>) =>
      (await signIn(server, more, headers)).headers.getSetCookie().map((cookie) => cookie.split('=', 1)[0]);
    expect((await names({}, header('2')))[0]).toBe('latchkey.2');
    expect((await names({ slot: 2 }, header('2')))[0]).toBe('latchkey.2');
    expect(await problemOf(await signIn(server, { slot: 1 }, header('2')))).toBe('400 invalid_request');
    expect(await problemOf(await signIn(server, { slot: 0 }, header('2')))).toBe('400 invalid_request');
  });

  test.each(['10', '-1', '01', '1.0', '', 'a', '1, 2', '٣', '0x1', '9'.repeat(5000)])('%j is none', async (slot) => {
    for (const [path, options] of [
      [ROUTES.session, {}],
      [ROUTES.signOut, { method: 'POST' }],
      [ROUTES.sessions, {}],
      [ROUTES.signIn, { json: { email: 'ada@example.com', password: PASSWORD } }],
    ] as const) {
      // A header holds bytes: what is beyond Latin-1 arrives in UTF-8.
      const value = Buffer.from(slot).toString('latin1');
      const response = await server.request(path, { ...options, headers: { [SLOT_HEADER]: value } });
      expect(await problemOf(response)).toBe('400 invalid_request');
    }
  });
});

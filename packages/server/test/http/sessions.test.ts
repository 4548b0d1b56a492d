import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listRevocations } from '../../src/storage/revocations.ts';
import {
  problemOf,
  startTestServer,
  type SignedIn,
  type TestBrowser,
  type TestServer,
} from '../support/test-server.ts';

let server: TestServer;
let phone: TestBrowser;
let laptop: TestBrowser;
let bob: TestBrowser;
beforeAll(async () => {
  server = await startTestServer();
  await server.signUpAndVerify('ada@example.com');
  bob = await server.signedIn('bob@example.com');
});
afterAll(() => server.close());
beforeEach(async () => {
  [phone, laptop] = [server.browser(), server.browser()];
  await phone.signIn('ada@example.com');
  await phone.request(ROUTES.revokeOthers, { method: 'POST' });
  await laptop.signIn('ada@example.com');
});

const idOf = async (browser: TestBrowser) => (await browser.session())!.session.id;
const list = async (browser: TestBrowser) =>
  ((await (await browser.request(ROUTES.sessions)).json()) as { sessions: SignedIn['session'][] }).sessions;
const end = (browser: TestBrowser, id: string) => browser.request(`${ROUTES.sessions}/${id}`, { method: 'DELETE' });
const post = (browser: TestBrowser, path: string) => browser.request(path, { method: 'POST' });
const revocations = () => listRevocations(server.operations.store.queries, 0, 10_000);
const versionOf = async (browser: TestBrowser) => {
  const { user } = (await browser.session())!;
  const { version } = await server.operations.store.queries
    .selectFrom('users')
    .select('version')
    .where('id', '=', user.id as `usr_${string}`)
    .executeTakeFirstOrThrow();
  return version;
};

const CLEARED = 'latchkey=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict';

describe('GET /api/session', () => {
  test('tells who is signed in, and is never cached', async () => {
    const response = await phone.request(ROUTES.session);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const body = (await response.json()) as SignedIn;
    expect(body.user.email).toBe('ada@example.com');
    expect(body.session).toMatchObject({ current: true, remember: false });
  });

  test('nobody is 401, without a cookie and without a challenge that browsers answer with a dialog', async () => {
    const response = await server.request(ROUTES.session);
    expect(response.headers.get('WWW-Authenticate')).toBeNull();
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await problemOf(response)).toBe('401 no_session');
  });

  test('a bearer token is no session', async () => {
    const cookie = phone.jar.get('latchkey')!.value;
    const response = await server.request(ROUTES.session, { headers: { Authorization: `Bearer ${cookie}` } });
    expect(await problemOf(response)).toBe('401 no_session');
  });
});

describe('sign-out', () => {
  test('ends the session at once, clears the cookie and says so in both logs', async () => {
    const id = await idOf(phone);
    const cookie = phone.jar.header(new URL(server.issuer));
    const response = await post(phone, ROUTES.signOut);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    expect(response.headers.getSetCookie()).toEqual([CLEARED]);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(phone.jar.names).toEqual([]);
    expect(await problemOf(await server.request(ROUTES.session, { cookie }))).toBe('401 no_session');
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'session.ended', outcome: 'success', target: id }]);
    expect((await revocations()).at(-1)).toMatchObject({ kind: 'session', key: id });
    expect(await idOf(laptop)).toBeDefined();
  });

  test('succeeds for nobody, and still clears the cookie', async () => {
    const before = await server.tableCounts();
    for (const cookie of [undefined, 'latchkey=garbage', 'latchkey=a; latchkey=b']) {
      const response = await server.request(ROUTES.signOut, { method: 'POST', cookie });
      expect(response.status).toBe(204);
      expect(response.headers.getSetCookie()).toEqual([CLEARED]);
    }
    expect(await server.tableCounts()).toEqual(before);
  });
});

describe('the list of sessions', () => {
  test('has the live ones of the user, the newest first, and says which one asks', async () => {
    const [phoneId, laptopId] = [await idOf(phone), await idOf(laptop)];
    const sessions = await list(phone);
    expect(sessions.map(({ id, current }) => ({ id, current }))).toEqual([
      { id: laptopId, current: false },
      { id: phoneId, current: true },
    ]);
    expect((await list(laptop)).map(({ current }) => current)).toEqual([true, false]);
    expect(JSON.stringify(sessions)).not.toMatch(/lks_|salt/);
  });

  test('is for nobody else', async () => {
    expect(await problemOf(await server.request(ROUTES.sessions))).toBe('401 no_session');
    expect((await list(bob)).map(({ id }) => id)).toEqual([await idOf(bob)]);
  });
});

describe('ending one session', () => {
  test("another device's", async () => {
    const id = await idOf(laptop);
    const response = await end(phone, id);
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await laptop.session()).toBeUndefined();
    expect(await phone.session()).toBeDefined();
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'session.ended', target: id }]);
    expect((await revocations()).at(-1)).toMatchObject({ kind: 'session', key: id });
    // Once: a second time there is nothing to end, and nothing more in the logs.
    const before = await server.tableCounts();
    expect(await problemOf(await end(phone, id))).toBe('404 not_found');
    expect(await server.tableCounts()).toEqual(before);
  });

  test("one's own clears the cookie", async () => {
    const response = await end(phone, await idOf(phone));
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()).toEqual([CLEARED]);
    expect(await phone.session()).toBeUndefined();
  });

  test("another user's is not there, and nothing changes", async () => {
    const id = await idOf(phone);
    const before = await server.tableCounts();
    expect(await problemOf(await end(bob, id))).toBe('404 not_found');
    expect(await server.tableCounts()).toEqual(before);
    expect(await idOf(phone)).toBe(id);
  });

  test.each([
    'ses_00000000000000000000000000000000',
    'garbage',
    'usr_00000000000000000000000000000000',
    'ses_%00',
    'ses_..%2f..%2f',
    '%zz',
    "ses_' or 1=1 --",
    'x'.repeat(3000),
  ])('%j is not there', async (id) => {
    const before = await server.tableCounts();
    expect(await problemOf(await end(phone, id))).toBe('404 not_found');
    expect(await server.tableCounts()).toEqual(before);
  });

  test('nobody may', async () => {
    const id = await idOf(phone);
    expect(await problemOf(await server.request(`${ROUTES.sessions}/${id}`, { method: 'DELETE' }))).toBe(
      '401 no_session',
    );
    expect(await idOf(phone)).toBe(id);
  });
});

describe('revoke-others', () => {
  test('ends the others, keeps this one, and voids the tokens of before by the version', async () => {
    const version = await versionOf(phone);
    // Read a moment ago, and so in memory.
    expect(await laptop.session()).toBeDefined();
    const response = await post(phone, ROUTES.revokeOthers);
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toEqual({ ended: 1 });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await laptop.session()).toBeUndefined();
    expect(await bob.session()).toBeDefined();
    expect(await versionOf(phone)).toBe(version + 1);
    const { user } = (await phone.session())!;
    expect((await revocations()).at(-1)).toMatchObject({ kind: 'subject', key: user.id, min_version: version + 1 });
    expect(await server.auditEvents(1)).toMatchObject([{ type: 'sessions.ended', actor: user.id, target: user.id }]);
  });

  test('with no others ends none', async () => {
    await post(phone, ROUTES.revokeOthers);
    expect(await (await post(phone, ROUTES.revokeOthers)).json()).toEqual({ ended: 0 });
  });
});

describe('revoke-all', () => {
  test('ends every session of the user, raises the version and clears the cookie', async () => {
    const version = await versionOf(phone);
    const { user } = (await phone.session())!;
    expect(await laptop.session()).toBeDefined();
    const before = await revocations();
    const response = await post(phone, ROUTES.revokeAll);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ended: 2 });
    expect(response.headers.getSetCookie()).toEqual([CLEARED]);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await phone.session()).toBeUndefined();
    expect(await laptop.session()).toBeUndefined();
    expect(await bob.session()).toBeDefined();
    // Many sessions, one event.
    expect((await revocations()).slice(before.length)).toMatchObject([
      { kind: 'subject', key: user.id, min_version: version + 1 },
    ]);
    const again = server.browser();
    await again.signIn('ada@example.com');
    expect(await versionOf(again)).toBe(version + 1);
  });

  test.each([ROUTES.revokeAll, ROUTES.revokeOthers])('%s is for nobody without a session', async (path) => {
    const before = await server.tableCounts();
    expect(await problemOf(await server.request(path, { method: 'POST' }))).toBe('401 no_session');
    expect(await server.tableCounts()).toEqual(before);
  });
});

test('the revocation log has no gap and no repetition', async () => {
  const events = await revocations();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
});

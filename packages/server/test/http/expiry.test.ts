import { PAGES, ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/domain/instant.ts';
import { offerFirstAdministrator } from '../../src/operations/create-first-administrator.ts';
import { endOneSession } from '../../src/operations/end-sessions.ts';
import { rotateSigningKeys } from '../../src/operations/manage-signing-keys.ts';
import { purgeExpired } from '../../src/operations/purge-expired.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import {
  PASSWORD,
  problemOf,
  startClockedServer,
  TestClock,
  tokenIn,
  type TestServer,
} from '../support/test-server.ts';

const clock = new TestClock();
let server: TestServer;
let account = 0;
let email: string;
beforeAll(async () => {
  server = await startClockedServer(clock, { settings: { LATCHKEY_ISSUER: 'https://id.example.com' } });
});
afterAll(() => server.close());
beforeEach(() => {
  account += 1;
  email = `user${account}@example.com`;
});

const confirm = (token: string) => server.request(ROUTES.confirmEmail, { json: { token } });

describe('a verification link', () => {
  test.each([
    ['works to its last moment', DAY_MS - 1, 200],
    ['not at its end', DAY_MS, 400],
    ['not later', 30 * DAY_MS, 400],
  ])('%s', async (_name, ageMs, status) => {
    await server.request(ROUTES.signUp, { json: { email, password: PASSWORD } });
    const token = tokenIn(await server.mailTo(email));
    clock.advance(ageMs);
    expect((await confirm(token)).status).toBe(status);
    // Whether it was good or not, it is gone, and a second try is like the first of a stranger.
    expect(await problemOf(await confirm(token))).toBe('400 invalid_token');
  });
});

test("the administrator's link works for an hour", async () => {
  const token = await offerFirstAdministrator(server.operations);
  clock.advance(HOUR_MS);
  const form = [
    ['token', token!.reveal()],
    ['email', email],
    ['name', ''],
    ['password', PASSWORD],
  ] as const;
  expect((await server.request(PAGES.firstAdministrator, { form })).status).toBe(400);
});

describe('a session', () => {
  const signIn = async (remember: boolean) => {
    await server.signUpAndVerify(email);
    const browser = server.browser();
    const response = await browser.signIn(email, PASSWORD, { remember });
    return { browser, cookie: response.headers.getSetCookie()[0]! };
  };

  test('remembered: its cookie lives as long as it may at most, to the second', async () => {
    const { cookie } = await signIn(true);
    expect(cookie).toContain(`; Max-Age=${30 * 86_400}; Path=/; HttpOnly; Secure; SameSite=Strict`);
  });

  test('unused ends after the idle time', async () => {
    const { browser } = await signIn(true);
    clock.advance(7 * DAY_MS - 1);
    expect(await browser.session()).toBeDefined();
    clock.advance(7 * DAY_MS);
    expect(await browser.session()).toBeUndefined();
  });

  test('in steady use does not idle out, and ends at its absolute end all the same', async () => {
    const { browser } = await signIn(true);
    let days = 0;
    while (await browser.session()) {
      clock.advance(DAY_MS);
      days += 1;
      expect(days).toBeLessThanOrEqual(30);
    }
    expect(days).toBe(30);
  });

  test('not remembered ends after a day, however much it is used', async () => {
    const { browser } = await signIn(false);
    for (let hour = 0; hour < 24; hour += 1) {
      expect(await browser.session()).toBeDefined();
      clock.advance(HOUR_MS);
    }
    expect(await browser.session()).toBeUndefined();
  });

  test('that has expired cannot be listed, ended or used for a token', async () => {
    const { browser } = await signIn(false);
    const id = (await browser.session())!.session.id;
    clock.advance(DAY_MS);
    const other = server.browser();
    await other.signIn(email);
    const { sessions } = (await (await other.request(ROUTES.sessions)).json()) as { sessions: { id: string }[] };
    expect(sessions.map((session) => session.id)).not.toContain(id);
    expect(await problemOf(await browser.request(ROUTES.sessionToken, { json: {} }))).toBe('401 no_session');
    expect(await problemOf(await browser.request(ROUTES.revokeAll, { method: 'POST' }))).toBe('401 no_session');
  });

  test('a token never outlives its session', async () => {
    const { browser } = await signIn(false);
    clock.advance(DAY_MS - 90 * SECOND_MS);
    const response = await browser.request(ROUTES.sessionToken, { json: {} });
    expect(((await response.json()) as { expires_in: number }).expires_in).toBe(90);
  });

  test('with a short idle time stays alive while it is used', async () => {
    const shortClock = new TestClock();
    await using short = await startClockedServer(shortClock, { settings: { LATCHKEY_SESSION_IDLE_SECONDS: '60' } });
    const browser = await short.signedIn(email);
    for (let minute = 0; minute < 5; minute += 1) {
      for (const seconds of [20, 20, 20]) {
        shortClock.advance(seconds * SECOND_MS);
        expect(await browser.session()).toBeDefined();
      }
    }
    shortClock.advance(MINUTE_MS);
    expect(await browser.session()).toBeUndefined();
  });
});

describe('what is kept', () => {
  test('a revocation, until the longest-lived token of any setting is dead', async () => {
    // Tokens of 30 minutes; then the server is started again, with a setting of 10 seconds.
    const long = new TestClock();
    await using before = await startClockedServer(long, { settings: { LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: '1800' } });
    const browser = await before.signedIn(email);
    const { user, session } = (await browser.session())!;
    const token = await browser.request(ROUTES.sessionToken, { json: {} });
    expect(((await token.json()) as { expires_in: number }).expires_in).toBe(1800);

    const { accessTokens } = before.operations.policy;
    const after = {
      ...before.operations,
      policy: { ...before.operations.policy, accessTokens: { ...accessTokens, ttlSeconds: 10 } },
    };
    const ids = { id: session.id as `ses_${string}`, userId: user.id as `usr_${string}` };
    await endOneSession(after, { ...ids, reason: 'signed_out' }, { network: null, userAgent: null });
    long.advance(1800 * SECOND_MS);
    await purgeExpired(after);
    expect(await listRevocations(after.store.queries, 0, 10)).toMatchObject([{ kind: 'session', key: session.id }]);
    long.advance(2 * MINUTE_MS);
    // The newest event stays, for those who follow the log stand there.
    await before.signedIn('eve@example.com').then((other) => other.request(ROUTES.signOut, { method: 'POST' }));
    long.advance(MINUTE_MS);
    await purgeExpired(after);
    const left = await listRevocations(after.store.queries, 0, 10);
    expect(left.map(({ seq }) => seq)).toEqual([2]);
  });

  test('a retired key, until the longest-lived token of any setting is dead', async () => {
    const long = new TestClock();
    await using other = await startClockedServer(long, { settings: { LATCHKEY_ACCESS_TOKEN_TTL_SECONDS: '10' } });
    const keys = async () => ((await (await other.request(ROUTES.jwks)).json()) as { keys: { kid: string }[] }).keys;
    await rotateSigningKeys(other.operations, 'test', { dangerouslyNow: true });
    expect(await keys()).toHaveLength(3);
    long.advance(1800 * SECOND_MS);
    await purgeExpired(other.operations);
    expect(await keys()).toHaveLength(3);
    long.advance(2 * MINUTE_MS);
    await purgeExpired(other.operations);
    expect(await keys()).toHaveLength(2);
  });
});

import { RATE_LIMITS } from '../../src/domain/rate-limits/rate-limits.ts';
import { availableParallelism } from 'node:os';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listRevocations } from '../../src/storage/revocations.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { PASSWORD, problemOf, startTestServer, tokenIn, type TestServer } from '../support/test-server.ts';

const CALLERS = 50;
/** More than wait on any machine that runs this: 33 for each core. */
const FLOOD = availableParallelism() * 100;

/** How many answers there are of each status. */
async function together(send: (index: number) => Promise<Response>, callers = CALLERS) {
  const responses = await Promise.all(Array.from({ length: callers }, (_, index) => send(index)));
  const counts: Record<number, number> = {};
  for (const { status } of responses) counts[status] = (counts[status] ?? 0) + 1;
  return { responses, counts };
}

describeEachDatabase('50 callers at once', (database) => {
  /** Hashing passwords takes its time, and SQLite lets one writer in at a time anyway. */
  const hashing = database.dialect === 'postgres' ? CALLERS : 20;
  let server: TestServer;
  let other: TestServer;
  beforeAll(async () => {
    // Two nodes on one database.
    server = await startTestServer({ databaseUrl: database.url });
    other = await startTestServer({ databaseUrl: database.url });
    await server.signUpAndVerify('ada@example.com');
  });
  afterAll(async () => {
    await server.close();
    await other.close();
  });
  const node = (index: number) => (index % 2 === 0 ? server : other);
  const rows = async (table: string) => (await server.tableCounts())[table]!;

  test('confirm with the same token: exactly one does', async () => {
    await server.request(ROUTES.signUp, { json: { email: 'once@example.com', password: PASSWORD } });
    const token = tokenIn(await server.mailTo('once@example.com'));
    const { counts } = await together((index) => node(index).request(ROUTES.confirmEmail, { json: { token } }));
    expect(counts).toEqual({ 200: 1, 400: CALLERS - 1 });
    const events = (await server.auditEvents(CALLERS)).filter(({ type }) => type === 'user.email_verified');
    expect(events.filter(({ outcome }) => outcome === 'success')).toHaveLength(1);
  });

  test('sign up with one address: one account, one link that works', async () => {
    const before = await rows('users');
    const { counts } = await together(
      (index) =>
        node(index).request(ROUTES.signUp, { json: { email: 'race@example.com', password: `${PASSWORD} ${index}` } }),
      hashing,
    );
    const accepted = counts[202] ?? 0;
    expect(accepted).toBeGreaterThanOrEqual(RATE_LIMITS.mailByAddress.attempts);
    expect(accepted + (counts[429] ?? 0)).toBe(hashing);
    expect(await rows('users')).toBe(before);
    const { queries } = server.operations.store;
    const found = queries.selectFrom('registrations').select('contested').where('email_key', '=', 'race@example.com');
    expect(await found.execute()).toEqual([{ contested: 1 }]);

    // Older mails went with their links.
    const token = tokenIn(await server.mailTo('race@example.com'));
    const confirmed = await together((index) => node(index).request(ROUTES.confirmEmail, { json: { token } }));
    expect(confirmed.counts).toEqual({ 200: 1, 400: CALLERS - 1 });
    expect(await rows('users')).toBe(before + 1);
  });

  test('sign up and confirm in turn: nothing worse than a link that died', async () => {
    await server.request(ROUTES.signUp, { json: { email: 'turns@example.com', password: PASSWORD } });
    const token = tokenIn(await server.mailTo('turns@example.com'));
    const { responses } = await together((index) =>
      index % 2 === 0
        ? server.request(ROUTES.emailVerification, { json: { email: 'turns@example.com' } })
        : other.request(ROUTES.confirmEmail, { json: { token } }),
    );
    for (const { status } of responses) expect([200, 202, 400, 429, 503]).toContain(status);
    expect(responses.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test('sign in: each gets a session of its own, or is told to come back', async () => {
    const before = await rows('sessions');
    const { responses, counts } = await together((index) => node(index).browser().signIn('ada@example.com'), hashing);
    // Each counts as a guess until its password turns out to be right. On SQLite two processes count for themselves.
    const signedIn = counts[200] ?? 0;
    expect(signedIn + (counts[429] ?? 0)).toBe(hashing);
    expect(signedIn).toBeGreaterThanOrEqual(Math.min(hashing, RATE_LIMITS.signInByAccount.attempts));
    const cookies = responses.flatMap((response) => response.headers.getSetCookie().slice(0, 1));
    expect(new Set(cookies).size).toBe(signedIn);
    expect(await rows('sessions')).toBe(before + signedIn);
    // All were given back.
    expect((await server.browser().signIn('ada@example.com')).status).toBe(200);
  });

  test('end one session: one does, and there is one event of it', async () => {
    const [victim, ender] = [server.browser(), server.browser()];
    await victim.signIn('ada@example.com');
    await ender.signIn('ada@example.com');
    const { id } = (await victim.session())!.session;
    const cookie = ender.jar.header(new URL(server.issuer));
    const { counts } = await together((index) =>
      node(index).request(`${ROUTES.sessions}/${id}`, { method: 'DELETE', cookie }),
    );
    expect(counts).toEqual({ 204: 1, 404: CALLERS - 1 });
    const events = await listRevocations(server.operations.store.queries, 0, 10_000);
    expect(events.filter(({ key }) => key === id)).toHaveLength(1);
  });

  test('sign out everywhere: as many events as were answered with 200, numbered without a gap', async () => {
    const browser = await server.signedIn('everywhere@example.com');
    const { user } = (await browser.session())!;
    const cookie = browser.jar.header(new URL(server.issuer));
    const { counts } = await together((index) => node(index).request(ROUTES.revokeAll, { method: 'POST', cookie }));
    expect((counts[200] ?? 0) + (counts[401] ?? 0)).toBe(CALLERS);
    const events = await listRevocations(server.operations.store.queries, 0, 10_000);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    const versions = events.filter(({ key }) => key === user.id).map((event) => event.min_version);
    expect(versions).toEqual(versions.map((_version, index) => index + 2));
    expect(versions).toHaveLength(counts[200] ?? 0);
  });

  test('ask for tokens while the session ends: a token or 401, nothing else', async () => {
    const browser = server.browser();
    await browser.signIn('ada@example.com');
    const cookie = browser.jar.header(new URL(server.issuer));
    const { counts } = await together((index) =>
      index === 25
        ? server.request(ROUTES.signOut, { method: 'POST', cookie })
        : server.request(ROUTES.sessionToken, { json: {}, cookie }),
    );
    expect(counts[204]).toBe(1);
    expect((counts[200] ?? 0) + (counts[401] ?? 0)).toBe(CALLERS - 1);
    expect(await problemOf(await server.request(ROUTES.sessionToken, { json: {}, cookie }))).toBe('401 no_session');
    expect(await problemOf(await server.request(ROUTES.session, { cookie }))).toBe('401 no_session');
  });
});

describe('more sign-ins than can be hashed soon', () => {
  test('are told to come back, and the rest of the server stays quick', async () => {
    await using server = await startTestServer();
    const browser = await server.signedIn('ada@example.com');
    const flood = together((index) => server.browser().signIn(`guess-${index}@example.com`, 'wrong password'), FLOOD);
    const startedAt = performance.now();
    expect(await browser.session()).toBeDefined();
    const sessionCheckMs = performance.now() - startedAt;
    const { responses, counts } = await flood;
    const floodMs = performance.now() - startedAt;
    expect((counts[401] ?? 0) + (counts[503] ?? 0)).toBe(FLOOD);
    expect(counts[401]).toBeGreaterThan(0);
    expect(counts[503]).toBeGreaterThan(0);
    expect(sessionCheckMs).toBeLessThan(floodMs / 2);
    const refused = responses.find(({ status }) => status === 503)!;
    expect(refused.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/);
    expect(await problemOf(refused)).toBe('503 temporarily_unavailable');
    // Nothing is left of it.
    expect((await browser.signIn('ada@example.com')).status).toBe(200);
  });
});

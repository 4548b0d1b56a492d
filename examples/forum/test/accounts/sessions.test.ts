/** What keeps somebody signed in to the forum, and what ends it: the access token is what counts, in each request. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Forum } from '../../src/create-forum.ts';
import { FORUM, startTwoServers, type Person, type TwoServers } from './two-servers.ts';

let servers: TwoServers;
beforeAll(async () => {
  servers = await startTwoServers();
});
afterAll(() => servers?.[Symbol.asyncDispose]());

let count = 0;
async function somebody(query?: string): Promise<Person> {
  const person = await servers.person(`person-${(count += 1)}@example.org`);
  await person.signIn(query, { remember: 'yes' });
  return person;
}

const TEN_MINUTES_MS = 600_000;
const QUESTION = { title: 'Where is a JWT stored?', body: 'I would like to know it exactly.', tags: 'jwt' };
const ask = (person: Person) => person.visit('/questions', { form: QUESTION });
const isSignedIn = async (person: Person) => (await person.visit('/profile')).status === 200;

/** As the browser of the person would ask another process of the forum. Its answers change no cookie. */
const askOf = async (forum: Forum, { jar }: Person, path = '/profile') =>
  forum.fetch(
    new Request(FORUM + path, { headers: { Cookie: jar.header(new URL(FORUM)) ?? '', Accept: 'text/html' } }),
  );

// First, while the forum's clock is the real one: logout tokens are young.
describe('back-channel logout (§2.5 to §2.8)', () => {
  const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  const post = async (body: string, type = 'application/x-www-form-urlencoded') =>
    servers.forum.fetch(
      new Request(`${FORUM}/backchannel-logout`, { method: 'POST', headers: { 'Content-Type': type }, body }),
    );
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  /** With a header of one's own, and a signature that is none. */
  const unsigned = (header: object, sub: string) => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      iss: servers.settings.issuer,
      aud: servers.client.id,
      sub,
      iat,
      exp: iat + 120,
      jti: 'x',
      events: event,
    };
    return `${part({ alg: 'ES256', typ: 'logout+jwt', ...header })}.${part(claims)}.AAAA`;
  };
  let made = 0;
  async function tokenFor(claims: { sub?: string; sid?: string; aud?: string; nonce?: string }): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const rest = { aud: servers.client.id, iat, exp: iat + 120, jti: `jti-${(made += 1)}`, events: event };
    return servers.latchkey.operations.keyRing.signLogoutToken({
      iss: servers.settings.issuer,
      ...rest,
      ...claims,
    } as never);
  }

  test('ends the sessions of the user, once, and is answered without being cached', async () => {
    const [person, other] = [await somebody(), await somebody()];
    const body = `logout_token=${await tokenFor({ sub: person.id })}`;
    const answer = await post(body);
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([204, 'no-store']);
    expect([await isSignedIn(person), await isSignedIn(other)]).toEqual([false, true]);
    const again = await post(body);
    expect([again.status, again.headers.get('Cache-Control'), await again.json()]).toEqual([
      400,
      'no-store',
      { error: 'invalid_request' },
    ]);
  });

  test('ends nothing of another session, or of another user with that session', async () => {
    const person = await somebody();
    expect((await post(`logout_token=${await tokenFor({ sub: person.id, sid: 'ses_other' })}`)).status).toBe(204);
    expect(await isSignedIn(person)).toBe(true);
  });

  test.each<[name: string, send: (person: Person) => Promise<Response>]>([
    ['no token', () => post('')],
    ['two tokens', async ({ id }) => post(`logout_token=${await tokenFor({ sub: id })}&logout_token=x`)],
    ['JSON', async ({ id }) => post(JSON.stringify({ logout_token: await tokenFor({ sub: id }) }), 'application/json')],
    ['one for another client', async ({ id }) => post(`logout_token=${await tokenFor({ sub: id, aud: 'cli_x' })}`)],
    ['one with a nonce', async ({ id }) => post(`logout_token=${await tokenFor({ sub: id, nonce: 'n' })}`)],
    ['one that is none', () => post('logout_token=a.b.c')],
    ['an access token', async (person) => post(`logout_token=${await person.tokenFor(FORUM)}`)],
    ['one that nobody signed', async ({ id }) => post(`logout_token=${unsigned({ alg: 'none' }, id)}`)],
    ['one by a key that nobody knows', async ({ id }) => post(`logout_token=${unsigned({ kid: 'x' }, id)}`)],
    ['one with what nobody understands', async ({ id }) => post(`logout_token=${unsigned({ crit: ['b64'] }, id)}`)],
    ['one that is encrypted', () => post('logout_token=e30.e30.e30.e30.e30')],
    ['half a megabyte', () => post(`logout_token=${'e30.'.repeat(100_000)}`)],
  ])('refuses %s with 400', async (_name, send) => {
    const person = await somebody();
    expect((await send(person)).status).toBe(400);
    expect(await isSignedIn(person)).toBe(true);
  });
});

describe('tokens are refreshed', () => {
  test('once, however many requests need it', async () => {
    const person = await somebody();
    const before = servers.tokenRequests();
    servers.advance(TEN_MINUTES_MS);
    const answers = await Promise.all(Array.from({ length: 20 }, () => askOf(servers.forum, person)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(servers.tokenRequests() - before).toBe(1);
  });

  test('by two processes at once, and again and again, and nobody is signed out', async () => {
    const person = await somebody();
    const another = await servers.startAnother();
    for (let round = 0; round < 5; round += 1) {
      servers.advance(TEN_MINUTES_MS);
      const answers = await Promise.all(
        [servers.forum, another, servers.forum, another].map((forum) => askOf(forum, person)),
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      // The browser goes on with the newest cookie.
      expect(await isSignedIn(person)).toBe(true);
    }
  });

  test('ahead of time, while the old one serves', async () => {
    const person = await somebody();
    servers.advance(TEN_MINUTES_MS - 30_000);
    const before = servers.tokenRequests();
    expect(await isSignedIn(person)).toBe(true);
    await vi.waitFor(() => expect(servers.tokenRequests() - before).toBe(1));
  });

  test('the session’s cookie rotates, is carried by whatever is answered, and no cache keeps it', async () => {
    const person = await somebody();
    const before = person.jar.get('sawal')?.value;
    servers.advance(TEN_MINUTES_MS);
    const answer = await person.visit('/questions/999999');
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([404, 'no-store']);
    expect(person.jar.get('sawal')?.value).not.toBe(before);
    expect(person.jar.get('sawal')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    expect(await isSignedIn(person)).toBe(true);
  });
});

describe('a session ends', () => {
  test('here, by a sign-out, and at Latchkey its refresh token with it', async () => {
    const person = await somebody();
    const cookie = person.jar.get('sawal')?.value ?? '';
    const answer = await person.visit('/sign-out', { form: {} });
    expect([answer.status, answer.headers.get('Location')]).toEqual([303, '/']);
    expect(person.jar.get('sawal')).toBeUndefined();
    person.jar.set({ name: 'sawal', value: cookie });
    expect(await isSignedIn(person)).toBe(false);
    await vi.waitFor(async () => {
      const { sessions } = await list(person.id);
      expect(sessions.filter(({ client_id: client }) => client === servers.client.id)).toEqual([]);
    });
  });

  test('at Latchkey too, where that is wished (RP-Initiated Logout)', async () => {
    const person = await somebody();
    const answer = await person.visit('/sign-out', { form: { everywhere: 'yes' } });
    const url = new URL(answer.headers.get('Location') ?? '');
    expect([url.origin, url.pathname]).toEqual([servers.settings.issuer, '/oauth/logout']);
    const left = await servers.latchkey.request(url.pathname + url.search);
    expect([left.status < 400, (await list(person.id)).sessions]).toEqual([true, []]);
  });

  async function list(user: string) {
    const answer = await servers.manage('GET', `/sessions?user=${user}`);
    return (await answer.json()) as { sessions: { client_id: string | null }[] };
  }

  test.each<[name: string, end: (person: Person) => Promise<unknown>]>([
    ['by a ban', (person) => servers.manage('POST', `/users/${person.id}/ban`)],
    [
      'when an operator ends the user’s sessions',
      (person) => servers.manage('POST', `/users/${person.id}/end-sessions`),
    ],
    ['by signing out everywhere', (person) => person.atLatchkey('/api/sessions/revoke-all')],
    ['when the account is deleted', (person) => servers.manage('DELETE', `/users/${person.id}`)],
  ])('%s: they can post nothing a second later', async (_name, end) => {
    const person = await somebody();
    expect((await ask(person)).status).toBe(303);
    const answer = (await end(person)) as Response;
    expect(answer.status).toBeLessThan(300);
    await vi.waitFor(async () => expect(await isSignedIn(person)).toBe(false), { timeout: 1000, interval: 10 });
    const refused = await ask(person);
    expect(refused.status).toBe(401);
    // Nothing that was typed is lost.
    expect(await refused.text()).toContain(QUESTION.body);
    expect(person.jar.get('sawal')).toBeUndefined();
  });

  test('not by a change of roles, which counts a moment later', async () => {
    const person = await somebody();
    expect((await person.visit('/moderation')).status).not.toBe(200);
    expect((await servers.manage('PUT', `/users/${person.id}/roles/moderator`)).status).toBeLessThan(300);
    await vi.waitFor(async () => expect((await person.visit('/moderation')).status).toBe(200), { timeout: 1000 });
    expect((await servers.manage('DELETE', `/users/${person.id}/roles/moderator`)).status).toBeLessThan(300);
    await vi.waitFor(async () => expect((await person.visit('/moderation')).status).not.toBe(200), { timeout: 1000 });
    expect(await isSignedIn(person)).toBe(true);
  });
});

describe('while Latchkey is down', () => {
  test('a sign-out that it told of a moment ago is to be told again: nobody can tell whether it is one', async () => {
    const another = await servers.startAnother();
    await servers.unlisten();
    const [header, claims] = [{ alg: 'ES256', typ: 'logout+jwt', kid: 'x' }, { sub: 'usr_1' }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const answer = await another.fetch(
      new Request(`${FORUM}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: `${header}.${claims}.AAAA` }),
      }),
    );
    await servers.listen();
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([503, 'no-store']);
  });

  test('a token that is valid serves on; then one reads as a stranger, nothing typed is lost, and is back with it', async () => {
    const person = await somebody();
    const cookie = person.jar.get('sawal')?.value;
    await servers.unlisten();
    expect(await isSignedIn(person)).toBe(true);
    servers.advance(TEN_MINUTES_MS);
    const read = await askOf(servers.forum, person, '/');
    expect([read.status, (await read.text()).includes('href="/sign-in')]).toEqual([200, true]);
    const refused = await ask(person);
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining(QUESTION.body) as string]);
    const page = await person.visit('/sign-in', { form: { next: '/tags' } });
    expect(page.status).not.toBe(500);
    await servers.listen();
    servers.advance(1000);
    expect(await isSignedIn(person)).toBe(true);
    expect(person.jar.get('sawal')?.value).toBeDefined();
    expect(cookie).toBeDefined();
  });

  test('a token that is valid lets nobody post once the revocations are too old: 503, with all that was typed', async () => {
    const person = await somebody();
    await servers.unlisten();
    // maxStalenessSeconds of the verifier.
    await vi.waitFor(async () => expect(await isSignedIn(person)).toBe(false), { timeout: 9000, interval: 100 });
    const refused = await ask(person);
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining(QUESTION.body) as string]);
    await servers.listen();
    await vi.waitFor(async () => expect(await isSignedIn(person)).toBe(true), { timeout: 5000, interval: 100 });
    expect((await ask(person)).status).toBe(303);
  }, 20_000);

  test('the forum starts, and is there for strangers; nobody can sign in', async () => {
    const person = await servers.person('early@example.org');
    await servers.unlisten();
    const another = await servers.startAnother();
    expect((await askOf(another, person, '/')).status).toBe(200);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' };
    const asked = () => another.fetch(new Request(`${FORUM}/sign-in`, { method: 'POST', headers, body: 'next=/' }));
    expect((await asked()).status).toBe(503);
    await servers.listen();
    expect((await asked()).status).toBe(303);
  });
});

describe('somebody whose account was deleted', () => {
  test('is a former member, on all that they posted, and never comes back by that id', async () => {
    const person = await somebody();
    const { headers } = await ask(person);
    await servers.manage('DELETE', `/users/${person.id}`);
    const page = async () => (await askOf(servers.forum, person, `/users/${person.id}`)).text();
    await vi.waitFor(async () => expect(await page()).toContain('A former member'), { timeout: 3000 });
    const question = await askOf(servers.forum, person, headers.get('Location') ?? '');
    expect([question.status, await question.text()]).toEqual([
      200,
      expect.stringContaining('A former member') as string,
    ]);
  });

  test('is found when the forum starts, if it was down meanwhile', async () => {
    const person = await somebody();
    await servers.unlisten();
    await servers.manage('DELETE', `/users/${person.id}`);
    await servers.listen();
    const another = await servers.startAnother();
    const page = async () => (await askOf(another, person, `/users/${person.id}`)).text();
    await vi.waitFor(async () => expect(await page()).toContain('A former member'), { timeout: 5000 });
  });
});

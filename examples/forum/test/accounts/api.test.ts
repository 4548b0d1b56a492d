/** The API for programs: whose token opens it, and what the moderation log keeps of who acted for whom (RFC 8693 §4.1). */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addTestClient, type TestClient } from '../../../../packages/server/test/support/clients.ts';
import { FORUM, startTwoServers, TOOL, type Person, type TwoServers } from './two-servers.ts';

let servers: TwoServers;
let moderator: Person;
let member: Person;
let tool: TestClient;
beforeAll(async () => {
  servers = await startTwoServers();
  moderator = await servers.person('moderator@example.org');
  member = await servers.person('member@example.org');
  tool = await addTestClient(servers.latchkey.operations, {
    name: 'Moderation',
    grants: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    audiences: [TOOL, FORUM],
    isFirstParty: true,
  });
  await Promise.all([moderator.signIn(), member.signIn()]);
  await servers.manage('PUT', `/users/${moderator.id}/roles/moderator`);
});
afterAll(() => servers?.[Symbol.asyncDispose]());

let asked = 0;
/** The id of a new question. Nobody may ask many in an hour. */
async function newQuestion(): Promise<string> {
  servers.advance(15 * 60_000);
  const body = `Question ${(asked += 1)} of those that are to be locked.`;
  const answer = await member.visit('/questions', { form: { title: 'Is it asked here?', body, tags: 'jwt' } });
  return /\/questions\/(\d+)/.exec(answer.headers.get('Location') ?? '')?.[1] ?? '';
}

interface Call {
  readonly token?: string;
  readonly body?: string;
  readonly type?: string;
  readonly method?: string;
}

async function call(path: string, { token, body, type = 'application/json', method = 'POST' }: Call = {}) {
  const headers = { ...(token !== undefined && { Authorization: `Bearer ${token}` }), 'Content-Type': type };
  const response = await servers.forum.fetch(
    new Request(FORUM + path, { method, headers, ...(body !== undefined && { body }) }),
  );
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, code: answer['code'], answer, headers: response.headers };
}

const lock = JSON.stringify({ reason: 'Off topic' });

/** What a tool gets for a token that was sent to it. */
async function exchanged(token: string): Promise<string> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: FORUM,
  };
  const headers = { Authorization: tool.basic };
  const answer = await servers.latchkey.request('/oauth/token', { form: Object.entries(form), headers });
  return ((await answer.json()) as { access_token: string }).access_token;
}

describe('what everybody may read', () => {
  test('needs no token', async () => {
    const id = await newQuestion();
    const list = await call('/api/questions?sort=newest', { method: 'GET' });
    expect([list.status, (list.answer['items'] as { id: number }[])[0]?.id]).toEqual([200, Number(id)]);
    const one = await call(`/api/questions/${id}`, { method: 'GET' });
    expect([one.status, (one.answer['question'] as { title: string }).title]).toEqual([200, 'Is it asked here?']);
  });

  test.each([
    ['/api/questions/999999', 404, 'not_found'],
    ['/api/questions?sort=worst', 400, 'bad_request'],
    ['/api/questions?cursor=x', 400, 'bad_request'],
    ['/api/questions/1/lock', 405, 'method_not_allowed'],
    ['/api/nothing', 404, 'not_found'],
  ])('%s is a %i with a code', async (path, status, code) => {
    const { headers, ...answer } = await call(path, { method: 'GET' });
    expect(answer).toMatchObject({ status, code });
    expect(headers.get('Content-Type')).toBe('application/problem+json');
  });
});

describe('what moderators do', () => {
  test('is written down with who did it', async () => {
    const id = await newQuestion();
    const token = await moderator.tokenFor(FORUM);
    expect(await call(`/api/questions/${id}/lock`, { token, body: lock })).toMatchObject({ status: 200 });
    expect(await call(`/api/questions/${id}/unlock`, { token })).toMatchObject({ status: 200 });
    expect(await call(`/api/questions/${id}/delete`, { token, body: '{}' })).toMatchObject({ status: 200 });
    expect(await call(`/api/questions/${id}`, { method: 'GET' })).toMatchObject({ status: 404 });
  });

  test('is theirs before they ever signed in here, and not after their account was closed here', async () => {
    const newcomer = await servers.person('newcomer@example.org');
    await servers.manage('PUT', `/users/${newcomer.id}/roles/moderator`);
    const id = await newQuestion();
    const token = await newcomer.tokenFor(FORUM);
    expect(await call(`/api/questions/${id}/lock`, { token, body: lock })).toMatchObject({ status: 200 });
    expect(await (await moderator.visit('/moderation')).text()).toContain('A moderator');
    using database = new DatabaseSync(servers.settings.database);
    database.prepare('UPDATE authors SET anonymised_at = 1 WHERE id = ?').run(newcomer.id);
    expect(await call(`/api/questions/${id}/unlock`, { token })).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('by a tool, with the tool’s name beside theirs', async () => {
    const id = await newQuestion();
    const token = await exchanged(await moderator.tokenFor(TOOL));
    expect(await call(`/api/questions/${id}/lock`, { token, body: lock })).toMatchObject({ status: 200 });
    const log = await (await moderator.visit('/moderation')).text();
    expect(log).toContain(tool.id);
  });

  test.each<[name: string, send: (id: string) => Promise<Call>, status: number, code: string]>([
    ['without a token', async () => ({ body: lock }), 401, 'token_missing'],
    ['with one that is none', async () => ({ token: 'a.b.c', body: lock }), 401, 'invalid_token'],
    [
      'with one for another API',
      async () => ({ token: await moderator.tokenFor(TOOL), body: lock }),
      401,
      'invalid_token',
    ],
    ['without the role', async () => ({ token: await member.tokenFor(FORUM), body: lock }), 403, 'forbidden'],
    [
      'by a tool, for somebody without the role',
      async () => ({ token: await exchanged(await member.tokenFor(TOOL)), body: lock }),
      403,
      'forbidden',
    ],
    ['without a reason', async () => ({ token: await moderator.tokenFor(FORUM), body: '{}' }), 400, 'bad_request'],
    [
      'with a member that nobody knows',
      async () => ({ token: await moderator.tokenFor(FORUM), body: '{"reason":"x","as":"usr_1"}' }),
      400,
      'bad_request',
    ],
    [
      'with an empty reason',
      async () => ({ token: await moderator.tokenFor(FORUM), body: '{"reason":""}' }),
      422,
      'invalid_input',
    ],
    ['with half a body', async () => ({ token: await moderator.tokenFor(FORUM), body: '{' }), 400, 'bad_request'],
    [
      'as a form',
      async () => ({
        token: await moderator.tokenFor(FORUM),
        body: 'reason=x',
        type: 'application/x-www-form-urlencoded',
      }),
      415,
      'unsupported_media_type',
    ],
  ])('is refused %s', async (_name, send, status, code) => {
    const id = await newQuestion();
    expect(await call(`/api/questions/${id}/lock`, await send(id))).toMatchObject({ status, code });
    const { answer } = await call(`/api/questions/${id}`, { method: 'GET' });
    expect(answer['question']).toMatchObject({ isLocked: false });
  });

  test('is refused for a moderator’s cookie: a program shows a token', async () => {
    const id = await newQuestion();
    const answer = await moderator.visit(`/api/questions/${id}/lock`, { form: { reason: 'x' } });
    expect(answer.status).toBe(401);
  });

  test('ends within a second of the sign-out, for the tool’s token too', async () => {
    const own = await moderator.tokenFor(TOOL);
    const token = await exchanged(own);
    const id = await newQuestion();
    expect(await call(`/api/questions/${id}/lock`, { token, body: lock })).toMatchObject({ status: 200 });
    await moderator.atLatchkey('/api/sign-out');
    const unlock = () => call(`/api/questions/${id}/unlock`, { token });
    await vi.waitFor(async () => expect(await unlock()).toMatchObject({ status: 401, code: 'invalid_token' }), 1000);
  });
});

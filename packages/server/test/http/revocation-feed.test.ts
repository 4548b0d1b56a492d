import { sql } from 'kysely';
import { ROUTES, type RevocationPage } from '@latchkey/protocol';
import { revocationPageResponse } from '@latchkey/protocol/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  addFeedClient,
  aSessionEvent,
  revokeMany,
  revokeOne,
  revokeSessions,
  type FeedClient,
} from '../revocations/feed-server.ts';
import { problemOf, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: FeedClient;
beforeAll(async () => {
  server = await startTestServer();
  client = await addFeedClient(server.operations);
});
afterAll(() => server.close());

type Query = Readonly<Record<string, string>>;

const get = (path: string, headers: Query = {}, method = 'GET') =>
  server.request(path, { method, headers: { Authorization: client.authorization, ...headers } });
const feed = (query: Query, headers: Query = {}) => get(`${ROUTES.revocations}?${new URLSearchParams(query)}`, headers);
const pageOf = async (response: Response) => {
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('application/json');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  expect(response.headers.get('Set-Cookie')).toBeNull();
  return revocationPageResponse.strict().parse(await response.json()) as RevocationPage;
};
const snapshot = async () => pageOf(await get(ROUTES.revocationSnapshot));
const after = ({ epoch, cursor }: RevocationPage) => ({ epoch, after: cursor });

describe('pages', () => {
  test('what came after the snapshot, in order, and where to go on', async () => {
    const start = await snapshot();
    expect(start).toMatchObject({ head: start.seq });
    expect(await pageOf(await feed(after(start)))).toEqual({
      ...start,
      events: [],
      now: expect.any(Number) as number,
      elapsed_ms: expect.any(Number) as number,
    });
    const sid = 'ses_00000000000000000000000000000001';
    await revokeOne(server.operations, { kind: 'session', key: sid });
    await revokeOne(server.operations, { kind: 'subject', key: 'usr_00000000000000000000000000000001', minVersion: 3 });
    const page = await pageOf(await feed(after(start)));
    expect(page.events).toEqual([
      { seq: start.seq + 1, kind: 'session', key: sid, drop_after: expect.any(Number) as number },
      {
        seq: start.seq + 2,
        kind: 'subject',
        key: 'usr_00000000000000000000000000000001',
        min_version: 3,
        drop_after: expect.any(Number) as number,
      },
    ]);
    expect(page).toMatchObject({ head: start.seq + 2, seq: start.seq + 2, epoch: start.epoch });
    expect((await pageOf(await feed(after(page)))).events).toEqual([]);
    const next = await snapshot();
    expect(next.cursor).toBe(page.cursor);
    expect(next.events.slice(-2)).toEqual(page.events);
  });

  test('at most a thousand events each', async () => {
    const start = await snapshot();
    await revokeMany(server.operations, 1001);
    const page = await pageOf(await feed(after(start)));
    expect(page.events).toHaveLength(1000);
    expect(page).toMatchObject({ head: start.seq + 1001, seq: start.seq + 1000 });
    const next = await pageOf(await feed(after(page)));
    expect(next.events.map(({ seq }) => seq)).toEqual([start.seq + 1001]);
    expect((await snapshot()).events.filter(({ seq }) => seq > start.seq)).toHaveLength(1001);
  });

  test.each([
    ['epoch', {}],
    ['epoch', { after: '1.abc' }],
    ['epoch', { epoch: '', after: '1.abc' }],
    ['epoch', { epoch: 'x'.repeat(65), after: '1.abc' }],
    ['after', { epoch: 'x' }],
    ...['', '1', 'x', '-1.abc', '01.abc', '1.5.abc', '1.ab c', '9007199254740993.abc', '1e3.abc'].map(
      (cursor) => ['after', { epoch: 'x', after: cursor }] as const,
    ),
  ] as const)('names %s in %j', async (name, query) => {
    for (const headers of [{}, { Accept: 'text/event-stream' }]) {
      const response = await feed(query, headers);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: `/${name}` }] });
    }
  });

  test('says 410 where it cannot say what came after the cursor', async () => {
    await revokeSessions(server.operations, 2);
    const { epoch, cursor, seq } = await snapshot();
    const gone = [
      { epoch: 'another', after: cursor },
      { epoch, after: `${seq + 1}.${cursor.split('.')[1]}` },
      { epoch, after: `${seq}.another` },
      { epoch, after: `${seq - 1}.another` },
    ];
    for (const query of gone) {
      for (const headers of [{}, { Accept: 'text/event-stream' }]) {
        const response = await feed(query, headers);
        expect(response.headers.get('Cache-Control')).toBe('no-store');
        expect(await problemOf(response)).toBe('410 revocations_gone');
      }
    }
  });

  test('a snapshot has what is alive, and nothing else', async () => {
    const { queries } = server.operations.store;
    const { seq } = await snapshot();
    await revokeMany(server.operations, 1500);
    // Every other one has expired, and was not removed yet.
    const expired = queries.updateTable('revocation_events').set({ drop_after: Date.now() });
    await expired
      .where('seq', '>', seq)
      .where(sql<number>`seq % 2`, '=', 0)
      .execute();
    const page = await snapshot();
    const odd = Array.from({ length: 1500 }, (_, index) => seq + 1 + index).filter((each) => each % 2 === 1);
    expect(page.events.filter((event) => event.seq > seq).map((event) => event.seq)).toEqual(odd);
    expect(page).toMatchObject({ head: seq + 1500, seq: seq + 1500 });
  });

  test('a snapshot is no JSON where the log was put back to a backup while it was read', async () => {
    const { store } = server.operations;
    await revokeMany(server.operations, 6000);
    const { seq } = await snapshot();
    const response = await get(ROUTES.revocationSnapshot);
    expect(response.status).toBe(200);
    await store.queries.updateTable('revocation_events').set({ mark: 'another' }).where('seq', '=', seq).execute();
    await store.queries.updateTable('revocation_head').set({ mark: 'another' }).execute();
    await expect(response.text()).rejects.toThrow();
    expect((await snapshot()).cursor).toBe(`${seq}.another`);
  });

  test('HEAD opens no stream', async () => {
    const query = new URLSearchParams(after(await snapshot()));
    const response = await get(`${ROUTES.revocations}?${query}`, { Accept: 'text/event-stream' }, 'HEAD');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
    expect(await streamsOpen()).toBe(0);
  });
});

describe('who may read it', () => {
  test.each([ROUTES.revocations, ROUTES.revocationSnapshot])('%s: a client with the scope', async (path) => {
    const other = await addFeedClient(server.operations, ['introspect']);
    const statusFor = async (authorization: string | undefined) =>
      (await server.request(path, { headers: authorization === undefined ? {} : { Authorization: authorization } }))
        .status;
    expect(await statusFor(undefined)).toBe(401);
    // The secret of another client.
    const [, secret = ''] = atob(client.authorization.slice('Basic '.length)).split(':');
    expect(await statusFor(`Basic ${btoa(`${other.id}:${secret}`)}`)).toBe(401);
    expect(await statusFor(other.authorization)).toBe(403);
    // The right client gets further.
    expect(await statusFor(client.authorization)).toBe(path === ROUTES.revocations ? 400 : 200);
  });

  test('nobody by a session, and no cookie is read or set', async () => {
    const browser = await server.signedIn('ada@example.com');
    for (const path of [ROUTES.revocations, ROUTES.revocationSnapshot]) {
      const response = await browser.request(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('Set-Cookie')).toBeNull();
    }
  });

  test('nobody by an access token', async () => {
    const browser = await server.signedIn('eve@example.com');
    const answer = await browser.request(ROUTES.sessionToken, { json: {} });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const response = await server.request(ROUTES.revocationSnapshot, { headers: { Authorization: `Bearer ${token}` } });
    expect([400, 401]).toContain(response.status);
  });
});

describe('a stream on any Fetch runtime', () => {
  test('has pages as messages, and goes on from Last-Event-ID rather than from its address', async () => {
    const start = await snapshot();
    await revokeSessions(server.operations, 2);
    const behindOne = (await pageOf(await feed(after(start)))).events[0]!;
    const all = await readStream(await feed(after(start), { Accept: 'text/event-stream' }), behindOne.seq + 1);
    expect(all.events.map(({ seq }) => seq)).toEqual([behindOne.seq, behindOne.seq + 1]);
    const resumed = await feed(after(start), { Accept: 'text/event-stream', 'Last-Event-ID': all.cursor });
    await revokeOne(server.operations, aSessionEvent());
    const { events } = await readStream(resumed, behindOne.seq + 2);
    expect(events.map(({ seq }) => seq)).toEqual([behindOne.seq + 2]);
    expect(await streamsOpen()).toBe(0);
  });

  test('is kept alive and ended by nobody but its reader, the client and the server', async () => {
    const response = await feed(after(await snapshot()), { Accept: 'text/event-stream' });
    expect(response.headers.get('Content-Type')).toBe('text/event-stream');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await streamsOpen()).toBe(1);
    await response.body?.cancel();
    expect(await streamsOpen()).toBe(0);
  });
});

async function streamsOpen(): Promise<number> {
  const text = await (await server.request(ROUTES.metrics)).text();
  return Number(/^latchkey_revocation_streams (\d+)$/m.exec(text)?.[1]);
}

/** Reads until this place is reached, and closes the stream. */
async function readStream(response: Response, seq: number): Promise<Pick<RevocationPage, 'cursor' | 'events'>> {
  expect(response.status).toBe(200);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const pages = text
      .split('\n\n')
      .slice(0, -1)
      .map((message) => JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? '') as RevocationPage);
    const last = pages.at(-1);
    if (last !== undefined && last.seq >= seq) {
      return { cursor: last.cursor, events: pages.flatMap(({ events }) => events) };
    }
  }
  throw new Error('The stream ended before');
}

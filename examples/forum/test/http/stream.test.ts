/** The number of unread notifications, as it changes. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { markRead } from '../../src/operations/index.ts';
import { ada, cookie, grace, SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  forum = new SmallForum();
});
afterEach(() => {
  forum[Symbol.dispose]();
  vi.useRealTimers();
});

const HEARTBEAT_MS = 15_000;

interface Listener {
  /** The next message, or undefined at the end. */
  next(): Promise<string | undefined>;
  close(): Promise<void>;
}

async function listen(): Promise<Listener> {
  const response = await forum.get('/notifications/stream', ada, { Accept: 'text/event-stream' });
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toBe('text/event-stream');
  expect(response.headers.get('Cache-Control')).toBe('no-store');
  const reader = response.body!.getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      return value === undefined ? undefined : new TextDecoder().decode(value);
    },
    close: () => reader.cancel(),
  };
}

const unread = (count: number): string => `event: unread\ndata: ${count}\n\n`;

describe('the stream', () => {
  test('tells the number at once, and when it changes', async () => {
    const stream = await listen();
    expect(await stream.next()).toBe(unread(0));
    const id = forum.ask(ada);
    forum.answer(id, grace);
    expect(await stream.next()).toBe(unread(1));
    forum.comment(id, grace);
    expect(await stream.next()).toBe(unread(2));
    markRead(forum.context, ada, 'all');
    expect(await stream.next()).toBe(unread(0));
    vi.advanceTimersByTime(HEARTBEAT_MS);
    expect(await stream.next()).toBe(': still here\n\n');
    await stream.close();
  });

  test('ends without a word for whoever was banned since: at the next event', async () => {
    const stream = await listen();
    await stream.next();
    const id = forum.ask(ada);
    forum.people.delete(ada.id);
    forum.answer(id, grace);
    expect(await stream.next()).toBeUndefined();
  });

  test('ends for whoever signed out: at the next heartbeat', async () => {
    const stream = await listen();
    await stream.next();
    forum.people.delete(ada.id);
    vi.advanceTimersByTime(HEARTBEAT_MS);
    expect(await stream.next()).toBeUndefined();
  });

  test('ends after a while, for the page to come again', async () => {
    const stream = await listen();
    await stream.next();
    vi.advanceTimersByTime(20 * 60_000);
    const rest = [await stream.next(), await stream.next(), await stream.next()];
    expect(rest.at(-1)).toBeUndefined();
  });

  test('ends when the server stops, and no other begins', async () => {
    const stream = await listen();
    await stream.next();
    forum.stopping.abort();
    expect(await stream.next()).toBeUndefined();
    expect((await forum.get('/notifications/stream', ada)).status).toBe(204);
  });

  test('five for an account; a place is free again when one has gone', async () => {
    const streams = [];
    for (let count = 0; count < 5; count += 1) streams.push(await listen());
    const refused = await forum.get('/notifications/stream', ada, { Accept: 'text/event-stream' });
    expect([refused.status, await refused.json(), refused.headers.has('Retry-After')]).toEqual([
      429,
      expect.objectContaining({ code: 'too_many_streams' }),
      true,
    ]);
    expect((await forum.send('HEAD', '/notifications/stream', ada, {})).status).toBe(200);
    await streams[0]!.close();
    await (await listen()).close();
    for (const stream of streams.slice(1)) await stream.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is for nobody who is not signed in', async () => {
    const response = await forum.get('/notifications/stream', undefined, { Accept: 'text/event-stream' });
    expect(response.status).toBe(401);
  });

  test('a reader that does not read is cut off, and nothing piles up', async () => {
    const response = await forum.get('/notifications/stream', ada);
    for (let round = 0; round < 150; round += 1) {
      forum.now += 3_600_000;
      forum.comment(forum.ask(ada, `Question number ${round}?`), grace);
      await settled();
      markRead(forum.context, ada, 'all');
      await settled();
    }
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(4200);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** The check of the viewer that comes before a message is a matter of promises. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test('behind a real server: a reader that goes frees its place, and the server stops while one is open', async () => {
  vi.useRealTimers();
  const server = serve({ fetch: (request) => forum.app.fetch(request), port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notifications/stream`;
  const connect = async (signal: AbortSignal) => fetch(address, { headers: { Cookie: cookie(ada) }, signal });
  const leaving = new AbortController();
  for (let count = 0; count < 5; count += 1) expect((await connect(leaving.signal)).status).toBe(200);
  expect((await connect(leaving.signal)).status).toBe(429);
  leaving.abort();
  const staying = new AbortController();
  const response = await vi.waitFor(async () => {
    const again = await connect(staying.signal);
    expect(again.status).toBe(200);
    return again;
  });
  const closed = new Promise((resolve) => server.close(resolve));
  forum.stopping.abort();
  expect(await response.text()).toBe(unread(0));
  await closed;
});

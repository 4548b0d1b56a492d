import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listen } from '../../test/support/server.ts';
import { fetchKeySet, type FetchLike } from './fetch-key-set.ts';

const globalFetch: FetchLike = (url, init) => fetch(url, init);
const KEY_SET = '{"keys":[]}';

test('gets a key set, in however many pieces', async () => {
  await using server = await listen((_request, response) => {
    response.write('{"ke');
    setTimeout(() => response.end('ys":[]}'), 5);
  });
  expect(await fetchKeySet(server.origin, globalFetch, 5000)).toEqual({ keys: [] });
});

describe('refuses', () => {
  test.each([301, 302, 303, 307, 308])('a redirect with %i, and does not follow it', async (status) => {
    let followed = false;
    await using server = await listen((request, response) => {
      followed ||= request.url === '/elsewhere';
      response.writeHead(status, { Location: '/elsewhere' }).end(KEY_SET);
    });
    await expect(fetchKeySet(`${server.origin}/jwks.json`, globalFetch, 5000)).rejects.toThrow(Error);
    expect(followed).toBe(false);
  });

  test('a redirect that a fetch of its own followed', async () => {
    await using server = await listen((request, response) => {
      if (request.url === '/jwks.json') response.writeHead(302, { Location: '/elsewhere' }).end();
      else response.end(KEY_SET);
    });
    const following: FetchLike = (url, init) => fetch(url, { ...init, redirect: 'follow' });
    await expect(fetchKeySet(`${server.origin}/jwks.json`, following, 5000)).rejects.toThrow(Error);
  });

  test.each([201, 204, 206, 304, 400, 404, 500, 503])('status %i', async (status) => {
    await using server = await listen((_request, response) => {
      response.writeHead(status).end(KEY_SET);
    });
    await expect(fetchKeySet(server.origin, globalFetch, 5000)).rejects.toThrow(Error);
  });

  test.each([
    ['nothing', ''],
    ['a page', '<!doctype html><title>Welcome</title>'],
    ['an array', '[]'],
    ['a member twice', '{"keys":[],"keys":[]}'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a body that is too long', `{"keys":[],"more":"${'x'.repeat(64 * 1024)}"}`],
  ])('%s', async (_what, body) => {
    await using server = await listen((_request, response) => {
      response.end(body);
    });
    await expect(fetchKeySet(server.origin, globalFetch, 5000)).rejects.toThrow(Error);
  });

  test('a small body that unpacks into a large one', async () => {
    const packed = gzipSync(`{"keys":[],"more":"${'x'.repeat(50_000_000)}"}`);
    await using server = await listen((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(packed);
    });
    await expect(fetchKeySet(server.origin, globalFetch, 5000)).rejects.toThrow(Error);
  });

  test('a body without end, by its size and not only by its time', async () => {
    await using server = await listen((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await expect(fetchKeySet(server.origin, globalFetch, 60_000)).rejects.toThrow(Error);
  });

  test('a server that does not answer in time', async () => {
    await using server = await listen(() => {});
    await expect(fetchKeySet(server.origin, globalFetch, 50)).rejects.toThrow(Error);
  });

  test('a server that does not finish in time', async () => {
    await using server = await listen((_request, response) => {
      response.write('{"keys":');
    });
    await expect(fetchKeySet(server.origin, globalFetch, 50)).rejects.toThrow(Error);
  });

  test('a fetch that hangs, whether or not it heeds its signal', async () => {
    let signal: AbortSignal | null | undefined;
    const hanging: FetchLike = (_url, init) => {
      signal = init.signal;
      return new Promise(() => {});
    };
    await expect(fetchKeySet('http://127.0.0.1', hanging, 20)).rejects.toThrow(Error);
    expect(signal?.aborted).toBe(true);
  });

  test('a connection that is cut', async () => {
    await using server = await listen((_request, response) => {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('{"keys":[]}', () => response.destroy());
    });
    await expect(fetchKeySet(server.origin, globalFetch, 5000)).rejects.toThrow(Error);
  });
});

test('the body of a refused answer is let go', async () => {
  let cancelled = false;
  const body = new ReadableStream({
    cancel() {
      cancelled = true;
    },
  });
  const answering: FetchLike = () => Promise.resolve(new Response(body, { status: 500 }));
  await expect(fetchKeySet('http://127.0.0.1', answering, 5000)).rejects.toThrow(Error);
  expect(cancelled).toBe(true);
});

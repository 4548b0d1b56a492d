import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAddressRange } from '../domain/network/client-address.ts';
import { createOutboundRequests } from './outbound-requests.ts';

const LOOPBACK = ['127.0.0.0/8', '::1'].map((text) => parseAddressRange(text)!);
const allowed = createOutboundRequests(LOOPBACK);
const publicOnly = createOutboundRequests([]);

const seen: string[] = [];
const server = createServer((request, response) => void answer(request, response));
let port: number;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  seen.push(`${request.method} ${request.url} ${request.headers.cookie ?? ''}${body}`);
  if (request.url === '/redirect') response.writeHead(307, { Location: '/elsewhere' });
  if (request.url === '/cut') return void response.destroy();
  if (request.url === '/endless') return void response.write('x');
  response.end(request.url === '/long' ? 'x'.repeat(101) : 'good');
}

const send = (path: string, form?: Readonly<Record<string, string>>, requests = allowed) =>
  requests.send({
    url: `http://localhost:${port}${path}`,
    accept: 'application/json',
    maxBytes: 100,
    ...(form && { form }),
  });

test('gets, and posts a form', async () => {
  await expect(send('/a')).resolves.toEqual({ kind: 'answered', status: 200, body: 'good' });
  await expect(send('/b', { logout_token: 'a b' })).resolves.toMatchObject({ kind: 'answered', status: 200 });
  expect(seen.splice(0)).toEqual(['GET /a ', 'POST /b logout_token=a+b']);
});

test('follows no redirect', async () => {
  await expect(send('/redirect', { a: 'b' })).resolves.toMatchObject({ kind: 'answered', status: 307 });
  expect(seen.splice(0)).toEqual(['POST /redirect a=b']);
});

test('where no body is asked for, one of any length is an answer, and is not waited for', async () => {
  for (const path of ['/long', '/endless']) {
    const answered = await allowed.send({ url: `http://localhost:${port}${path}`, accept: '*/*' });
    expect(answered).toEqual({ kind: 'answered', status: 200, body: '' });
  }
  seen.length = 0;
});

test.each([
  ['/long', 'too_long'],
  ['/cut', 'unreachable'],
])('%s: %s', async (path, reason) => {
  await expect(send(path)).resolves.toEqual({ kind: 'failed', reason });
  seen.length = 0;
});

describe('server-side request forgery', () => {
  test('a name that leads to this machine', async () => {
    await expect(send('/a', undefined, publicOnly)).resolves.toEqual({
      kind: 'failed',
      reason: 'address_not_allowed',
    });
  });

  test.each([
    'http://127.0.0.1',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://127.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1',
    'https://0',
    'https://localhost',
  ])('%s', async (url) => {
    const result = await publicOnly.send({ url, accept: '*/*', maxBytes: 100 });
    expect(result).toEqual({ kind: 'failed', reason: 'address_not_allowed' });
  });

  test.each(['http://example.com', 'ftp://localhost', 'file:///etc/passwd', 'https://user:pw@localhost', 'x', ''])(
    'whatever is allowed, not %s',
    async (url) => {
      const result = await allowed.send({ url, accept: '*/*', maxBytes: 100 });
      expect(result).toEqual({ kind: 'failed', reason: 'address_not_allowed' });
    },
  );

  test('nothing arrived', () => {
    expect(seen).toEqual([]);
  });
});

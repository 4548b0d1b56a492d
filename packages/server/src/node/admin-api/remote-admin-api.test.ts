/** A server elsewhere that means no good, or has gone wrong. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ADMIN_ROUTES, PROBLEM_MEDIA_TYPE, ROUTES } from '@latchkey/protocol';
import { adminClientListResponse, adminUserListResponse } from '@latchkey/protocol/schemas';
import { expect, test } from 'vitest';
import { CommandError } from '../command-error.ts';
import type { AdminApi } from './admin-api.ts';
import { followPages } from './follow-pages.ts';
import { connectRemoteAdminApi } from './remote-admin-api.ts';

interface Elsewhere extends AsyncDisposable {
  readonly origin: string;
  /** Paths that were asked for, with what stood in `Authorization`. */
  readonly asked: readonly (readonly [path: string, authorization: string])[];
  connect(): Promise<AdminApi>;
}

async function startElsewhere(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  /** Of its tokens; null for a server that gives none. */
  lifeSeconds: number | null = 600,
): Promise<Elsewhere> {
  const asked: (readonly [string, string])[] = [];
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    asked.push([url, headers.authorization ?? '']);
    if (url !== ROUTES.token || lifeSeconds === null) return answer(request, response);
    const token = { access_token: `token-${asked.length}`, token_type: 'Bearer', expires_in: lifeSeconds };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(token));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    asked,
    connect: () => connectRemoteAdminApi(origin, { LATCHKEY_CLIENT_ID: 'cli', LATCHKEY_CLIENT_SECRET: 'secret' }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const listUsers = (api: AdminApi) => api.call({ path: ADMIN_ROUTES.users, answer: adminUserListResponse });
const NOBODY = JSON.stringify({ users: [], next: null });

test('a redirect is not followed, so nobody else is shown the token', async () => {
  await using other = await startElsewhere((_request, response) => void response.end(NOBODY));
  await using server = await startElsewhere((request, response) => {
    response.writeHead(307, { Location: other.origin + (request.url ?? '') }).end();
  });
  await expect(server.connect().then(listUsers)).rejects.toThrow(CommandError);
  expect(other.asked).toEqual([]);
});

test('an answer without an end is read no further than any that is meant', async () => {
  await using server = await startElsewhere((_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', more);
    more();
  });
  await expect(server.connect().then(listUsers)).rejects.toThrow(CommandError);
});

test('an answer that breaks off says so in words of a command', async () => {
  await using server = await startElsewhere((_request, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('{"users":');
    setTimeout(() => response.destroy(), 20);
  });
  await expect(server.connect().then(listUsers)).rejects.toThrow(CommandError);
});

test('pages that lead nowhere end', async () => {
  await using server = await startElsewhere((_request, response) => {
    response.end(JSON.stringify({ clients: [], next: 'x' }));
  });
  const api = await server.connect();
  const readPage = async (cursor: string | undefined) => {
    const query = { cursor };
    const { clients, next } = await api.call({ path: ADMIN_ROUTES.clients, query, answer: adminClientListResponse });
    return { items: clients, next };
  };
  await expect(followPages(readPage, undefined, Infinity)).rejects.toThrow(CommandError);
  expect(server.asked.length).toBeLessThan(5);
});

test('another token is asked for before one expires: an export may take longer', async () => {
  await using lasting = await startElsewhere((_request, response) => void response.end(NOBODY));
  await using brief = await startElsewhere((_request, response) => void response.end(NOBODY), 0);
  for (const server of [lasting, brief]) {
    const api = await server.connect();
    await listUsers(api);
    await listUsers(api);
  }
  expect(lasting.asked.map(([path]) => path)).toEqual([ROUTES.token, ADMIN_ROUTES.users, ADMIN_ROUTES.users]);
  expect(brief.asked.filter(([path]) => path === ADMIN_ROUTES.users).map(([, shown]) => shown)).toEqual([
    'Bearer token-2',
    'Bearer token-4',
  ]);
});

test.each([
  ['a server that is busy is one all the same', 503, { code: 'temporarily_unavailable' }],
  ['and one that was asked too often', 429, { code: 'too_many_requests' }],
])('%s', async (_name, status, more) => {
  const problem = { type: `urn:latchkey:error:${more.code}`, title: 'Not now', status, ...more };
  const answer = (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': PROBLEM_MEDIA_TYPE }).end(JSON.stringify(problem));
  };
  await using server = await startElsewhere(answer, null);
  await expect(server.connect()).rejects.toMatchObject({ name: 'CommandError', problem: more });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccountDirectory } from './account-directory.ts';

const ada = { id: 'usr_ada', email: 'ada@example.org', banned_at: null };
/** What stands where Latchkey should. */
let answers: Readonly<Record<string, readonly [status: number, body: unknown]>> = {};
const server = createServer((request, response) => {
  const [status, body] = answers[request.url ?? ''] ?? [500, ''];
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
});
let directory: AccountDirectory;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = { token: () => Promise.resolve('token'), forgetToken: () => undefined };
  directory = new AccountDirectory(`http://127.0.0.1:${port}`, client);
});
afterAll(() => void server.close());

const gone = [404, { code: 'not_found' }] as const;
const others = [200, { users: [{ ...ada, id: 'usr_grace' }] }] as const;

test('says who is there, and who is gone', async () => {
  answers = {
    '/admin/api/users/usr_ada': [200, ada],
    '/admin/api/users/usr_bob': gone,
    '/admin/api/users?limit=1': others,
  };
  expect(await directory.find('usr_ada')).toEqual({ kind: 'there', email: 'ada@example.org', isBanned: false });
  expect(await directory.find('usr_bob')).toEqual({ kind: 'gone' });
});

test.each<[name: string, one: readonly [number, unknown], list: readonly [number, unknown]]>([
  ['of a proxy', [404, '<h1>Not Found</h1>'], others],
  ['of another API', [404, { code: 'no_such_route' }], others],
  ['of a server with nobody in it', gone, [200, { users: [] }]],
  ['of a server that lists nothing', gone, [404, { code: 'not_found' }]],
  ['of a server that fails', [500, { code: 'not_found' }], others],
  ['about somebody else', [200, { ...ada, id: 'usr_grace' }], others],
  ['that is none', [200, { id: 'usr_ada' }], others],
  ['that says that it is elsewhere', [302, ada], others],
])('an answer %s says neither', async (_name, one, list) => {
  answers = { '/admin/api/users/usr_ada': one, '/admin/api/users?limit=1': list };
  await expect(directory.find('usr_ada')).rejects.toMatchObject({ name: 'LatchkeyUnavailable' });
});

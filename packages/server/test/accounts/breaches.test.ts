import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { problemOf, startTestServer, tokenIn, type TestServer } from '../support/test-server.ts';

const BREACHED = 'a password from a breach';
const CLEAN = 'a password that nobody had';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

/** What was asked for, as it came over the wire. */
const asked: { url: string; headers: string; body: string }[] = [];
let answer: (response: ServerResponse) => void;
const lines = (response: ServerResponse) =>
  response.end(`${'0'.repeat(35)}:3\r\n${sha1(BREACHED).slice(5)}:17\r\n${sha1(CLEAN).slice(5)}:0\r\n`);
const service = createServer((request, response) => {
  void (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    asked.push({ url: request.url ?? '', headers: JSON.stringify(request.rawHeaders), body });
    answer(response);
  })();
});

let server: TestServer;
let addresses = 0;
beforeAll(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo;
  server = await startTestServer({ settings: { LATCHKEY_BREACH_URL: `http://127.0.0.1:${port}/range/` } });
});
afterAll(async () => {
  await server.close();
  service.closeAllConnections();
  service.close();
});
beforeEach(() => {
  asked.length = 0;
  answer = lines;
});

const signUp = (password: string) => {
  addresses += 1;
  return server.request(ROUTES.signUp, { json: { email: `user${addresses}@example.com`, password } });
};

test('a password from a breach is refused, and five characters of its hash are all that leaves', async () => {
  expect(await problemOf(await signUp(BREACHED))).toBe('400 password_not_allowed');
  expect(asked).toMatchObject([{ url: `/range/${sha1(BREACHED).slice(0, 5)}`, body: '' }]);
  const sent = JSON.stringify(asked).toUpperCase();
  for (const secret of [BREACHED.toUpperCase(), sha1(BREACHED).slice(0, 6), 'EXAMPLE.COM', 'COOKIE']) {
    expect(sent).not.toContain(secret);
  }
});

test('padding is no breach', async () => {
  expect((await signUp(CLEAN)).status).toBe(202);
});

test('a change and a reset are checked too, once the password or the link is known to be right', async () => {
  const email = 'changes@example.com';
  const browser = await server.signedIn(email, CLEAN);
  asked.length = 0;
  const change = (current: string) => browser.request(ROUTES.password, { json: { current, password: BREACHED } });
  expect(await problemOf(await change('a wrong password'))).toBe('403 wrong_password');
  expect(asked).toEqual([]);
  expect(await problemOf(await change(CLEAN))).toBe('400 password_not_allowed');

  await server.request(ROUTES.passwordReset, { json: { email } });
  const token = tokenIn(await server.mailTo(email));
  const reset = (password: string) => server.request(ROUTES.confirmPasswordReset, { json: { token, password } });
  expect(await problemOf(await reset(BREACHED))).toBe('400 password_not_allowed');
  expect((await reset('yet another password')).status).toBe(200);
});

test.each<[string, (response: ServerResponse) => void]>([
  ['is broken', (response) => response.writeHead(500).end()],
  ['hangs up', (response) => response.destroy()],
  ['says nothing', () => {}],
  ['sends elsewhere', (response) => response.writeHead(302, { Location: '/elsewhere' }).end()],
  ['never ends', (response) => response.write('x'.repeat(2 * 1024 * 1024))],
])('a service that %s keeps nobody out, and is in the audit log', async (_name, broken) => {
  answer = broken;
  const startedAt = performance.now();
  expect((await signUp(BREACHED)).status).toBe(202);
  expect(performance.now() - startedAt).toBeLessThan(4000);
  expect(asked).toHaveLength(1);
  const types = (await server.auditEvents(3)).map(({ type }) => type);
  expect(types).toContain('password.breach_check_failed');
});

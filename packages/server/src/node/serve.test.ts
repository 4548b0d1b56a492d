import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROUTES } from '@latchkey/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../test/support/free-port.ts';
import { PASSWORD, startTestServer, type TestServer } from '../../test/support/test-server.ts';
import { listen, type Listening } from './serve.ts';

let server: TestServer;
let port: number;
let listening: Listening;
/** Takes its time, so it begins with the first test. */
let trickled: ReturnType<typeof trickle>;
beforeAll(async () => {
  server = await startTestServer();
  ({ port, listening } = await serve(server));
  trickled = trickle();
});
afterAll(async () => {
  await listening.stop();
  await server.close();
});

async function serve(on: Pick<TestServer, 'fetch'>) {
  const freePort = await findFreePort();
  // Of a running server, `listen` needs no more.
  const latchkey = { fetch: on.fetch, endStreams: () => {} } as Parameters<typeof listen>[0];
  return { port: freePort, listening: await listen(latchkey, { host: '127.0.0.1', port: freePort }) };
}

async function open(to = port): Promise<Socket> {
  const socket = connect(to, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the other side closes. */
async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** Sends the bytes as they are, and gives all that comes back. The request asks for the connection to be closed. */
async function exchange(bytes: string, to = port): Promise<string> {
  const socket = await open(to);
  const answer = readToEnd(socket);
  socket.write(Buffer.from(bytes, 'latin1'));
  const late = setTimeout(() => socket.destroy(), 3000);
  const text = await answer;
  clearTimeout(late);
  return text;
}

/** A request whose headers never end: what is answered, and when. */
async function trickle() {
  const startedAt = performance.now();
  const socket = await open();
  const end = readToEnd(socket);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  const more = setInterval(() => socket.write('X: y\r\n'), 500);
  const answer = await end;
  clearInterval(more);
  return { answer, tookMs: performance.now() - startedAt };
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
const get = (path: string, headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;
const errorsLogged = () => server.log.entries.filter(({ level }) => level === 'error').length;

async function isWell(): Promise<boolean> {
  return statusOf(await exchange(get(ROUTES.live))) === 200;
}

test('answers over a socket, and knows the address of who asks', async () => {
  const json = JSON.stringify({ email: 'socket@example.com', password: PASSWORD });
  const answer = await exchange(
    `POST ${ROUTES.signUp} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
  );
  expect(statusOf(answer)).toBe(202);
  const row = await server.operations.store.queries
    .selectFrom('audit_events')
    .selectAll()
    .where('type', '=', 'user.signed_up')
    .executeTakeFirstOrThrow();
  expect(row.network).toBe('127.0.0.1');
});

describe('requests that come without waiting for answers', () => {
  const next = `GET ${ROUTES.live} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

  test('a few are all answered', async () => {
    const answers = await exchange(next.repeat(20) + get(ROUTES.live));
    expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(21);
  });

  test('a thousand are not begun', async () => {
    const answers = await exchange(next.repeat(1000));
    expect(answers.match(/HTTP\/1\.1 200 /g)?.length ?? 0).toBeLessThan(100);
    expect(await isWell()).toBe(true);
  });
});

describe('methods that Fetch does not know', () => {
  test.each(['TRACE / HTTP/1.1', 'TRACE /api/session HTTP/1.1', 'CONNECT example.com:443 HTTP/1.1'])(
    '%s',
    async (line) => {
      const answer = await exchange(
        `${line}\r\nHost: localhost\r\nConnection: close\r\nCookie: latchkey=echoed\r\n\r\n`,
      );
      expect(statusOf(answer)).toBe(405);
      expect(answer).toMatch(/^Allow: GET, HEAD, POST, DELETE\r$/m);
      expect(answer).toContain('"code":"method_not_allowed"');
      expect(answer).not.toContain('echoed');
    },
  );

  test.each(['TRACK / HTTP/1.1', 'get / HTTP/1.1', 'ODD / HTTP/1.1'])('%s is no HTTP to the parser', async (line) => {
    expect(statusOf(await exchange(`${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`))).toBe(400);
  });

  test('those that it knows, but the route does not have', async () => {
    for (const method of ['PROPFIND', 'PUT', 'OPTIONS']) {
      const answer = await exchange(get(ROUTES.session).replace('GET', method));
      expect(statusOf(answer)).toBe(405);
      expect(answer).toMatch(/^Allow: DELETE, GET, HEAD\r$/im);
    }
  });
});

describe('what is no HTTP is refused, and nothing else suffers', () => {
  const post = (headers: string, body = '') =>
    `POST ${ROUTES.signIn} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
  test.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a version of its own', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a NUL in a header', get('/', 'X: a\0b\r\n')],
    ['a header without a name', get('/', ': x\r\n')],
    ['a space in a header name', get('/', 'X Y: z\r\n')],
    ['a folded header', get('/', 'X: a\r\n b\r\n')],
    ['headers of 20 KB', get('/', `X: ${'x'.repeat(20_000)}\r\n`)],
    ['a path of 20 KB', get(`/${'x'.repeat(20_000)}`)],
    ['a length that is negative', post('Content-Length: -1\r\n')],
    ['a length that is no number', post('Content-Length: abc\r\n')],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}')],
    ['a length and chunks', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['an encoding that hides chunks', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n')],
    ['chunks of garbage', post('Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n')],
    ['a host with a space', get('/').replace('localhost', 'local host')],
    ['a host with a user', get('/').replace('localhost', 'user@localhost')],
    ['a host with a path', get('/').replace('localhost', 'localhost/x')],
    ['a host that is half an address', get('/').replace('localhost', '[::1')],
    ['a host with a port that is none', get('/').replace('localhost', 'localhost:99999')],
    ['an empty host', get('/').replace('localhost', '')],
    ['a target without a slash', get('api/session')],
    ['a target with a backslash', get('/api\\session')],
    ['a target of another scheme', get('ftp://localhost/api/session')],
    ['a target that is no URL', get('http://[')],
    ['bytes that are no ASCII in the path', get('/\xff\xfe')],
    ['an asterisk', get('*').replace('GET', 'OPTIONS')],
  ])('%s', async (_name, bytes) => {
    const logged = errorsLogged();
    const status = statusOf(await exchange(bytes));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(errorsLogged()).toBe(logged);
    expect(await isWell()).toBe(true);
  });

  test.each([
    ['another host', get(ROUTES.session).replace('localhost', 'evil.example'), 401],
    ['an absolute target, whose host is not believed either', get(`http://evil.example${ROUTES.session}`), 401],
    ['a bad percent escape', get('/%zz'), 404],
    ['a bad percent escape in the query', get(`${ROUTES.session}?%zz=%`), 401],
    ['two slashes', get('//api/session'), 404],
    ['dots', get('/x/../api/session'), 401],
    ['a host twice', get(ROUTES.session, 'Host: evil.example\r\n'), 401],
    [
      'an upgrade',
      get(ROUTES.session).replace('Connection: close', 'Connection: Upgrade, close\r\nUpgrade: websocket'),
      401,
    ],
    ['cookie headers twice', get(ROUTES.session, 'Cookie: latchkey=a\r\nCookie: latchkey=b\r\n'), 401],
  ])('%s is HTTP', async (_name, bytes, status) => {
    const answer = await exchange(bytes);
    expect(statusOf(answer)).toBe(status);
    expect(answer).not.toContain('evil.example');
  });

  test('what is refused before the routes is a problem document, too, and not cached', async () => {
    const answer = await exchange(get('/api\\session'));
    expect(answer).toMatch(/^Content-Type: application\/problem\+json\r$/im);
    expect(answer).toMatch(/^Cache-Control: no-store\r$/im);
    expect(answer).toContain('"code":"invalid_request"');
  });
});

test('a failure that nothing caught is a failure of the server, not of the client', async () => {
  const broken = await serve({
    fetch: async () => {
      throw new Error('unexpected');
    },
  });
  const answer = await exchange(get('/'), broken.port);
  await broken.listening.stop();
  expect(statusOf(answer)).toBe(500);
  expect(answer).toContain('"code":"internal_error"');
  expect(answer).not.toContain('unexpected');
});

describe('a body', () => {
  const head = `POST ${ROUTES.signIn} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;

  test('in chunks is read as one', async () => {
    const chunks = ['{"email":"nobody@', 'example.com",', '"password":"a wrong password"}'].map(
      (text) => `${text.length.toString(16)}\r\n${text}\r\n`,
    );
    const answer = await exchange(
      `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n\r\n`,
    );
    expect(answer).toContain('"code":"invalid_credentials"');
  });

  test.each([
    ['POST', ROUTES.signOut, 204],
    ['POST', ROUTES.sessionToken, 401],
    ['POST', ROUTES.signIn, 415],
    ['DELETE', `${ROUTES.sessions}/x`, 401],
    ['PUT', ROUTES.session, 405],
    ['POST', '/nothing', 404],
  ])('may be missing, without a word about its length: %s %s', async (method, path, status) => {
    expect(statusOf(await exchange(get(path).replace('GET', method)))).toBe(status);
  });

  test('that is announced as too large is refused before it is sent', async () => {
    const socket = await open();
    socket.write(`${head}Content-Length: 10000000\r\n\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(statusOf(first.toString())).toBe(413);
  });

  test('that turns out too large is refused while it is sent', async () => {
    const socket = await open();
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    const answer = once(socket, 'data') as Promise<[Buffer]>;
    for (let index = 0; index < 40 && !socket.destroyed; index += 1) socket.write(`1000\r\n${' '.repeat(0x1000)}\r\n`);
    const [first] = await answer;
    socket.destroy();
    expect(statusOf(first.toString())).toBe(413);
  });

  test.each([
    ['with its length said', `${head}Content-Length: 1000\r\n\r\n{"email":`],
    ['in chunks', `${head}Transfer-Encoding: chunked\r\n\r\n9\r\n{"email":\r\n`],
  ])('that breaks off, %s, is no failure of the server', async (_name, bytes) => {
    const logged = errorsLogged();
    const seen = server.log.entries.length;
    const socket = await open();
    socket.write(bytes);
    await sleep(50);
    socket.destroy();
    while (server.log.entries.length === seen) await sleep(5);
    expect(errorsLogged()).toBe(logged);
    expect(server.log.entries.at(-1)?.fields).toMatchObject({ path: ROUTES.signIn, status: 408 });
    expect(await isWell()).toBe(true);
  });

  test('that waits to be asked for is asked for (RFC 9110 §10.1.1)', async () => {
    const socket = await open();
    const answer = readToEnd(socket);
    socket.write(`${head}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n`);
    await once(socket, 'data');
    socket.write('{');
    expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /);
  });
});

test('requests in one go are answered in their order', async () => {
  const answer = await exchange(
    `GET ${ROUTES.live} HTTP/1.1\r\nHost: localhost\r\n\r\nGET ${ROUTES.session} HTTP/1.1\r\nHost: localhost\r\n\r\n${get('/nothing')}`,
  );
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(['200', '401', '404']);
});

test('a port that is taken is an error with its code', async () => {
  await expect(
    listen(
      { fetch: (request: Request) => server.fetch(request), endStreams: () => {} } as Parameters<typeof listen>[0],
      {
        host: '127.0.0.1',
        port,
      },
    ),
  ).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

describe('a stop', () => {
  test('lets the request in flight finish, closes what is idle, and takes nothing new', async () => {
    const own = await serve(server);
    const idle = await open(own.port);
    idle.write(`GET ${ROUTES.live} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(idle, 'data');
    const untouched = await open(own.port);
    const busy = await open(own.port);
    const answer = readToEnd(busy);
    const body = JSON.stringify({ email: 'in-flight@example.com', password: PASSWORD });
    busy.write(
      `POST ${ROUTES.signUp} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await sleep(50);

    const startedAt = performance.now();
    const closed = Promise.all([readToEnd(idle), readToEnd(untouched)]);
    const stopped = own.listening.stop();
    await closed;
    const refused = connect(own.port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');

    busy.write(body);
    expect(statusOf(await answer)).toBe(202);
    await stopped;
    // At once, not when a keep-alive connection or the drain runs out of time.
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect((await server.mailTo('in-flight@example.com')).links).toHaveLength(1);
  });

  test('with nothing to wait for is immediate', async () => {
    const own = await serve(server);
    const startedAt = performance.now();
    await own.listening.stop();
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

test('headers that trickle in are not waited for without end', async () => {
  const { answer, tookMs } = await trickled;
  expect(statusOf(answer)).toBe(408);
  expect(tookMs).toBeLessThan(13_000);
});

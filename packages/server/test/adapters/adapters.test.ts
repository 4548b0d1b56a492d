import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSession } from '../../src/http/check-session.ts';
import { fastifySession, type FastifySessionRequest } from '../../src/http/adapters/fastify.ts';
import { fetchSession, type SessionChecker } from '../../src/http/adapters/fetch.ts';
import { honoSession, type LatchkeyVariables } from '../../src/http/adapters/hono.ts';
import { expressSession, nodeSession, type ExpressRequest } from '../../src/http/adapters/node.ts';
import { startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';

const ROTATE_SECONDS = 600;
/** A twelfth of it is how long an answer may take after its rotation; the slow route takes longer. */
const OVERLAP_SECONDS = 6;
const SLOW_MS = 700;

/** An application with a few routes of its own. Each says in `X-User` who is signed in. */
interface Application {
  request(path: string, cookie?: string): Promise<Response>;
  close(): Promise<void>;
}

type StartApplication = (latchkey: SessionChecker) => Promise<Application>;

const ADAPTERS: Record<string, StartApplication> = {
  'node:http': async (latchkey) =>
    overSocket(
      createServer((request, response) => {
        void (async () => {
          const session = await nodeSession(latchkey, request, response);
          response.setHeader('X-User', session?.user.id ?? 'nobody');
          if (request.url === '/slow') await wait(SLOW_MS);
          if (request.url === '/redirect') response.writeHead(302, ['Location', '/me']);
          if (request.url === '/own-cookie') response.writeHead(200, 'OK', { 'Set-Cookie': 'own=1' });
          if (request.url === '/cached') response.writeHead(200, { 'Cache-Control': 'public, max-age=60' });
          if (request.url === '/fails') response.statusCode = 500;
          response.end('done');
        })();
      }),
    ),
  Express: async (latchkey) => {
    const app = express();
    app.use(expressSession(latchkey));
    app.use((request: ExpressRequest, response: express.Response, next: express.NextFunction) => {
      response.setHeader('X-User', request.latchkey?.user.id ?? 'nobody');
      next();
    });
    app.get('/me', (_request, response) => void response.send('done'));
    app.get('/slow', async (_request, response) => void (await wait(SLOW_MS), response.send('done')));
    app.get('/redirect', (_request, response) => response.redirect('/me'));
    app.get('/own-cookie', (_request, response) => void response.cookie('own', '1').send('done'));
    app.get('/cached', (_request, response) => void response.set('Cache-Control', 'public, max-age=60').send('done'));
    app.get('/fails', () => {
      throw new Error('as planned');
    });
    app.use((_error: unknown, _request: unknown, response: express.Response, _next: express.NextFunction) => {
      response.status(500).send('failed');
    });
    return overSocket(createServer(app as RequestListener));
  },
  Fastify: async (latchkey) => {
    const app = fastify();
    fastifySession(app, latchkey);
    app.addHook('preHandler', async (request, reply) => {
      reply.header('X-User', (request as FastifySessionRequest).latchkey?.user.id ?? 'nobody');
    });
    app.get('/me', async () => 'done');
    app.get('/slow', async () => wait(SLOW_MS, 'done'));
    app.get('/redirect', async (_request, reply) => reply.redirect('/me'));
    app.get('/own-cookie', async (_request, reply) => reply.header('Set-Cookie', 'own=1').send('done'));
    app.get('/cached', async (_request, reply) => reply.header('Cache-Control', 'public, max-age=60').send('done'));
    app.get('/fails', async () => {
      throw new Error('as planned');
    });
    await app.ready();
    const application = await overSocket(app.server);
    return { ...application, close: async () => app.close() };
  },
  Hono: async (latchkey) => {
    const app = new Hono<{ Variables: LatchkeyVariables }>();
    app.use(honoSession(latchkey));
    app.use(async (c, next) => {
      c.header('X-User', c.var.latchkey?.user.id ?? 'nobody');
      await next();
    });
    app.get('/me', (c) => c.text('done'));
    app.get('/slow', async (c) => c.text(await wait(SLOW_MS, 'done')));
    app.get('/redirect', (c) => c.redirect('/me'));
    app.get('/own-cookie', (c) => c.text('done', 200, { 'Set-Cookie': 'own=1' }));
    app.get('/cached', (c) => c.text('done', 200, { 'Cache-Control': 'public, max-age=60' }));
    app.get('/fails', () => {
      throw new Error('as planned');
    });
    app.onError((_error, c) => c.text('failed', 500));
    return inProcess(async (request) => app.fetch(request));
  },
  'a plain fetch handler': async (latchkey) =>
    inProcess(async (request) => {
      const { session, carry } = await fetchSession(latchkey, request);
      const headers = new Headers({ 'X-User': session?.user.id ?? 'nobody' });
      const { pathname } = new URL(request.url);
      if (pathname === '/slow') await wait(SLOW_MS);
      if (pathname === '/redirect') return carry(Response.redirect('http://localhost/me', 302));
      if (pathname === '/own-cookie') headers.set('Set-Cookie', 'own=1');
      if (pathname === '/cached') headers.set('Cache-Control', 'public, max-age=60');
      return carry(new Response('done', { status: pathname === '/fails' ? 500 : 200, headers }));
    }),
};

function inProcess(handle: (request: Request) => Promise<Response>): Application {
  return {
    request: (path, cookie) =>
      handle(new Request(`http://localhost${path}`, { headers: cookie === undefined ? {} : { Cookie: cookie } })),
    close: async () => {},
  };
}

async function overSocket(server: Server): Promise<Application> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    request: (path, cookie) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        redirect: 'manual',
        headers: { Connection: 'close', ...(cookie !== undefined && { Cookie: cookie }) },
      }),
    close: async () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe.each(Object.entries(ADAPTERS))('%s', (_name, startApplication) => {
  const clock = new TestClock();
  let server: TestServer;
  let application: Application;
  let cookie: string;
  let userId: string;

  beforeAll(async () => {
    server = await startClockedServer(clock, {
      settings: {
        LATCHKEY_SESSION_ROTATE_SECONDS: String(ROTATE_SECONDS),
        LATCHKEY_SESSION_OVERLAP_SECONDS: String(OVERLAP_SECONDS),
      },
    });
    const browser = await server.signedIn('somebody@example.com');
    cookie = `latchkey=${browser.jar.get('latchkey')?.value}`;
    userId = (await browser.session())?.user.id ?? '';
    application = await startApplication({ checkSession: (request) => checkSession(server.operations, request) });
  });
  afterAll(async () => {
    await application.close();
    await server.close();
  });

  /** Sends a request when the cookie is due for rotation. */
  const requestWhenDue = async (path: string) => {
    clock.advance(ROTATE_SECONDS * 1000);
    return application.request(path, cookie);
  };
  const sessionCookieOf = (response: Response) =>
    response.headers.getSetCookie().find((text) => text.startsWith('latchkey='));

  test('without a cookie, or with a wrong one, nobody is signed in', async () => {
    for (const wrong of [undefined, 'latchkey=', `${cookie}x`, `${cookie}; ${cookie}`]) {
      const response = await application.request('/me', wrong);
      expect(response.headers.get('X-User')).toBe('nobody');
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });

  test('a young cookie stays as it is', async () => {
    const response = await application.request('/me', cookie);
    expect(response.headers.get('X-User')).toBe(userId);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).toBe('done');
  });

  test.each(['/me', '/redirect', '/cached', '/fails'])('an old one is rotated on the answer of %s', async (path) => {
    const response = await requestWhenDue(path);
    const rotated = sessionCookieOf(response);
    expect(rotated).toMatch(/^latchkey=lks_[\w-]{81}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const next = rotated?.split(';', 1)[0] ?? '';
    expect(next).not.toBe(cookie);

    cookie = next;
    expect((await application.request('/me', cookie)).headers.get('X-User')).toBe(userId);
  });

  test("the application's own cookies stay", async () => {
    const response = await requestWhenDue('/own-cookie');
    expect(response.headers.getSetCookie().some((text) => text.startsWith('own=1'))).toBe(true);
    cookie = sessionCookieOf(response)?.split(';', 1)[0] ?? '';
    expect((await application.request('/me', cookie)).headers.get('X-User')).toBe(userId);
  });

  test('an answer that takes too long after its rotation leaves the cookie out; a retry gets it', async () => {
    const late = await requestWhenDue('/slow');
    expect(sessionCookieOf(late)).toBeUndefined();
    expect(await late.text()).toBe('done');

    const retried = sessionCookieOf(await application.request('/me', cookie));
    expect(retried).toBeDefined();
    cookie = retried?.split(';', 1)[0] ?? '';
    expect((await application.request('/me', cookie)).headers.get('X-User')).toBe(userId);
  });
});

/** Latchkey's own routes, mounted in somebody else's server by one line. */
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROUTES } from '@latchkey/protocol';
import express from 'express';
import fastify from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { latchkeyRoutes as fastifyRoutes } from '../../src/http/adapters/fastify.ts';
import type { RouteAnswerer } from '../../src/http/adapters/fetch.ts';
import { latchkeyRoutes } from '../../src/http/adapters/node.ts';
import { PASSWORD, problemOf, startTestServer, type TestServer } from '../support/test-server.ts';

type Mount = (latchkey: RouteAnswerer) => Server | Promise<Server>;

const MOUNTS: Record<string, Mount> = {
  'node:http': (latchkey) => createServer(latchkeyRoutes(latchkey)),
  Express: (latchkey) => {
    const app = express();
    app.post('/own', express.json(), (request, response) => void response.json(request.body));
    app.use(latchkeyRoutes(latchkey));
    return createServer(app as RequestListener);
  },
  Fastify: async (latchkey) => {
    const app = fastify({ bodyLimit: 20 });
    app.post('/own', (request, reply) => reply.send(request.body));
    await app.register(fastifyRoutes(latchkey));
    await app.ready();
    return app.server;
  },
};

let latchkey: TestServer;
const open: Server[] = [];
beforeAll(async () => {
  latchkey = await startTestServer();
});
afterEach(() => {
  for (const server of open.splice(0)) server.close().closeAllConnections();
});
afterAll(() => latchkey.close());

/** Gives the origin. */
async function listen(server: Server): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

describe.each(Object.entries(MOUNTS))('%s', (name, mount) => {
  test('answers forms and JSON, whose bodies nobody else has read, and knows the address of the client', async () => {
    const origin = await listen(await mount(latchkey));
    const email = `${name.replace(':', '-')}@example.com`;
    const form = new URLSearchParams({ name: 'Ada', email, password: PASSWORD });
    expect((await fetch(`${origin}/sign-up`, { method: 'POST', body: form })).status).toBe(200);
    expect((await latchkey.mailTo(email)).links).toHaveLength(1);
    expect(await problemOf(await post(origin + ROUTES.signIn, { email, password: 'not this one' }))).toBe(
      '401 invalid_credentials',
    );
    const { network } = await latchkey.operations.store.queries
      .selectFrom('audit_events')
      .select('network')
      .where('type', '=', 'user.sign_in_failed')
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(network).toBe('127.0.0.1');
    expect((await fetch(`${origin}/nowhere`)).status).toBe(404);
    expect((await fetch(origin + ROUTES.session, { method: 'DELETE' })).status).toBe(204);
    expect(await problemOf(await post(origin + ROUTES.signIn, 'x'.repeat(70_000)))).toBe('413 body_too_large');
  });

  test('leaves its own routes to the application', async () => {
    const origin = await listen(await mount(latchkey));
    const own = await post(`${origin}/own`, { own: 1 });
    expect(name === 'node:http' ? own.status : await own.json()).toEqual(name === 'node:http' ? 404 : { own: 1 });
  });

  test('RFC 9110 §9.3.8: TRACE is never echoed', async () => {
    const origin = await listen(await mount(latchkey));
    const status = await new Promise((resolve, reject) => {
      httpRequest(origin, { method: 'TRACE' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBeOneOf([404, 405]);
  });
});

describe('what is mounted otherwise', () => {
  const mistakeOf = async (app: express.Express, path: string) => {
    app.use((error: Error, _request: unknown, response: express.Response, _next: express.NextFunction) => {
      response.status(500).send(error.message);
    });
    const answer = await post((await listen(createServer(app as RequestListener))) + path, { email: 'a@example.com' });
    return [answer.status, (await answer.text()).split(':', 1)[0]];
  };

  test('behind something that has read the body is told so, and answers nothing by half', async () => {
    const app = express().use(express.json()).use(latchkeyRoutes(latchkey));
    expect(await mistakeOf(app, ROUTES.signIn)).toEqual([500, 'latchkeyRoutes']);
  });

  test('below the root is told so', async () => {
    const app = express().use('/auth', latchkeyRoutes(latchkey));
    expect(await mistakeOf(app, `/auth${ROUTES.signIn}`)).toEqual([500, 'latchkeyRoutes']);
  });

  test('without `next`, answers 500', async () => {
    const answer = latchkeyRoutes(latchkey);
    const server = createServer((request, response) => {
      request.resume().on('end', () => answer(request, response));
    });
    const warned = new Promise((resolve) => {
      process.once('warning', resolve);
    });
    expect((await post((await listen(server)) + ROUTES.signIn, {})).status).toBe(500);
    expect(String(await warned)).toContain('latchkeyRoutes');
  });
});

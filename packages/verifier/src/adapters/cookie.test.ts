import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeKey, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { sendRaw } from '../../test/support/server.ts';
import type { Verifier } from '../index.ts';
import type { AuthenticateOptions } from './authenticate.ts';
import { requireToken as fastifyRequireToken, tokenOf as fastifyTokenOf } from './fastify.ts';
import { withToken as fetchWithToken } from './fetch.ts';
import { requireToken as honoRequireToken, type TokenVariables } from './hono.ts';
import { requireToken as nodeRequireToken, tokenOf, withToken } from './node.ts';
import { readCookies } from './cookie-token.ts';

let key: TestKey;
let verifier: Verifier;
let token: string;

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
  verifier = new TestIssuer(key).createVerifier();
  token = signToken(key);
});

interface Running {
  readonly port: number;
  close(): unknown;
}

/** Servers that must behave alike: each answers with the subject. */
const servers: [string, (options: AuthenticateOptions) => Promise<Running>][] = [
  [
    'node:http',
    async (options) => {
      const listener = withToken(verifier, (_request, response, { subject }) => response.end(subject), options);
      return running(createServer(listener).listen(0, '127.0.0.1'));
    },
  ],
  [
    'Express',
    async (options) => {
      const app = express();
      app.use(nodeRequireToken(verifier, options));
      app.all('/', (request, response) => {
        response.send(tokenOf(request).subject);
      });
      return running(app.listen(0, '127.0.0.1'));
    },
  ],
  [
    'Hono',
    async (options) => {
      const app = new Hono<{ Variables: TokenVariables }>();
      app.use(honoRequireToken(verifier, options));
      app.all('/', (c) => c.text(c.get('token').subject));
      return running(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }));
    },
  ],
  [
    'a fetch handler',
    async (options) => {
      const handle = fetchWithToken(verifier, (_request, { subject }) => new Response(subject), options);
      return running(serve({ fetch: (request) => handle(request), port: 0, hostname: '127.0.0.1' }));
    },
  ],
  [
    'Fastify',
    async (options) => {
      const app = fastify();
      app.addHook('preHandler', fastifyRequireToken(verifier, options));
      app.all('/', (request, reply) => reply.send(fastifyTokenOf(request).subject));
      await app.listen({ port: 0, host: '127.0.0.1' });
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
    },
  ],
];

async function running(server: ReturnType<typeof serve>): Promise<Running> {
  if (!server.listening) await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

describe.each(servers)('%s', (_name, start) => {
  async function ask(lines: readonly string[], options: AuthenticateOptions = {}, method = 'GET'): Promise<string> {
    const server = await start({ cookie: 'token', ...options });
    try {
      const answer = await sendRaw(server.port, [
        `${method} / HTTP/1.1`,
        `Host: 127.0.0.1:${server.port}`,
        ...lines.map((line) => line.replace('OWN', `http://127.0.0.1:${server.port}`)),
        ...(method === 'POST' ? ['Content-Length: 0'] : []),
      ]);
      return answer.slice(9, 12);
    } finally {
      await server.close();
    }
  }
  const cookie = () => `Cookie: a=b; token=${token}; c=d`;
  const other = () => `Cookie: a=b; token.3=${token}`;
  const bearer = () => `Authorization: Bearer ${token}`;

  test.each<[string, string, () => string[], string]>([
    ['a cookie', 'GET', () => [cookie()], '200'],
    ['a bearer token', 'GET', () => [bearer()], '200'],
    ['a bearer token and another cookie', 'POST', () => [bearer(), 'Cookie: tokens=x'], '200'],
    ['credentials of another scheme, and a cookie', 'GET', () => ['Authorization: Basic eDp5', cookie()], '200'],
    ['neither', 'GET', () => ['Cookie: a=b'], '401'],
    ['a cookie that is no token', 'GET', () => ['Cookie: token=x'], '401'],
    ['both', 'GET', () => [bearer(), cookie()], '400'],
    ['half a bearer header, and a cookie', 'GET', () => ['Authorization: Bearer', cookie()], '400'],
    ['two cookies of the name', 'GET', () => [`${cookie()}; token=${token}`], '400'],
    ['two cookies of the name, one of them empty', 'GET', () => [`${cookie()}; token=`], '400'],
    ['a page of this origin', 'POST', () => [cookie(), 'Sec-Fetch-Site: same-origin'], '200'],
    ['a page of another site', 'POST', () => [cookie(), 'Sec-Fetch-Site: cross-site', 'Origin: OWN'], '403'],
    ['a page of a sibling', 'POST', () => [cookie(), 'Sec-Fetch-Site: same-site'], '403'],
    [
      'two opinions of where from',
      'POST',
      () => [cookie(), 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: none'],
      '403',
    ],
    ['an old browser, a page of this origin', 'POST', () => [cookie(), 'Origin: OWN'], '200'],
    ['an old browser, a page of another site', 'POST', () => [cookie(), 'Origin: https://evil.example'], '403'],
    ['no word of where from', 'POST', () => [cookie()], '403'],
    ['a link from another site', 'GET', () => [cookie(), 'Sec-Fetch-Site: cross-site'], '200'],
    ['a bearer token, from another site', 'POST', () => [bearer(), 'Sec-Fetch-Site: cross-site'], '200'],
  ])('%s, with %s', async (_what, method, lines, status) => {
    expect(await ask(lines(), {}, method)).toBe(status);
  });

  test.each<[string, () => string[], AuthenticateOptions, string]>([
    ['the slot that the header names', () => [`${other()}`, 'Latchkey-Slot: 3'], { slots: true }, '200'],
    ['another slot than there is', () => [other(), 'Latchkey-Slot: 4'], { slots: true }, '401'],
    ['a slot, where the cookie is of the first account', () => [cookie(), 'Latchkey-Slot: 3'], { slots: true }, '401'],
    ['no slot, where the cookie is of another', () => [other()], { slots: true }, '401'],
    ['no slot', () => [`${cookie()}; token.3=x`], { slots: true }, '200'],
    ['two cookies of the slot', () => [`${other()}; token.3=x`, 'Latchkey-Slot: 3'], { slots: true }, '400'],
    ['a bearer token besides', () => [bearer(), other(), 'Latchkey-Slot: 3'], { slots: true }, '400'],
    ["a bearer token, and another slot's cookie", () => [bearer(), other()], { slots: true }, '200'],
    ['two slots', () => [other(), 'Latchkey-Slot: 3', 'Latchkey-Slot: 3'], { slots: true }, '400'],
    ['what is no slot', () => [cookie(), 'Latchkey-Slot: 10'], { slots: true }, '400'],
    ['an empty slot', () => [cookie(), 'Latchkey-Slot: '], { slots: true }, '400'],
    ['the end of another name', () => [cookie(), 'Latchkey-Slot: x; token'], { slots: true }, '400'],
    ['a slot, where there are none', () => [cookie(), 'Latchkey-Slot: 3'], {}, '200'],
  ])('with slots: %s', async (_what, lines, options, status) => {
    expect(await ask(lines(), options)).toBe(status);
  });

  test('with slots: another site sends nothing in the name of one', async () => {
    expect(await ask([other(), 'Latchkey-Slot: 3', 'Sec-Fetch-Site: cross-site'], { slots: true }, 'POST')).toBe('403');
  });

  test('a cookie is not read where none was named, and scopes count for it', async () => {
    expect(await ask([cookie()], { cookie: undefined } as never)).toBe('401');
    expect(await ask([cookie()], { scope: 'admin' })).toBe('403');
  });

  test('a route that introspects says so to the verifier', async () => {
    expect(await ask([bearer()], { check: 'introspect' })).toBe('503');
    expect(await ask([bearer()], { whenStale: 'closed' })).toBe('200');
  });
});

test.each<[readonly string[], readonly string[]]>([
  [[], []],
  [['token=a'], ['a']],
  [['x=1;token=a;y=2'], ['a']],
  [['x=1', 'token=a'], ['a']],
  [
    ['token=a; token=b', 'token=c'],
    ['a', 'b', 'c'],
  ],
  [['token=a=b'], ['a=b']],
  [['tokens=a; xtoken=b; token =c; Token=d; token'], []],
  [['token='], ['']],
  [['token=a \t; \ttoken=b'], ['a', 'b']],
  // Browsers know no prefix in these names, so anybody may have planted them.
  [['\u00a0token=a; \u00a0 token=b;\u000ctoken=c; \u2003token=d; \ufefftoken=e'], []],
])('cookies of %j', (headers, values) => {
  expect(readCookies(headers, 'token')).toEqual(values);
});

/** A user's API in four frameworks: says what each answers to a request with the token and to one without. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@latchkey/verifier';
import { requireToken as requireFastify, tokenOf as tokenOfFastify } from '@latchkey/verifier/fastify';
import { requireToken as requireHono, type TokenVariables } from '@latchkey/verifier/hono';
import { requireToken as requireExpress, tokenOf, withToken } from '@latchkey/verifier/node';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';

const { ISSUER = '', AUDIENCE = '', CLIENT_ID: id = '', CLIENT_SECRET: secret = '', TOKEN = '' } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, client: { id, secret } });
await verifier.ready();

type Ask = (headers: Record<string, string>) => Promise<readonly [status: number, subject: string]>;

async function overHttp(listener: RequestListener): Promise<Ask> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const { port } = server.address() as AddressInfo;
  return async (headers) => {
    const response = await fetch(`http://127.0.0.1:${port}/me`, { headers: { ...headers, Connection: 'close' } });
    return [response.status, response.ok ? await response.text() : ''];
  };
}

async function node(): Promise<Ask> {
  return overHttp(withToken(verifier, (_request, response, token) => void response.end(token.subject)));
}

async function inExpress(): Promise<Ask> {
  const app = express();
  app.use(requireExpress(verifier));
  app.get('/me', (request, response) => void response.send(tokenOf(request).subject));
  return overHttp((request, response) => void app(request, response));
}

function inHono(): Ask {
  const app = new Hono<{ Variables: TokenVariables }>();
  app.use(requireHono(verifier));
  app.get('/me', (c) => c.text(c.get('token').subject));
  return async (headers) => {
    const response = await app.request('/me', { headers });
    return [response.status, response.ok ? await response.text() : ''];
  };
}

function inFastify(): Ask {
  const app = fastify();
  app.addHook('preHandler', requireFastify(verifier));
  app.get('/me', (request, reply) => reply.send(tokenOfFastify(request).subject));
  return async (headers) => {
    const response = await app.inject({ url: '/me', headers });
    return [response.statusCode, response.statusCode === 200 ? response.body : ''];
  };
}

const frameworks = { node: await node(), express: await inExpress(), hono: inHono(), fastify: inFastify() };
for (const [framework, ask] of Object.entries(frameworks)) {
  const good = await ask({ Authorization: `Bearer ${TOKEN}` });
  const missing = await ask({});
  const forged = await ask({ Authorization: `Bearer ${TOKEN.slice(0, -8)}AAAAAAAA` });
  console.log(JSON.stringify([framework, ...good, missing[0], forged[0]]));
}
await verifier.close();

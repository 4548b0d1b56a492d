import fastify from 'fastify';
import { beforeAll, expect, test } from 'vitest';
import { makeKey, signToken, TestIssuer, type TestKey } from '../../test/support/issuer.ts';
import { requireScope, VerifierError, type Verifier } from '../index.ts';
import { requireToken, sendRefusal, tokenOf } from './fastify.ts';

let key: TestKey;
let verifier: Verifier;
let headers: { authorization: string };

beforeAll(async () => {
  key = await makeKey('EdDSA', 'key-1');
  verifier = new TestIssuer(key).createVerifier();
  headers = { authorization: `Bearer ${signToken(key)}` };
});

test('a guarded route, with scopes and without', async () => {
  const refused: string[] = [];
  let runs = 0;
  const app = fastify();
  app.addHook(
    'preHandler',
    requireToken(verifier, { onRefused: ({ code }, { raw }) => refused.push(`${code} ${raw.method}`) }),
  );
  app.get('/me', (request, reply) => {
    runs += 1;
    return reply.send(tokenOf(request).subject);
  });
  app.get('/admin', { preHandler: requireToken(verifier, { scope: 'admin' }) }, async () => {
    runs += 1;
    return 'secret';
  });
  expect((await app.inject({ url: '/me', headers })).body).toBe('usr_01');
  const missing = await app.inject('/me');
  expect([missing.statusCode, missing.headers['cache-control']]).toEqual([401, 'no-store']);
  expect(missing.headers['content-type']).toMatch(/^application\/problem\+json(;|$)/);
  expect(missing.headers['www-authenticate']).toBe('Bearer realm="api"');
  expect(missing.json()).toMatchObject({ code: 'token_missing' });
  expect((await app.inject({ url: '/admin', headers })).statusCode).toBe(403);
  expect([runs, refused]).toEqual([1, ['token_missing GET']]);
  await app.close();
});

test('a route without its guard fails closed, and a bug is no refusal', async () => {
  const app = fastify();
  app.get('/unguarded', (request, reply) => reply.send(tokenOf(request).subject));
  const bug = { verify: () => Promise.reject(new Error('a bug')) };
  app.get('/bug', { preHandler: requireToken(bug) }, async () => 'secret');
  for (const url of ['/unguarded', '/bug']) expect((await app.inject({ url, headers })).statusCode).toBe(500);
  await app.close();
});

test('what requireScope throws in a handler can be answered in one place', async () => {
  const app = fastify();
  app.addHook('preHandler', requireToken(verifier));
  app.get('/', (request, reply) => {
    requireScope(tokenOf(request), 'admin');
    return reply.send('secret');
  });
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof VerifierError)) throw error;
    sendRefusal(reply, error, { realm: 'forum' });
  });
  const response = await app.inject({ url: '/', headers });
  expect(response.statusCode).toBe(403);
  expect(response.headers['www-authenticate']).toContain('realm="forum"');
  await app.close();
});

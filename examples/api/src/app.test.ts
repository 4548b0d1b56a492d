import { serve } from '@hono/node-server';
import { createVerifier, type FetchLike } from '@latchkey/verifier';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';

const about = { issuer: 'http://localhost:4400', audience: 'http://localhost:4401' };
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'ES256' }];
const fetch: FetchLike = () => Promise.resolve(Response.json({ keys }));
const app = createApp(createVerifier({ ...about, fetch, revocation: 'none' }), about);

function makeToken(audience: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const who = { sub: 'usr_1', client_id: 'latchkey', sid: 'ses_1', scope: 'notes:read' };
  const claims = { iss: about.issuer, aud: audience, jti: 'token-1', iat, exp: iat + 600, ...who };
  const segments = [{ alg: 'ES256', typ: 'at+jwt', kid: 'key-1' }, claims];
  const signingInput = segments.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(signingInput), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signingInput}.${signature.toString('base64url')}`;
}

test('explains itself', async () => {
  const response = await app.request('/');
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject(about);
});

test('tells the caller who they are', async () => {
  const response = await app.request('/me', {
    headers: { Authorization: `Bearer ${makeToken(about.audience)}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toMatchObject({ subject: 'usr_1', sessionId: 'ses_1', scopes: ['notes:read'] });
});

test('refuses no token, and one for another API', async () => {
  expect((await app.request('/me')).status).toBe(401);
  const other = makeToken('http://localhost:9999');
  expect((await app.request('/me', { headers: { Authorization: `Bearer ${other}` } })).status).toBe(401);
});

test('on Node, two Authorization headers are seen as two', async () => {
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
  const header = `Authorization: Bearer ${makeToken(about.audience)}\r\n`;
  socket.write(`GET /me HTTP/1.1\r\nHost: localhost\r\n${header}${header}Connection: close\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [string];
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  server.close();
});

/** The code that documents show, run against a server. documents.test.ts finds each block in it. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLatchkey, readSettings } from 'latchkey';
import type { Verifier } from '@latchkey/verifier';
import { cookieOf, createAccount, post, signUp, tokenIn, type Account } from '../support/accounts.ts';
import { latchkey } from '../support/command-line.ts';
import { startServer, type DevMail, type ServerProcess } from '../support/server-process.ts';
import { embed } from './code/embed-node.ts';
import { onFastify } from './code/frameworks-fastify.ts';
import { begin, onExpress, onHono } from './code/frameworks.ts';
import type { Listening } from './code/listen.ts';
import mailTemplates from './code/mail-templates.config.ts';
import * as express from './code/protect-express.ts';
import * as fastify from './code/protect-fastify.ts';
import * as hono from './code/protect-hono.ts';
import * as node from './code/protect-node.ts';
import { verifyOne } from './code/verify-one.ts';
import { mapFetch } from './names.ts';

vi.setConfig({ testTimeout: 60_000 });

const ISSUER = 'http://localhost:4400';
const API = 'http://localhost:4401';
const realFetch = globalThis.fetch;

let server: ServerProcess;
let ada: Account;
let cookie: string;
let client: { readonly id: string; readonly secret: string };
let verifier: Verifier;
beforeAll(async () => {
  server = await startServer({ settings: { LATCHKEY_ISSUER: ISSUER } });
  globalThis.fetch = mapFetch(() => ({ [ISSUER]: server.origin }), realFetch);
  ada = await createAccount(server);
  cookie = await cookieOf(server.origin, ada);
  const words = ['clients', 'add', 'API', '--scope', 'revocations:read introspect', '--audience', API, '--json'];
  const added = JSON.parse((await latchkey(words, server)).stdout) as { client_id: string; client_secret: string };
  client = { id: added.client_id, secret: added.client_secret };
  vi.stubEnv('LATCHKEY_CLIENT_ID', client.id);
  vi.stubEnv('LATCHKEY_CLIENT_SECRET', client.secret);
  ({ verifier } = await import('./code/verifier.ts'));
  await verifier.ready();
});
afterAll(async () => {
  await verifier?.close();
  globalThis.fetch = realFetch;
  vi.unstubAllEnvs();
  await server?.close();
});

async function token(): Promise<string> {
  const issued = await post(server.origin, '/api/session/token', { audience: API }, { Cookie: cookie });
  return ((await issued.json()) as { readonly access_token: string }).access_token;
}

const ask = (app: Listening, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  fetch(app.origin + path, { headers, method, redirect: 'manual' });
const bearer = async () => ({ Authorization: `Bearer ${await token()}` });

test.each([
  ['Express, one route', express.oneRoute],
  ['Express, all routes', express.allRoutes],
  ['Fastify, one route', fastify.oneRoute],
  ['Fastify, all routes', fastify.allRoutes],
  ['Hono, one route', hono.oneRoute],
  ['Hono, all routes', hono.allRoutes],
  ['node:http', node.oneRoute],
  ['a Fetch handler', async () => (await import('./code/protect-fetch.ts')).oneRoute()],
])('%s lets in who has a token, and nobody else', async (_name, start) => {
  await using app = await start(verifier);
  expect((await ask(app, '/me')).status).toBe(401);
  expect((await ask(app, '/me', { Authorization: 'Bearer nonsense' })).status).toBe(401);
  const answer = await ask(app, '/me', await bearer());
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('usr_');
});

test('the verifier by itself gives the subject and the scopes, or throws', async () => {
  await expect(verifyOne(await token())).resolves.toMatchObject({
    subject: expect.stringMatching(/^usr_/) as string,
  });
  await expect(verifyOne('nonsense')).rejects.toMatchObject({ code: 'token_malformed' });
});

test('a route asks for a scope', async () => {
  await using app = await express.allRoutes(verifier);
  expect((await ask(app, '/notes', await bearer(), 'POST')).status).toBe(403);
});

test('an API says whom to ask for a token', async () => {
  await using app = await express.thatDescribesItself(verifier);
  const refused = await ask(app, '/');
  const [, address] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
  const described = await ask(app, new URL(address!).pathname);
  expect(await described.json()).toMatchObject({ resource: API, authorization_servers: [ISSUER] });
});

test('a route asks the server about every token', async () => {
  await using app = await express.withExactRoutes(verifier, await token());
  expect((await ask(app, '/transfers', await bearer(), 'POST')).status).toBe(202);
});

test('an API that takes tokens bound to a key refuses a proof that is none', async () => {
  await using app = await express.withKeyBoundTokens(verifier);
  expect((await ask(app, '/me', await bearer())).status).toBe(200);
  const proofless = { Authorization: `DPoP ${await token()}`, DPoP: 'nonsense' };
  expect((await ask(app, '/me', proofless)).status).toBe(401);
});

test('a token comes in the cookie, of a page of the same origin', async () => {
  await using app = await express.byCookie(verifier);
  const Cookie = `__Host-Http-latchkey-token=${await token()}`;
  expect((await ask(app, '/me', { Cookie })).status).toBe(200);
  expect((await ask(app, '/me', { Cookie, 'Sec-Fetch-Site': 'cross-site' }, 'POST')).status).toBe(403);
});

test('is told whose session ended, and who signed out everywhere', async () => {
  const told: string[] = [];
  const tell = (sort: string) => (key: string) => void told.push(`${sort} ${key.slice(0, 4)}`);
  const stop = express.watchRevocations(verifier, tell('session'), tell('subject'));
  const eve = await createAccount(server);
  await post(server.origin, '/api/sign-out', {}, { Cookie: await cookieOf(server.origin, eve) });
  await vi.waitFor(() => expect(told).toContain('session ses_'), { timeout: 5000 });
  await post(server.origin, '/api/sessions/revoke-all', {}, { Cookie: await cookieOf(server.origin, eve) });
  await vi.waitFor(() => expect(told).toContain('subject usr_'), { timeout: 5000 });
  stop();
});

test('a client signs for itself', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const file = join(server.directory, 'job.jwk');
  await writeFile(file, JSON.stringify({ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }));
  const what = ['--grant', 'client_credentials', '--auth-method', 'private_key_jwt', '--scope', 'notes:read'];
  const words = ['clients', 'add', 'Job', ...what, '--audience', API, '--jwk', file, '--json'];
  const { stdout, stderr } = await latchkey(words, server);
  expect(stderr).toBe('');
  const { client_id: id } = JSON.parse(stdout) as { client_id: string };
  const jwt = await new SignJWT({ jti: 'one' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'client+jwt' })
    .setIssuer(id)
    .setSubject(id)
    .setAudience(API)
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .sign(privateKey);
  const told: string[] = [];
  await express.byAClientsOwnToken(client, jwt, (text) => told.push(text));
  expect(told).toEqual([`${id} notes:read`]);
});

const inMemory = (): NodeJS.ProcessEnv => ({
  LATCHKEY_DATABASE_URL: `sqlite:${server.directory}/embedded-${performance.now()}.db`,
  LATCHKEY_ISSUER: ISSUER,
  LATCHKEY_SECRET: 'a secret of this test, of more than 32 bytes',
  LATCHKEY_LOG_LEVEL: 'silent',
});

test('a server of your own greets whom it knows', async () => {
  const { latchkey: embedded, listening } = await embed(inMemory());
  await using app = listening;
  expect(await (await ask(app, '/')).text()).toBe('Hello stranger');
  await embedded.close();
});

test.each([
  ['Express', onExpress, 401],
  ['Hono', onHono, 303],
  ['Fastify', onFastify, 401],
])('%s with Latchkey in it: strangers, sign-up, sign-in, notes', async (_name, start, stranger) => {
  const embedded = await begin(inMemory());
  await using app = await start(embedded);
  expect((await ask(app, '/notes')).status).toBe(stranger);
  expect((await signUp(app.origin, ada)).status).toBe(202);
  const mails = (await (await ask(app, '/dev/mail.json')).json()) as readonly DevMail[];
  const confirmed = await post(app.origin, '/api/email-verification/confirm', { token: tokenIn(mails[0]!.links) });
  expect(confirmed.status).toBe(200);
  const answer = await ask(app, '/notes', { Cookie: await cookieOf(app.origin, ada) });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  await embedded.close();
});

test('mails in the words of the operator', async () => {
  const embedded = await createLatchkey(readSettings(inMemory(), mailTemplates));
  const send = (path: string, body: unknown) =>
    embedded.fetch(
      new Request(ISSUER + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: ISSUER },
        body: JSON.stringify(body),
      }),
    );
  const mails = async () =>
    (await (await embedded.fetch(new Request(`${ISSUER}/dev/mail.json`))).json()) as readonly DevMail[];
  await send('/api/sign-up', ada);
  const [mail] = await mails();
  await send('/api/email-verification/confirm', { token: tokenIn(mail!.links) });
  await send('/api/password-reset', { email: ada.email });
  await vi.waitFor(async () => expect((await mails()).map(({ subject }) => subject)).toContain('Neues Passwort'));
  await embedded.close();
});

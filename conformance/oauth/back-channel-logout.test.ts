/** OpenID Connect Back-Channel Logout 1.0, with a real server and a receiver that verifies what it gets by `jose`. */
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../packages/server/test/support/databases.ts';
import { cookieOf, createAccount, newAccount, post } from '../support/accounts.ts';
import { latchkey } from '../support/command-line.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { addClient, startWebsite, type Registered, type Website } from './foreign-app.ts';

vi.setConfig({ testTimeout: 60_000 });

const SIGN_OUTS = 10;
const WITHIN_MS = 1000;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

interface Told {
  readonly atMs: number;
  readonly contentType: string | undefined;
  readonly token: string;
}

describe.each(['sqlite', 'postgres'] as const)('Back-Channel Logout on %s', (dialect) => {
  let database: TestDatabase | undefined;
  let server: ServerProcess;
  let site: Website;
  let client: Registered;
  const told: Told[] = [];
  beforeAll(async () => {
    database = dialect === 'postgres' ? await createTestDatabase('postgres') : undefined;
    const settings = database === undefined ? {} : { LATCHKEY_DATABASE_URL: database.url };
    [server, site] = await Promise.all([startServer({ settings }), startWebsite()]);
    site.serve((request, response) => void receive(request, response));
    const uris = ['--redirect-uri', `${site.origin}/callback`, '--backchannel-logout-uri', `${site.origin}/logout`];
    client = await addClient(server, 'Shop', ['--grant', 'authorization_code', ...uris, '--first-party']);
  });
  afterAll(async () => {
    await server?.close();
    await site?.[Symbol.asyncDispose]();
    await database?.drop();
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = performance.now();
    const form = new URLSearchParams(await text(request));
    told.push({ atMs, contentType: request.headers['content-type'], token: form.get('logout_token') ?? '' });
    response.writeHead(200, { 'Cache-Control': 'no-store' }).end();
  }

  /** The ID token of whoever the cookie signs in. */
  async function idTokenFor(cookie: string): Promise<string> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: `${site.origin}/callback`,
      scope: 'openid',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const headers = { Cookie: cookie };
    const asked = await fetch(`${server.origin}/oauth/authorize?${query}`, { headers, redirect: 'manual' });
    const code = new URL(asked.headers.get('Location') ?? '').searchParams.get('code') ?? '';
    const exchanged = await fetch(`${server.origin}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${site.origin}/callback`,
        code_verifier: verifier,
      }),
    });
    return ((await exchanged.json()) as { readonly id_token: string }).id_token;
  }

  async function nextTold(count: number): Promise<Told> {
    await expect.poll(() => told.length, { interval: 5, timeout: 10_000 }).toBe(count);
    return told[count - 1]!;
  }

  /** As a client does (§2.6), by the keys that the server publishes. */
  async function verify(token: string): Promise<JWTPayload> {
    const keys = createRemoteJWKSet(new URL(`${server.origin}/.well-known/jwks.json`));
    const expected = { issuer: server.origin, audience: client.client_id, typ: 'logout+jwt', clockTolerance: 5 };
    return (await jwtVerify(token, keys, { ...expected, requiredClaims: ['iat', 'exp', 'jti', 'events'] })).payload;
  }

  test(`${SIGN_OUTS} sign-outs: the client is told of each within a second`, async () => {
    const account = await createAccount(server);
    const tookMs: number[] = [];
    const tokenIds = new Set<unknown>();
    for (let count = 1; count <= SIGN_OUTS; count += 1) {
      const cookie = await cookieOf(server.origin, account);
      const { sub, sid } = decodeJwt(await idTokenFor(cookie));
      const beganMs = performance.now();
      expect((await post(server.origin, '/api/sign-out', undefined, { Cookie: cookie })).status).toBeLessThan(300);
      const { atMs, contentType, token } = await nextTold(count);
      tookMs.push(atMs - beganMs);
      expect(contentType).toMatch(/^application\/x-www-form-urlencoded/);
      const claims = await verify(token);
      expect(claims).toMatchObject({ sub, sid, events: { [LOGOUT_EVENT]: {} } });
      expect(claims).not.toHaveProperty('nonce');
      tokenIds.add(claims.jti);
    }
    expect(tokenIds.size).toBe(SIGN_OUTS);
    // The median: a machine that is busy with other tests may be late once.
    expect(tookMs.toSorted((one, other) => one - other)[SIGN_OUTS / 2]).toBeLessThan(WITHIN_MS);
  });

  test('and of a ban by the command line, another process', async () => {
    const account = await createAccount(server, newAccount('Grace'));
    const { sid } = decodeJwt(await idTokenFor(await cookieOf(server.origin, account)));
    const before = told.length;
    const { code } = await latchkey(['users', 'ban', account.email], server);
    expect(code).toBe(0);
    const endedMs = performance.now();
    const { atMs, token } = await nextTold(before + 1);
    expect(await verify(token)).toMatchObject({ sid });
    expect(atMs - endedMs).toBeLessThan(WITHIN_MS);
  });
});

/** Latchkey on a socket of this machine, and the forum beside it, both in this process: they know of each other by HTTP alone. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { exportJWK, generateKeyPair } from 'jose';
import { addTestClient, type TestClient } from '../../../../packages/server/test/support/clients.ts';
import { destinationOf } from '../../../../packages/server/test/support/code-flow.ts';
import type { CookieJar } from '../../../../packages/server/test/support/cookie-jar.ts';
import { findFreePort } from '../../../../packages/server/test/support/free-port.ts';
import { startTestServer, type TestServer } from '../../../../packages/server/test/support/test-server.ts';
import { createForum, type Forum } from '../../src/create-forum.ts';
import type { Log } from '../../src/http/environment.ts';
import { readSettings, type Settings } from '../../src/settings.ts';

export const FORUM = 'http://localhost:4500';
export const TOOL = 'http://localhost:4501';
const PASSWORD = 'correct horse battery staple';

export interface TwoServers extends AsyncDisposable {
  readonly latchkey: TestServer;
  readonly forum: Forum;
  readonly settings: Settings;
  /** The forum as Latchkey's client. */
  readonly client: TestClient;
  /** How often the forum has asked the token endpoint, for somebody who is signed in. */
  readonly tokenRequests: () => number;
  /** The forum's clock, which only goes on by this. Latchkey's and the verifier's is the real one. */
  advance(ms: number): void;
  /** Another process of the forum, on the same database, with the clock of the first. */
  startAnother(): Promise<Forum>;
  /** Whether Latchkey answers. While it does not, connections are refused. */
  listen(): Promise<void>;
  unlisten(): Promise<void>;
  /** A call of Latchkey's management API. */
  manage(method: string, path: string): Promise<Response>;
  person(email: string): Promise<Person>;
}

/** Somebody with an account, and a browser of their own: its cookies are for both servers, as localhost's are. */
export interface Person {
  readonly id: string;
  readonly jar: CookieJar;
  /** A request as a page of the forum makes it. */
  visit(path: string, options?: Visit): Promise<Response>;
  /** Signs in to Latchkey, in a slot of it. */
  enterLatchkey(email?: string, slot?: number): Promise<void>;
  /** A change that a page of Latchkey makes. */
  atLatchkey(path: string): Promise<Response>;
  /** An access token of the browser's session at Latchkey, for an API. */
  tokenFor(audience: string): Promise<string>;
  /** Begins to sign in to the forum, and goes through Latchkey, up to the address that leads back. */
  authorize(query?: string, fields?: Readonly<Record<string, string>>): Promise<URL>;
  /** All of it: the forum's answer at the end. */
  signIn(query?: string, fields?: Readonly<Record<string, string>>): Promise<Response>;
}

interface Visit {
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startTwoServers(more: Readonly<Record<string, string>> = {}): Promise<TwoServers> {
  const directory = await mkdtemp(join(tmpdir(), 'forum-'));
  const port = await findFreePort();
  const issuer = `http://localhost:${port}`;
  const latchkey = await startTestServer({ settings: { LATCHKEY_ISSUER: issuer, LATCHKEY_MODE: 'development' } });
  const { operations } = latchkey;
  const client = await addTestClient(operations, {
    name: 'Sawal',
    grants: ['authorization_code', 'refresh_token'],
    redirectUris: [`${FORUM}/callback`],
    postLogoutRedirectUris: [`${FORUM}/`],
    scope: 'revocations:read introspect',
    audiences: [FORUM],
    isFirstParty: true,
  });
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keyFile = join(directory, 'job.jwk');
  await writeFile(keyFile, JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'job' }));
  const job = await addTestClient(operations, {
    name: 'Sawal: letters and accounts',
    grants: ['client_credentials'],
    scope: 'admin:users:read',
    authMethod: 'private_key_jwt',
    jwks: JSON.stringify({ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'job' }),
  });
  const settings = readSettings({
    FORUM_DATABASE: join(directory, 'forum.db'),
    FORUM_SECRET: 'a secret of a test, which is more than 32 bytes long',
    LATCHKEY_ISSUER: issuer,
    FORUM_CLIENT_ID: client.id,
    FORUM_CLIENT_SECRET: client.secret,
    FORUM_JOB_CLIENT_ID: job.id,
    FORUM_JOB_KEY_FILE: keyFile,
    ...more,
  });
  let tokenRequests = 0;
  let socket: Server | undefined;
  const listen = async () => {
    const fetch = (request: Request) => {
      // The service account has a key, and no secret.
      if (new URL(request.url).pathname === '/oauth/token' && request.headers.has('Authorization')) tokenRequests += 1;
      return latchkey.fetch(request);
    };
    socket = serve({ fetch, port, hostname: '127.0.0.1' }) as Server;
    await once(socket, 'listening');
  };
  const unlisten = async () => {
    const closing = socket;
    socket = undefined;
    closing?.close();
    closing?.closeAllConnections();
    if (closing?.listening === true) await once(closing, 'close');
  };
  await listen();
  let aheadMs = 0;
  const clock = () => Date.now() + aheadMs;
  const forum = await createForum(settings, silent, clock);
  const others: Forum[] = [];
  const admin = await addTestClient(operations, { name: 'Admin', grants: ['client_credentials'], scope: 'admin' });
  return {
    latchkey,
    forum,
    settings,
    client,
    tokenRequests: () => tokenRequests,
    advance: (ms) => {
      aheadMs += ms;
    },
    startAnother: async () => {
      const another = await createForum(settings, silent, clock);
      others.push(another);
      return another;
    },
    listen,
    unlisten,
    manage: async (method, path) => {
      const form = { grant_type: 'client_credentials', scope: 'admin' };
      const headers = { Authorization: admin.basic };
      const answer = await latchkey.request('/oauth/token', { form: Object.entries(form), headers });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      return latchkey.request(`/admin/api${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
    },
    person: (email) => createPerson(latchkey, forum, email),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([forum, ...others].map((each) => each.close()));
      await unlisten();
      await latchkey.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function createPerson(latchkey: TestServer, forum: Forum, email: string): Promise<Person> {
  await latchkey.signUpAndVerify(email, PASSWORD);
  const browser = latchkey.browser();
  const { jar } = browser;
  const visit: Person['visit'] = async (path, { form, headers } = {}) => {
    const url = new URL(path, FORUM);
    const cookie = jar.header(url);
    const request = new Request(url, {
      headers: {
        Accept: 'text/html',
        'Sec-Fetch-Site': 'same-origin',
        ...(cookie !== undefined && { Cookie: cookie }),
        ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form) }),
    });
    const response = await forum.fetch(request);
    jar.apply(url, response);
    return response;
  };
  const enterLatchkey: Person['enterLatchkey'] = async (as = email, slot) => {
    const answer = await browser.signIn(as, PASSWORD, slot === undefined ? {} : { slot });
    if (answer.status !== 200) throw new Error(`Latchkey answered ${answer.status}`);
  };
  await enterLatchkey();
  const { user } = (await browser.session()) ?? {};
  const authorize: Person['authorize'] = async (query = '', fields = {}) => {
    const asked = await visit(`/sign-in${query}`, { form: fields });
    const location = asked.headers.get('Location');
    if (location === null) throw new Error(`The forum answered ${asked.status}: ${await asked.text()}`);
    const { pathname, search } = new URL(location);
    const back = await destinationOf(await browser.request(pathname + search));
    if (back === undefined) throw new Error('Latchkey sends nowhere');
    return new URL(back);
  };
  return {
    id: user?.id ?? '',
    jar,
    visit,
    enterLatchkey,
    atLatchkey: (path) => browser.request(path, { json: {} }),
    tokenFor: async (audience) => {
      const answer = await browser.request('/api/session/token', { json: { audience } });
      return ((await answer.json()) as { access_token: string }).access_token;
    },
    authorize,
    signIn: async (query, fields) => {
      const { pathname, search } = await authorize(query, fields);
      return visit(pathname + search, { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    },
  };
}

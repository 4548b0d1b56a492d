import { randomBytes } from 'node:crypto';
import { ROUTES } from '@latchkey/protocol';
import { parseEmailAddress } from '../../src/domain/email-addresses/parse.ts';
import { JWT_BEARER_GRANT } from '../../src/domain/clients/client.ts';
import type { ClientId, SessionId, UserId } from '../../src/domain/ids.ts';
import { normalisePassword } from '../../src/domain/passwords/policy.ts';
import { encodeCredential } from '../../src/domain/sessions/credential.ts';
import { banUser } from '../../src/operations/ban-user.ts';
import { changeClient } from '../../src/operations/change-client.ts';
import { changeApplicationRoles } from '../../src/operations/change-application-roles.ts';
import { changeRole } from '../../src/operations/change-role.ts';
import { deleteUserByOperator } from '../../src/operations/delete-user.ts';
import { endSessionByOperator, endUserSessionsByOperator } from '../../src/operations/end-sessions.ts';
import { addClient, disableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { fetchDueClientKeys } from '../../src/operations/fetch-client-keys.ts';
import { revokeSigningKey } from '../../src/operations/revoke-signing-key.ts';
import { revokeToken } from '../../src/operations/revoke-token.ts';
import { setClientKeys } from '../../src/operations/set-client-keys.ts';
import { saveConsent } from '../../src/storage/authorizations.ts';
import { insertSession } from '../../src/storage/sessions.ts';
import { listSigningKeys } from '../../src/storage/signing-keys.ts';
import { insertUser, savePasswordHash } from '../../src/storage/users.ts';
import { aSession, aUser } from '../storage/nodes.ts';
import {
  grantAssertion,
  keySet,
  newTestKey,
  signAssertion,
  startKeySetServer,
  type TestKey,
} from '../support/assertions.ts';
import { addTestClient } from '../support/clients.ts';
import { addCodeClient, claimsIn, codeFor, exchange, refresh, tokensOf } from '../support/code-flow.ts';
import { PASSWORD, tokenIn, type TestBrowser, type TestClock, type TestServer } from '../support/test-server.ts';

const SECOND_MS = 1000;
const ROTATE_MS = 600 * SECOND_MS;
const OVERLAP_MS = 60 * SECOND_MS;
const CLIENT = {
  name: 'Orders',
  grants: [],
  scope: 'admin',
  audiences: [],
  redirectUris: [],
  isPublic: false,
  authMethod: undefined,
};

/** Where a path is tried: an address that nobody has yet, on a server that stands still. */
export interface World {
  readonly server: TestServer;
  readonly clock: TestClock;
  readonly email: string;
}

interface ExpectedEvent {
  readonly kind: string;
  readonly key: string;
  /** For a subject and a client; null for others. */
  readonly version?: number;
}

interface Attempt {
  /** Ends something, by HTTP where there is a way. */
  readonly act: () => Promise<unknown>;
  /** What the log is to say of it afterwards. */
  readonly expected: () => readonly ExpectedEvent[];
}

interface Path {
  readonly name: string;
  /** The operations, exported functions all, that this takes to its end. */
  readonly by: readonly string[];
  readonly arrange: (world: World) => Promise<Attempt>;
}

/** Hashed once: it takes as long as all else together. */
let passwordHash: Promise<string> | undefined;

/** Somebody who is signed in. */
async function someone({ server, email }: World) {
  const { operations } = server;
  const now = operations.clock();
  const user = aUser({ email: parseEmailAddress(email)!, emailVerifiedAt: now });
  passwordHash ??= operations.passwords.hash(normalisePassword(PASSWORD));
  const hash = await passwordHash;
  await operations.store.transaction(async (tx) => {
    await insertUser(tx, user);
    await savePasswordHash(tx, user.id, hash, now);
  });
  const browser = server.browser();
  await must(browser.signIn(email));
  const { session } = (await browser.session())!;
  return { id: user.id, browser, sessionId: session.id as SessionId, version: 1 };
}

async function must(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.status >= 400) throw new Error(`Answered ${response.status}: ${await response.text()}`);
  return response;
}

const subject = (id: UserId, version: number): ExpectedEvent[] => [{ kind: 'subject', key: id, version }];
const sessionEvent = (...ids: SessionId[]): ExpectedEvent[] => ids.map((key) => ({ kind: 'session', key }));

/** Something that somebody who is signed in asks for, and that voids all tokens of that user. */
function asSubject(by: string, name: string, ask: (browser: TestBrowser, world: World) => Promise<Response>): Path {
  return {
    name,
    by: [by],
    arrange: async (world) => {
      const { id, browser, version } = await someone(world);
      return { act: () => must(ask(browser, world)), expected: () => subject(id, version + 1) };
    },
  };
}

/** As an operator does it on the command line. */
function asOperator(
  by: string,
  name: string,
  ask: (world: World, id: UserId, sessionId: SessionId) => Promise<unknown>,
  expected = (id: UserId, _sessionId: SessionId, version: number) => subject(id, version + 1),
): Path {
  return {
    name,
    by: [by],
    arrange: async (world) => {
      const { id, sessionId, version } = await someone(world);
      return { act: () => ask(world, id, sessionId), expected: () => expected(id, sessionId, version) };
    },
  };
}

/** The path of a client that was registered for it. */
function ofClient(by: string, name: string, act: (world: World, id: ClientId) => Promise<unknown>): Path {
  return {
    name,
    by: [by],
    arrange: async (world) => {
      const { client } = await aClient(world);
      return { act: () => act(world, client.id), expected: () => [{ kind: 'client', key: client.id, version: 2 }] };
    },
  };
}

/** A key is not among those any more that a client gives out; there is another. */
function lostKey(
  name: string,
  by: readonly string[],
  find: (world: World, by: { readonly id: ClientId; readonly key: TestKey }) => Promise<unknown>,
): Path {
  return {
    name: `a key is gone from where it was fetched: found ${name}`,
    by,
    arrange: async (world) => {
      const { operations } = world.server;
      const [old, key] = [await newTestKey('old'), await newTestKey('new')];
      const keys = await startKeySetServer(keySet(old));
      const { id } = await addTestClient(operations, { grants: [JWT_BEARER_GRANT], jwksUri: keys.url });
      world.clock.advance(ROTATE_MS);
      keys.answer(keySet(key));
      const act = async () => {
        await find(world, { id, key });
        await keys[Symbol.asyncDispose]();
      };
      return { act, expected: () => [{ kind: 'client', key: id, version: 2 }] };
    },
  };
}

async function aClient({ server: { operations } }: World) {
  const added = await addClient(operations, CLIENT, 'test');
  if (added.kind !== 'added') throw new Error(JSON.stringify(added.problems));
  return added;
}

async function mailedToken({ server }: World, address: string): Promise<string> {
  return tokenIn(await server.mailTo(address));
}

/** Asks for another address and gives the token that is mailed there. */
async function askForAddress(world: World, browser: TestBrowser): Promise<string> {
  const email = `new-${world.email}`;
  await must(browser.request(ROUTES.email, { json: { password: PASSWORD, email } }));
  world.clock.advance(1);
  return mailedToken(world, email);
}

const post = (browser: TestBrowser, path: string) => browser.request(path, { method: 'POST' });
const cookieOf = ({ jar }: TestBrowser) => `latchkey=${jar.get('latchkey')!.value}`;

const SESSIONS: readonly Path[] = [
  {
    name: 'sign-out',
    by: ['endOneSession', 'endLine'],
    arrange: async (world) => {
      const { browser, sessionId } = await someone(world);
      return { act: () => must(post(browser, ROUTES.signOut)), expected: () => sessionEvent(sessionId) };
    },
  },
  {
    name: 'a device is removed',
    by: ['endOneSession'],
    arrange: async (world) => {
      const { sessionId } = await someone(world);
      const other = world.server.browser();
      await must(other.signIn(world.email));
      const act = () => must(other.request(`${ROUTES.sessions}/${sessionId}`, { method: 'DELETE' }));
      return { act, expected: () => sessionEvent(sessionId) };
    },
  },
  asSubject('endAllSessions', 'the other devices are signed out', (browser) => post(browser, ROUTES.revokeOthers)),
  asSubject('endAllSessions', 'signed out everywhere', (browser) => post(browser, ROUTES.revokeAll)),
  {
    name: 'sign-out, where it is not known that the cookie of another sign-in arrived',
    by: ['endOneSession', 'endLine'],
    arrange: async (world) => {
      const { browser, sessionId } = await someone(world);
      await must(browser.signIn(world.email));
      const { session } = (await browser.session())!;
      const ids = [sessionId, session.id as SessionId].toSorted();
      return { act: () => must(post(browser, ROUTES.signOut)), expected: () => sessionEvent(...ids) };
    },
  },
  {
    name: 'another sign-in takes the place of a session: its cookie arrived',
    by: ['refreshSession', 'endLine'],
    arrange: async (world) => {
      const { browser, sessionId } = await someone(world);
      await must(browser.signIn(world.email));
      world.clock.advance(OVERLAP_MS);
      return { act: () => browser.session(), expected: () => sessionEvent(sessionId) };
    },
  },
  {
    name: 'a sign-in of another user takes the place of a session',
    by: ['signIn', 'concludeBeginning', 'endLine'],
    arrange: async (world) => {
      const { browser, sessionId } = await someone(world);
      const email = `other-${world.email}`;
      await someone({ ...world, email });
      return { act: () => must(browser.signIn(email)), expected: () => sessionEvent(sessionId) };
    },
  },
  {
    name: "a sign-in by a mailed link takes the place of another user's session",
    by: ['confirmMagicLink', 'concludeBeginning', 'endLine'],
    arrange: async (world) => {
      const { browser, sessionId } = await someone(world);
      const email = `other-${world.email}`;
      await someone({ ...world, email });
      await must(browser.request(ROUTES.magicLink, { json: { email } }));
      const token = tokenIn(await world.server.mailTo(email));
      const act = () => must(browser.request(ROUTES.confirmMagicLink, { json: { token } }));
      return { act, expected: () => sessionEvent(sessionId) };
    },
  },
  {
    name: 'a sign-in beyond the greatest number of sessions',
    by: ['signIn', 'beginSession', 'makeRoomForSession'],
    arrange: async (world) => {
      const { server, clock } = world;
      const { id, sessionId } = await someone(world);
      const now = clock.now() + 1;
      const live = { createdAt: now, lastUsedAt: now, idleExpiresAt: now + ROTATE_MS, expiresAt: now + ROTATE_MS };
      await server.operations.store.transaction(async (tx) => {
        for (let count = 1; count < 100; count += 1) await insertSession(tx, aSession(id, live));
      });
      return { act: () => must(server.browser().signIn(world.email)), expected: () => sessionEvent(sessionId) };
    },
  },
  {
    name: 'a theft is found',
    by: ['refreshSession'],
    arrange: async (world) => {
      const { server, clock } = world;
      const { browser, sessionId } = await someone(world);
      const copied = cookieOf(browser);
      for (let rotation = 0; rotation < 2; rotation += 1) {
        clock.advance(ROTATE_MS);
        await browser.session();
        clock.advance(OVERLAP_MS);
        await browser.session();
      }
      return {
        act: () => server.request(ROUTES.session, { cookie: copied }),
        expected: () => sessionEvent(sessionId),
      };
    },
  },
  {
    name: 'a late retry voids the branch of before',
    by: ['refreshSession'],
    arrange: async (world) => {
      const { server, clock } = world;
      const { browser, sessionId } = await someone(world);
      const before = cookieOf(browser);
      clock.advance(ROTATE_MS);
      // Its answer is lost.
      await server.request(ROUTES.session, { cookie: before });
      clock.advance(OVERLAP_MS);
      return {
        act: () => must(server.request(ROUTES.session, { cookie: before })),
        expected: () => [{ kind: 'branch', key: `${sessionId}:1.0` }],
      };
    },
  },
  asOperator(
    'endSessionByOperator',
    'an operator revokes a session',
    ({ server }, _id, sessionId) => endSessionByOperator(server.operations, sessionId, 'cli'),
    (_id, sessionId) => sessionEvent(sessionId),
  ),
  asOperator('endUserSessionsByOperator', 'an operator ends all sessions of a user', ({ server }, id) =>
    endUserSessionsByOperator(server.operations, id, 'cli'),
  ),
];

const ACCOUNTS: readonly Path[] = [
  {
    name: 'the cookie that a change of the password has sent arrives',
    by: ['refreshSession', 'endLine'],
    arrange: async (world) => {
      const { browser, sessionId } = await someone(world);
      const json = { current: PASSWORD, password: 'another good password' };
      await must(browser.request(ROUTES.password, { json }));
      return { act: () => browser.session(), expected: () => sessionEvent(sessionId) };
    },
  },
  asSubject('changePassword', 'the password is changed', (browser) =>
    browser.request(ROUTES.password, { json: { current: PASSWORD, password: 'another good password' } }),
  ),
  {
    name: 'the password is reset',
    by: ['resetPassword', 'voidUser'],
    arrange: async (world) => {
      const { server, email } = world;
      const { id, version } = await someone(world);
      await must(server.request(ROUTES.passwordReset, { json: { email } }));
      const json = { token: await mailedToken(world, email), password: 'another good password' };
      return {
        act: () => must(server.request(ROUTES.confirmPasswordReset, { json })),
        expected: () => subject(id, version + 1),
      };
    },
  },
  {
    name: 'the e-mail address is changed',
    by: ['confirmEmailChange', 'voidUser'],
    arrange: async (world) => {
      const { id, browser, version } = await someone(world);
      const token = await askForAddress(world, browser);
      return {
        act: () => must(world.server.request(ROUTES.confirmEmailChange, { json: { token } })),
        expected: () => subject(id, version + 1),
      };
    },
  },
  {
    name: 'a change of the e-mail address is undone',
    by: ['undoEmailChange', 'voidUser'],
    arrange: async (world) => {
      const { server, email } = world;
      const { id, browser, version } = await someone(world);
      const json = { token: await askForAddress(world, browser) };
      await must(server.request(ROUTES.confirmEmailChange, { json }));
      const token = await mailedToken(world, email);
      return {
        act: () => must(server.request(ROUTES.undoEmailChange, { json: { token } })),
        expected: () => subject(id, version + 2),
      };
    },
  },
  asSubject('deleteAccount', 'the account is deleted', (browser) =>
    browser.request(ROUTES.account, { method: 'DELETE', json: { password: PASSWORD } }),
  ),
  asOperator('banUser', 'the user is banned', ({ server }, id) => banUser(server.operations, { id }, 'cli')),
  asOperator('changeRole', 'the role is changed', ({ server }, id) =>
    changeRole(server.operations, { id, role: 'administrator' }, 'cli'),
  ),
  asOperator('changeApplicationRoles', 'a role of applications is granted', ({ server }, id) =>
    changeApplicationRoles(server.operations, { id, role: 'moderator', change: 'grant' }, 'cli'),
  ),
  asOperator('deleteUserByOperator', 'an operator deletes the account', ({ server }, id) =>
    deleteUserByOperator(server.operations, { id }, 'cli'),
  ),
];

const CLIENTS_AND_KEYS: readonly Path[] = [
  ofClient('changeClient', 'a client may do less than before', ({ server }, id) =>
    changeClient(server.operations, id, { scope: '' }, 'cli'),
  ),
  ofClient('disableClient', 'a client is disabled', ({ server }, id) => disableClient(server.operations, id, 'cli')),
  ofClient('rotateClientSecret', "a client's secret is replaced at once", ({ server }, id) =>
    rotateClientSecret(server.operations, id, 0, 'cli'),
  ),
  ofClient('removeClient', 'a client is removed', ({ server }, id) => removeClient(server.operations, id, 'cli')),
  {
    name: 'a key of a client is replaced',
    by: ['setClientKeys', 'replaceKeys'],
    arrange: async ({ server: { operations } }) => {
      const [old, other] = [await newTestKey('old'), await newTestKey('other')];
      const { id } = await addTestClient(operations, { jwks: keySet(old) });
      return {
        act: () => setClientKeys(operations, id, { jwks: keySet(other) }, 'cli'),
        expected: () => [{ kind: 'client', key: id, version: 2 }],
      };
    },
  },
  lostKey('by the round in the background', ['fetchDueClientKeys', 'fetchClientKeys', 'replaceKeys'], ({ server }) =>
    fetchDueClientKeys(server.operations),
  ),
  lostKey('when the client signs with another', ['authenticateByAssertion', 'fetchClientKeys'], async (world, by) => {
    const { server, clock } = world;
    const jwt = await signAssertion(by.key, { clientId: by.id, issuer: server.issuer, now: clock.now() });
    await must(server.request(ROUTES.token, { form: Object.entries(grantAssertion(jwt)) }));
  }),
  {
    name: 'an access token is revoked (RFC 7009)',
    by: ['revokeToken'],
    arrange: async (world) => {
      const { server } = world;
      const { client, secret } = await aClient(world);
      const { browser } = await someone(world);
      const answer = await must(post(browser, ROUTES.sessionToken));
      const { access_token: token } = (await answer.json()) as { readonly access_token: string };
      const { jti } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { readonly jti: string };
      const basic = Buffer.from(`${client.id}:${secret!.reveal()}`).toString('base64');
      const headers = { Authorization: `Basic ${basic}` };
      return {
        act: () => must(server.request(ROUTES.revoke, { form: [['token', token]], headers })),
        expected: () => [{ kind: 'token', key: jti }],
      };
    },
  },
  {
    name: 'a refresh token is revoked (RFC 7009)',
    by: ['revokeToken'],
    arrange: async (world) => {
      const { operations } = world.server;
      const { client } = await aClient(world);
      const { id } = await someone(world);
      const now = world.clock.now();
      const held = { clientId: client.id, carrier: 'refresh_token', salt: new Uint8Array(randomBytes(16)) } as const;
      const session = aSession(id, { ...held, idleExpiresAt: now + ROTATE_MS, expiresAt: now + ROTATE_MS });
      await operations.store.transaction((tx) => insertSession(tx, session));
      const token = encodeCredential(session, operations.keys.sessionMac);
      return {
        act: () => revokeToken(operations, client, token, { network: null, userAgent: null }),
        expected: () => sessionEvent(session.id),
      };
    },
  },
  ...[true, false].map((isOffline): Path => ({
    name: `a code is used twice (RFC 6749 §4.1.2), ${isOffline ? 'with' : 'without'} a refresh token`,
    by: ['exchangeCode'],
    arrange: async (world) => {
      const { server } = world;
      const grants = isOffline ? ['authorization_code', 'refresh_token'] : ['authorization_code'];
      const client = await addCodeClient(server, { grants });
      const { browser } = await someone(world);
      const code = await codeFor(browser, client);
      const claims = claimsIn((await tokensOf(exchange(server, client, code))).access_token);
      return {
        act: () => exchange(server, client, code),
        expected: () =>
          isOffline ? sessionEvent(claims['sid'] as SessionId) : [{ kind: 'token', key: claims['jti'] as string }],
      };
    },
  })),
  ...[true, false].map((isOffline): Path => ({
    name: `the user takes back what a client may, ${isOffline ? 'with' : 'without'} a refresh token`,
    by: ['withdrawAuthorization'],
    arrange: async (world) => {
      const { server } = world;
      const grants = isOffline ? ['authorization_code', 'refresh_token'] : ['authorization_code'];
      const client = await addCodeClient(server, { grants });
      const { id: userId, browser } = await someone(world);
      const { operations } = server;
      const consent = { userId, clientId: client.id, scopes: ['openid'] };
      await operations.store.transaction((tx) => saveConsent(tx, consent, operations.clock()));
      const claims = claimsIn((await tokensOf(exchange(server, client, await codeFor(browser, client)))).access_token);
      return {
        act: () => must(browser.request(`${ROUTES.authorizations}/${client.id}`, { method: 'DELETE' })),
        expected: () =>
          isOffline ? sessionEvent(claims['sid'] as SessionId) : [{ kind: 'token', key: claims['jti'] as string }],
      };
    },
  })),
  {
    name: 'a client signs the user out',
    by: ['logOut'],
    arrange: async (world) => {
      const { server } = world;
      const client = await addCodeClient(server);
      const { browser, sessionId } = await someone(world);
      const { id_token: hint } = await tokensOf(exchange(server, client, await codeFor(browser, client)));
      return {
        act: () => must(server.request(`${ROUTES.logout}?id_token_hint=${hint}`)),
        expected: () => sessionEvent(sessionId),
      };
    },
  },
  {
    name: 'a stolen refresh token is found',
    by: ['refreshTokens'],
    arrange: async (world) => {
      const { server, clock } = world;
      const client = await addCodeClient(server);
      const { browser } = await someone(world);
      const tokens = await tokensOf(exchange(server, client, await codeFor(browser, client)));
      let newest = tokens.refresh_token!;
      for (let rotation = 0; rotation < 2; rotation += 1) {
        clock.advance(ROTATE_MS);
        newest = (await tokensOf(refresh(server, client, newest))).refresh_token!;
        clock.advance(OVERLAP_MS);
        await tokensOf(refresh(server, client, newest));
      }
      return {
        act: () => refresh(server, client, tokens.refresh_token!),
        expected: () => sessionEvent(claimsIn(tokens.access_token)['sid'] as SessionId),
      };
    },
  },
  {
    name: 'a signing key is revoked',
    by: ['revokeSigningKey'],
    arrange: async ({ server: { operations } }) => {
      const { kid } = (await listSigningKeys(operations.store.queries)).find(({ state }) => state === 'active')!;
      return {
        act: () => revokeSigningKey(operations, kid, 'cli'),
        expected: () => [{ kind: 'key', key: kid }],
      };
    },
  },
];

/** All ways in which something ends. A new one is missing here until it is tried with all others. */
export const PATHS: readonly Path[] = [...SESSIONS, ...ACCOUNTS, ...CLIENTS_AND_KEYS];

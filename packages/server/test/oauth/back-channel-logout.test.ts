/** OpenID Connect Back-Channel Logout 1.0: who is told of what, how often, and by which token. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { ROUTES } from '@latchkey/protocol';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { disableClient, enableClient, removeClient } from '../../src/operations/manage-clients.ts';
import { LogoutNotifier, type NotifyOutcome } from '../../src/operations/notify-logouts.ts';
import type { OutboundRequest, OutboundResult } from '../../src/operations/outbound.ts';
import { purgeExpired } from '../../src/operations/purge-expired.ts';
import { verifyAccessToken } from '../../src/operations/verify-access-token.ts';
import { lockClient } from '../../src/storage/clients.ts';
import { insertLogoutNotices } from '../../src/storage/logout-notices.ts';
import { listToldOfLogouts, takeSignedInClients } from '../../src/storage/signed-in-clients.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { newId } from '../../src/domain/ids.ts';
import type { TestClient } from '../support/clients.ts';
import { addCodeClient, claimsIn, codeFor, exchange, tokensOf } from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const RECEIVER = 'https://shop.example/logout';
const ANSWERED: OutboundResult = { kind: 'answered', status: 200, body: '' };
const MINUTE_MS = 60_000;

describeEachDatabase('Back-Channel Logout', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    await server.signUpAndVerify('ada@example.com');
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    browser = server.browser();
    await browser.signIn('ada@example.com');
  });

  const addTold = (input = {}) => addCodeClient(server, { backchannelLogoutUri: RECEIVER, ...input });
  const here = async () => (await browser.session())!.session.id as SessionId;
  const letIn = async (client: TestClient, changed = {}, from = browser) =>
    tokensOf(exchange(server, client, await codeFor(from, client, changed)));
  const post = (path: string) => browser.request(path, { method: 'POST' });
  const endSession = (id: unknown) => browser.request(`${ROUTES.sessions}/${String(id)}`, { method: 'DELETE' });

  async function queued(client: TestClient): Promise<readonly SessionId[]> {
    const rows = await server.operations.store.queries
      .selectFrom('logout_notices')
      .select('session_id')
      .where('client_id', '=', client.id)
      .execute();
    return rows.map((row) => row.session_id);
  }

  /** Sends all that is due, and gives what was sent and what became of it. */
  async function sendDue(answer: (request: OutboundRequest) => OutboundResult, operations = server.operations) {
    const sent: OutboundRequest[] = [];
    const outcomes: NotifyOutcome['kind'][] = [];
    const errors: unknown[] = [];
    const outbound = {
      send: async (request: OutboundRequest) => {
        sent.push(request);
        return answer(request);
      },
    };
    const context: OperationContext = { ...operations, outbound };
    const notifier = new LogoutNotifier(
      context,
      (_notice, outcome) => outcomes.push(outcome.kind),
      (error) => {
        if (error !== undefined) errors.push(error);
      },
    );
    await notifier.sendDue(() => false);
    await notifier.settled();
    expect(errors).toEqual([]);
    return { sent, outcomes };
  }

  describe('§2.3: who is told', () => {
    test('of a sign-out: each client that got an ID token, once, by the session that it names', async () => {
      const [one, two, stranger] = [
        await addTold(),
        await addTold({ grants: ['authorization_code'] }),
        await addTold(),
      ];
      const first = await letIn(one);
      await letIn(one);
      await letIn(two);
      const { sid } = claimsIn(first.id_token!);
      expect(sid).toBe(await here());
      await post(ROUTES.signOut);
      expect([await queued(one), await queued(two), await queued(stranger)]).toEqual([[sid], [sid], []]);
    });

    test('not who got no ID token, or has no address', async () => {
      const client = await addTold({ scope: 'orders:read' });
      await letIn(client, { scope: 'orders:read' });
      const mute = await addCodeClient(server);
      await letIn(mute);
      await post(ROUTES.signOut);
      expect([await queued(client), await queued(mute)]).toEqual([[], []]);
    });

    test('nor who was disabled meanwhile, or removed; who is enabled again is', async () => {
      const [disabled, removed, enabled] = [await addTold(), await addTold(), await addTold()];
      for (const client of [disabled, removed, enabled]) await letIn(client);
      await disableClient(server.operations, disabled.id, 'test');
      await removeClient(server.operations, removed.id, 'test');
      await disableClient(server.operations, enabled.id, 'test');
      await enableClient(server.operations, enabled.id, 'test');
      const sid = await here();
      await post(ROUTES.signOut);
      expect([await queued(disabled), await queued(removed), await queued(enabled)]).toEqual([[], [], [sid]]);
    });

    test('nobody of a code that comes back after the session has ended', async () => {
      const client = await addTold();
      const code = await codeFor(browser, client);
      await post(ROUTES.signOut);
      expect((await exchange(server, client, code)).status).toBe(400);
      expect(await queued(client)).toEqual([]);
    });

    test('other browsers of the user are left alone', async () => {
      const client = await addTold();
      await letIn(client);
      const sid = await here();
      const other = server.browser();
      await other.signIn('ada@example.com');
      await letIn(client, {}, other);
      await post(ROUTES.signOut);
      expect(await queued(client)).toEqual([sid]);
    });
  });

  describe("a client's own session, ended alone", () => {
    test('is told as an end of the browser session that it came of', async () => {
      const client = await addTold();
      const tokens = await letIn(client);
      expect((await endSession(claimsIn(tokens.access_token)['sid'])).status).toBe(204);
      expect(await queued(client)).toEqual([await here()]);
      // And not once more when that one ends.
      await post(ROUTES.signOut);
      expect(await queued(client)).toHaveLength(1);
    });

    test('also after the browser has signed out', async () => {
      const client = await addTold();
      const tokens = await letIn(client);
      const sid = await here();
      await post(ROUTES.signOut);
      expect(await queued(client)).toEqual([sid]);
      await sendDue(() => ANSWERED);
      await browser.signIn('ada@example.com');
      await endSession(claimsIn(tokens.access_token)['sid']);
      expect(await queued(client)).toEqual([sid]);
    });

    test('is not told while it has another one of the same browser, nor where the client ended it itself', async () => {
      const client = await addTold();
      const [first, second] = [await letIn(client), await letIn(client)];
      await endSession(claimsIn(first.access_token)['sid']);
      expect(await queued(client)).toEqual([]);
      const form = [['token', second.refresh_token!]] as const;
      await server.request(ROUTES.revoke, { form, headers: { Authorization: client.basic } });
      expect(await queued(client)).toEqual([]);
      await post(ROUTES.signOut);
      expect(await queued(client)).toHaveLength(1);
    });

    test('ended with all others is told, the browser that stays or not', async () => {
      const client = await addTold();
      await letIn(client);
      await post(ROUTES.revokeOthers);
      expect(await queued(client)).toEqual([await here()]);
    });
  });

  describe('§2.4: the logout token', () => {
    const tokenSent = async () => {
      const client = await addTold();
      const { id_token: idToken = '' } = await letIn(client);
      await post(ROUTES.signOut);
      const { sent, outcomes } = await sendDue(() => ANSWERED);
      expect(outcomes).toEqual(sent.map(() => 'told'));
      const request = sent.find(({ form }) => claimsIn(form!['logout_token']!)['aud'] === client.id);
      return { client, idToken, request: request!, token: request!.form!['logout_token']! };
    };

    test('has the claims that it must have, no nonce, and the type of nothing else', async () => {
      const { client, idToken, request, token } = await tokenSent();
      expect(request).toMatchObject({ url: RECEIVER, form: { logout_token: token } });
      expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'logout+jwt', alg: 'ES256' });
      const { sub, sid } = claimsIn(idToken);
      const now = clock.now() / 1000;
      expect(claimsIn(token)).toEqual({
        iss: server.issuer,
        sub,
        sid,
        aud: client.id,
        iat: now,
        exp: now + 120,
        jti: expect.stringMatching(/^[\w-]{22}$/) as string,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      });
      expect(await queued(client)).toEqual([]);
    });

    test('is no ID token hint and no access token; and neither of those is one', async () => {
      const { client, idToken, token } = await tokenSent();
      await browser.signIn('ada@example.com');
      const access = (await letIn(client)).access_token;
      expect((await browser.request(`${ROUTES.logout}?id_token_hint=${token}`)).status).toBe(200);
      expect(await browser.session()).toBeDefined();
      expect(await verifyAccessToken(server.operations, token)).toBeUndefined();
      const userinfo = await server.request(ROUTES.userinfo, { headers: { Authorization: `Bearer ${token}` } });
      expect(userinfo.status).toBe(401);
      const { keys } = await server.operations.keyRing.publicKeySet();
      const asLogoutToken = { typ: 'logout+jwt', currentDate: new Date(clock.now()) };
      await expect(jwtVerify(token, keys.find(isOf(token))!, asLogoutToken)).resolves.toBeDefined();
      for (const other of [idToken, access]) {
        await expect(jwtVerify(other, keys.find(isOf(other))!, asLogoutToken)).rejects.toMatchObject({
          code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
        });
      }
    });
  });

  describe('§2.8: what the client answers', () => {
    const signedOut = async () => {
      await sendDue(() => ANSWERED);
      const client = await addTold();
      await letIn(client);
      await post(ROUTES.signOut);
      return client;
    };

    test.each([200, 204])('%i: it is told', async (status) => {
      const client = await signedOut();
      expect((await sendDue(() => ({ ...ANSWERED, status }))).outcomes).toEqual(['told']);
      expect(await queued(client)).toEqual([]);
    });

    test('400: it is not told again, and that is in the audit log', async () => {
      const client = await signedOut();
      clock.advance(1);
      expect((await sendDue(() => ({ ...ANSWERED, status: 400 }))).outcomes).toEqual(['given_up']);
      expect(await queued(client)).toEqual([]);
      const [event] = await server.auditEvents(1);
      expect(event).toMatchObject({ type: 'logout_notice.given_up', target: client.id, outcome: 'failure' });
    });

    test.each<OutboundResult>([
      { kind: 'answered', status: 500, body: '' },
      { kind: 'answered', status: 302, body: '' },
      { kind: 'answered', status: 201, body: '' },
      { kind: 'answered', status: 404, body: '' },
      { kind: 'failed', reason: 'timed_out' },
      { kind: 'failed', reason: 'address_not_allowed' },
    ])('%j: it is told again, with growing waits, for about an hour', async (answer) => {
      const client = await signedOut();
      const began = clock.now();
      const tokens = new Set<string>();
      for (let attempt = 1; attempt < 10; attempt += 1) {
        const { sent, outcomes } = await sendDue(() => answer);
        expect(outcomes).toEqual(['failed']);
        tokens.add(String(claimsIn(sent[0]!.form!['logout_token']!)['jti']));
        expect((await sendDue(() => answer)).outcomes).toEqual([]);
        const wait = Math.min(15_000 * 2 ** (attempt - 1), 15 * MINUTE_MS);
        clock.advance(wait - 1);
        expect((await sendDue(() => answer)).outcomes).toEqual([]);
        clock.advance(1);
      }
      expect((await sendDue(() => answer)).outcomes).toEqual(['given_up']);
      expect(tokens.size).toBe(9);
      expect(await queued(client)).toEqual([]);
      expect((clock.now() - began) / MINUTE_MS).toBeGreaterThan(55);
      expect((clock.now() - began) / MINUTE_MS).toBeLessThan(70);
    });

    test('a client that was disabled after the sign-out is not asked', async () => {
      const client = await signedOut();
      await disableClient(server.operations, client.id, 'test');
      expect(await sendDue(() => ANSWERED)).toEqual({ sent: [], outcomes: ['not_wanted'] });
      expect(await queued(client)).toEqual([]);
    });
  });

  test('two nodes with 25 senders each: every notice is sent once', async () => {
    await sendDue(() => ANSWERED);
    const client = await addTold();
    const other = openStore({ url: database.url });
    const userId = (await browser.session())!.user.id as UserId;
    const notices = Array.from({ length: 40 }, () => {
      const id = newId('lgo', clock.now(), server.operations.random);
      return {
        id,
        clientId: client.id,
        userId,
        sessionId: newId('ses', clock.now(), server.operations.random),
      };
    });
    await other.transaction((tx) => insertLogoutNotices(tx, notices, clock.now()));
    const nodes = [server.operations, { ...server.operations, store: other }];
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => sendDue(() => ANSWERED, nodes[index % 2])));
    const told = all.flatMap(({ sent }) => sent.map(({ form }) => claimsIn(form!['logout_token']!)['sid']));
    expect(told.map(String).toSorted()).toEqual(notices.map(({ sessionId }) => sessionId).toSorted());
    await other.close();
  });

  test('a slow client holds up no other', async () => {
    await sendDue(() => ANSWERED);
    const [slow, quick] = [await addTold({ backchannelLogoutUri: 'https://slow.example/' }), await addTold()];
    const userId = (await browser.session())!.user.id as UserId;
    const noticesFor = (client: TestClient, length: number) =>
      Array.from({ length }, () => {
        const [id, sessionId] = [
          newId('lgo', clock.now(), server.operations.random),
          newId('ses', clock.now(), server.operations.random),
        ];
        return { id, clientId: client.id, userId, sessionId };
      });
    await server.operations.store.transaction((tx) =>
      insertLogoutNotices(tx, [...noticesFor(slow, 20), ...noticesFor(quick, 3)], clock.now()),
    );
    const answers = Promise.withResolvers<OutboundResult>();
    const asked: string[] = [];
    const outbound = {
      send: async ({ url }: OutboundRequest) => {
        asked.push(url);
        return url === RECEIVER ? ANSWERED : answers.promise;
      },
    };
    const notifier = new LogoutNotifier(
      { ...server.operations, outbound },
      () => {},
      () => {},
    );
    await notifier.sendDue(() => false);
    await expect.poll(() => queued(quick)).toEqual([]);
    expect(asked.filter((url) => url !== RECEIVER)).toHaveLength(4);
    answers.resolve(ANSWERED);
    await notifier.settled();
    await sendDue(() => ANSWERED);
  });

  // SQLite has one transaction at a time: there nothing is ever at the same time as another.
  if (database.dialect === 'postgres') {
    describe('at the same time as a change of the client, neither waits for the other', () => {
      test('a sign-out', async () => {
        const client = await addTold();
        await letIn(client);
        await server.operations.store.transaction(async (tx) => {
          await lockClient(tx, client.id);
          expect((await post(ROUTES.signOut)).status).toBe(204);
        });
        expect(await queued(client)).toHaveLength(1);
      });

      test('a removal waits for a sign-out alone', async () => {
        const client = await addTold();
        await letIn(client);
        const sessionId = await here();
        const [ending, id] = [clock.now(), newId('lgo', clock.now(), server.operations.random)];
        const { removal } = await server.operations.store.transaction(async (tx) => {
          const taken = await takeSignedInClients(tx, { kind: 'session', sessionId }, ending);
          const begun = removeClient(server.operations, client.id, 'test');
          await setTimeout(100);
          expect(await listToldOfLogouts(tx, [client.id])).toEqual(new Set([client.id]));
          await insertLogoutNotices(
            tx,
            taken.map((each) => ({ ...each, id })),
            ending,
          );
          return { removal: begun };
        });
        expect(await removal).toMatchObject({ kind: 'changed' });
        expect(await queued(client)).toEqual([]);
      });
    });
  }

  test('what is known of sessions goes when they have expired', async () => {
    const client = await addTold();
    await letIn(client);
    const rows = async () => (await server.tableCounts())['signed_in_clients'];
    expect(await rows()).toBeGreaterThan(0);
    clock.advance(400 * 86_400_000);
    await purgeExpired(server.operations);
    expect(await rows()).toBe(0);
  });
});

const isOf =
  (token: string) =>
  ({ kid }: { readonly kid?: string }): boolean =>
    kid === decodeProtectedHeader(token).kid;

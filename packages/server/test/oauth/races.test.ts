/** What happens to a client between the beginning of its request and the end, and what one client does to others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseForm } from '../../src/domain/clients/form-encoding.ts';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import { allowAuthorization, readAuthorization, type CheckedAuthorization } from '../../src/operations/authorize.ts';
import { changeClient, type ClientChanges } from '../../src/operations/change-client.ts';
import { exchangeCode } from '../../src/operations/exchange-code.ts';
import { disableClient, enableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { pushAuthorization } from '../../src/operations/push-authorization.ts';
import { refreshTokens } from '../../src/operations/refresh-tokens.ts';
import { FORM_ACTIONS } from '../../src/pages/form-actions.ts';
import { findSession, type SessionWithUser } from '../../src/storage/sessions.ts';
import { addClientSession, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  answerOf,
  authorizePath,
  claimsIn,
  codeFor,
  destinationOf,
  exchange,
  hiddenFieldOf,
  refresh,
  REDIRECT_URI,
  tokensOf,
  VERIFIER,
} from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const NOBODY = { network: null, userAgent: null };

describeEachDatabase('races of clients', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let browser: TestBrowser;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    browser = await server.signedIn('ada@example.com');
  });
  afterAll(() => server.close());

  describe('a client that was believed a moment ago', () => {
    const byCode = (client: TestClient, code: string) =>
      exchangeCode(
        server.operations,
        client.client,
        { code, redirectUri: REDIRECT_URI, verifier: VERIFIER, audiences: [] },
        NOBODY,
      );

    async function readChecked(client: TestClient, changed = {}): Promise<CheckedAuthorization> {
      const parsing = parseForm(authorizePath(client, changed).split('?')[1]!);
      const reading = await readAuthorization(
        server.operations,
        parsing.kind === 'parsed' ? parsing.parameters : new Map(),
      );
      if (reading.kind !== 'checked') throw new Error(reading.kind);
      return reading;
    }

    async function currentSession(): Promise<SessionWithUser> {
      const { session } = (await browser.session())!;
      return (await findSession(server.operations.store.queries, session.id as SessionId))!;
    }

    test('gets nothing for a code by a secret that was made void meanwhile', async () => {
      const client = await addCodeClient(server);
      const code = await codeFor(browser, client);
      await rotateClientSecret(server.operations, client.id, 0, 'test');
      expect(await byCode(client, code)).toMatchObject({ kind: 'invalid_grant', reason: 'client_changed' });
    });

    test.each([
      ['removed', removeClient],
      ['disabled', disableClient],
    ])('pushes no request once it was %s', async (_how, end) => {
      const client = await addCodeClient(server);
      const parsing = parseForm(authorizePath(client).split('?')[1]!);
      const parameters = parsing.kind === 'parsed' ? parsing.parameters : new Map<string, string[]>();
      await end(server.operations, client.id, 'test');
      const result = await pushAuthorization(server.operations, client.client, parameters);
      expect(result).toEqual({ kind: 'refused', error: 'unauthorized_client' });
    });

    test('nor for a refresh token, which stays as it is for the client itself', async () => {
      const client = await addCodeClient(server);
      const { refresh_token: token = '' } = await tokensOf(exchange(server, client, await codeFor(browser, client)));
      const rotated = await rotateClientSecret(server.operations, client.id, 0, 'test');
      const request = { refreshToken: token, scope: undefined, audiences: [] };
      expect(await refreshTokens(server.operations, client.client, request, NOBODY)).toMatchObject({
        kind: 'invalid_grant',
        reason: 'client_changed',
      });
      const secret = rotated.kind === 'rotated' ? rotated.secret.reveal() : '';
      const basic = `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`;
      expect((await refresh(server, { ...client, basic }, token)).status).toBe(200);
    });

    test('a rotation at leisure takes nothing away', async () => {
      const client = await addCodeClient(server);
      const code = await codeFor(browser, client);
      await rotateClientSecret(server.operations, client.id, 60, 'test');
      expect(await byCode(client, code)).toMatchObject({ kind: 'issued' });
    });

    test.each([
      ['disabled', disableClient],
      ['removed', removeClient],
    ] as const)('gets no code, and no consent is kept, once it was %s', async (_what, end) => {
      const client = await addCodeClient(server, { isFirstParty: false });
      const checked = await readChecked(client);
      await end(server.operations, client.id, 'test');
      const result = await allowAuthorization(server.operations, checked, await currentSession(), NOBODY);
      expect(result).toEqual({ kind: 'refused', error: 'unauthorized_client' });
      const kept = await server.operations.store.queries
        .selectFrom('consents')
        .select('scopes')
        .where('client_id', '=', client.id)
        .execute();
      expect(kept).toEqual([]);
    });

    describe('gets nothing that was taken from it while the user was asked', () => {
      const registered = {
        isFirstParty: false,
        scope: 'orders:read',
        audiences: ['https://orders.example', 'https://other.example'],
      };
      const asked = { scope: 'orders:read', resource: 'https://orders.example' };

      test.each<[string, ClientChanges, string]>([
        ['a scope', { scope: 'orders:write' }, 'invalid_scope'],
        ['an audience', { audiences: ['https://other.example'] }, 'invalid_target'],
        ['the grant', { grants: ['client_credentials'] }, 'unauthorized_client'],
        ['what was not pushed', { requiresPushedRequests: true }, 'invalid_request'],
      ])('%s', async (_what, changes, error) => {
        const client = await addCodeClient(server, registered);
        const page = await browser.request(authorizePath(client, asked));
        const continuation = await hiddenFieldOf(page, 'continuation');
        const begun = (await destinationOf(await server.browser().request(authorizePath(client, asked))))!;
        expect(await changeClient(server.operations, client.id, changes, 'test')).toMatchObject({ kind: 'changed' });

        const form = [['continuation', continuation] as const, ['decision', 'allow'] as const];
        expect(await problemOf(await browser.request(FORM_ACTIONS.consent, { form }))).toBe('400 invalid_request');
        expect(await answerOf(await browser.request(begun))).toMatchObject({ to: REDIRECT_URI, error });
      });

      test('nor in the moment of the answer', async () => {
        const client = await addCodeClient(server, registered);
        const checked = await readChecked(client, asked);
        await changeClient(server.operations, client.id, { scope: '' }, 'test');
        const result = await allowAuthorization(server.operations, checked, await currentSession(), NOBODY);
        expect(result).toEqual({ kind: 'refused', error: 'unauthorized_client' });
      });
    });

    test('a code of before does not come back with a client that is enabled again', async () => {
      const client = await addCodeClient(server);
      const code = await codeFor(browser, client);
      await disableClient(server.operations, client.id, 'test');
      await enableClient(server.operations, client.id, 'test');
      expect(await oauthErrorOf(await exchange(server, client, code))).toBe('400 invalid_grant');
      expect((await exchange(server, client, await codeFor(browser, client))).status).toBe(200);
    });
  });

  describe('a client that signs the user in over and over', () => {
    test('pushes out its own sessions, never those of browsers and of other clients', async () => {
      const person = await server.signedIn('bo@example.com');
      const { user, session } = (await person.session())!;
      const other = await addCodeClient(server);
      const { refresh_token: others = '' } = await tokensOf(exchange(server, other, await codeFor(person, other)));
      const greedy = await addCodeClient(server);
      clock.advance(1000);
      for (let made = 0; made < 100; made += 1) {
        await addClientSession(server.operations, user.id as UserId, greedy.id, { lastUsedAt: clock.now() + made });
      }
      const tokens = await tokensOf(exchange(server, greedy, await codeFor(person, greedy)));
      expect((await person.session())?.session.id).toBe(session.id);
      expect((await refresh(server, other, others)).status).toBe(200);
      const live = await server.operations.store.queries
        .selectFrom('sessions')
        .select('id')
        .where('client_id', '=', greedy.id)
        .where('revoked_at', 'is', null)
        .execute();
      expect(live).toHaveLength(100);
      expect(live.map(({ id }) => id)).toContain(claimsIn(tokens.access_token)['sid']);
    });
  });
});

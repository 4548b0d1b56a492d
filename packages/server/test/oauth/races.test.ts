/** What happens to a client between the beginning of its request and the end, and what one client does to others. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseForm } from '../../src/domain/clients/form-encoding.ts';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import { allowAuthorization, readAuthorization } from '../../src/operations/authorize.ts';
import { exchangeCode } from '../../src/operations/exchange-code.ts';
import { disableClient, enableClient, removeClient, rotateClientSecret } from '../../src/operations/manage-clients.ts';
import { refreshTokens } from '../../src/operations/refresh-tokens.ts';
import { findSession } from '../../src/storage/sessions.ts';
import { addClientSession, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  authorizePath,
  claimsIn,
  codeFor,
  exchange,
  refresh,
  REDIRECT_URI,
  tokensOf,
  VERIFIER,
} from '../support/code-flow.ts';
import { startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

const NOBODY = { network: null, userAgent: null };

const clock = new TestClock();
let server: TestServer;
let browser: TestBrowser;
beforeAll(async () => {
  server = await startClockedServer(clock);
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

  test('gets nothing for a code by a secret that was made void meanwhile', async () => {
    const client = await addCodeClient(server);
    const code = await codeFor(browser, client);
    await rotateClientSecret(server.operations, client.id, 0, 'test');
    expect(await byCode(client, code)).toMatchObject({ kind: 'invalid_grant', reason: 'client_changed' });
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
    const parsing = parseForm(authorizePath(client).split('?')[1]!);
    const checked = await readAuthorization(
      server.operations,
      parsing.kind === 'parsed' ? parsing.parameters : new Map(),
    );
    if (checked.kind !== 'checked') throw new Error(checked.kind);
    const { session } = (await browser.session())!;
    const current = (await findSession(server.operations.store.queries, session.id as SessionId))!;
    await end(server.operations, client.id, 'test');
    const result = await allowAuthorization(server.operations, checked, current, NOBODY);
    expect(result).toEqual({ kind: 'refused', error: 'unauthorized_client' });
    const kept = await server.operations.store.queries
      .selectFrom('consents')
      .select('scopes')
      .where('client_id', '=', client.id)
      .execute();
    expect(kept).toEqual([]);
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

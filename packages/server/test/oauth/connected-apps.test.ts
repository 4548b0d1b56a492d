/** What users see of the clients that they let in, and how they take it back. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PAGES, ROUTES } from '@latchkey/protocol';
import type { SessionId, UserId } from '../../src/domain/ids.ts';
import { disableClient } from '../../src/operations/manage-clients.ts';
import { advanceAuthorization, readAuthorization } from '../../src/operations/authorize.ts';
import { parseForm } from '../../src/domain/clients/form-encoding.ts';
import { listRevocations } from '../../src/storage/revocations.ts';
import { findSession } from '../../src/storage/sessions.ts';
import { addClientSession, oauthErrorOf, type TestClient } from '../support/clients.ts';
import {
  addCodeClient,
  answerOf,
  authorizePath,
  claimsIn,
  exchange,
  hiddenFieldOf,
  refresh,
  tokensOf,
} from '../support/code-flow.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { problemOf, startClockedServer, TestClock, type TestBrowser, type TestServer } from '../support/test-server.ts';

describeEachDatabase('connected apps', (database) => {
  const clock = new TestClock();
  const NOBODY = { network: null, userAgent: null };
  let server: TestServer;
  let browser: TestBrowser;
  let people = 0;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    people += 1;
    browser = await server.signedIn(`person-${people}@example.com`);
  });

  const theirs = (input = {}) =>
    addCodeClient(server, { isFirstParty: false, name: 'Weather <b>Station</b>', ...input });

  /** Lets the client in, as the user does. */
  async function letIn(client: TestClient, scope = 'openid email', from = browser): Promise<string> {
    const page = await from.request(authorizePath(client, { scope }));
    if (page.status === 303) return (await answerOf(page))['code']!;
    const form = [
      ['continuation', await hiddenFieldOf(page, 'continuation')],
      ['decision', 'allow'],
    ] as const;
    return (await answerOf(await from.request(`${ROUTES.authorize}/consent`, { form })))['code']!;
  }

  async function listed(from = browser): Promise<readonly Record<string, unknown>[]> {
    const response = await from.request(ROUTES.authorizations);
    return ((await response.json()) as { readonly authorizations: Record<string, unknown>[] }).authorizations;
  }

  const withdraw = (id: string, from = browser) => from.request(`${ROUTES.authorizations}/${id}`, { method: 'DELETE' });

  test('lists who was let in, and who holds a session, once each', async () => {
    const [client, silent] = [await theirs(), await theirs({ grants: ['authorization_code'], name: 'A silent one' })];
    const began = clock.now();
    await tokensOf(exchange(server, client, await letIn(client)));
    clock.advance(60_000);
    await tokensOf(exchange(server, client, await letIn(client)));
    await letIn(silent, 'openid');
    expect(await listed()).toEqual([
      {
        clientId: silent.id,
        name: 'A silent one',
        scopes: ['openid'],
        since: new Date(clock.now()).toISOString(),
        lastUsedAt: null,
      },
      {
        clientId: client.id,
        name: 'Weather <b>Station</b>',
        scopes: ['openid', 'email'],
        since: new Date(began).toISOString(),
        lastUsedAt: new Date(clock.now()).toISOString(),
      },
    ]);
    await disableClient(server.operations, client.id, 'test');
    expect((await listed()).map(({ lastUsedAt }) => lastUsedAt)).toEqual([null, null]);
  });

  test('the list of devices names the client', async () => {
    const client = await theirs();
    await tokensOf(exchange(server, client, await letIn(client)));
    const { sessions } = (await (await browser.request(ROUTES.sessions)).json()) as {
      readonly sessions: readonly { readonly current: boolean; readonly client: unknown }[];
    };
    expect(sessions.map((session) => [session.current, session.client])).toEqual(
      expect.arrayContaining([
        [true, null],
        [false, { id: client.id, name: 'Weather <b>Station</b>' }],
      ]),
    );
    const page = await (await browser.request(PAGES.account)).text();
    expect(page).toContain('Weather &lt;b&gt;Station&lt;/b&gt;');
    expect(page).not.toContain('<b>Station');
  });

  test('taken back: sessions, tokens and codes are void, the client asks again, and the browser stays', async () => {
    const client = await theirs({ backchannelLogoutUri: 'https://weather.example/logout' });
    const tokens = await tokensOf(exchange(server, client, await letIn(client)));
    const unused = await letIn(client);
    const { session, user } = (await browser.session())!;
    expect((await withdraw(client.id)).status).toBe(204);
    expect(await listed()).toEqual([]);
    expect(await oauthErrorOf(await refresh(server, client, tokens.refresh_token!))).toBe('400 invalid_grant');
    expect(await oauthErrorOf(await exchange(server, client, unused))).toBe('400 invalid_grant');
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    expect((await server.request(ROUTES.userinfo, { headers })).status).toBe(401);
    expect((await browser.request(authorizePath(client))).status).toBe(200);
    expect(await answerOf(await browser.request(authorizePath(client, { prompt: 'none' })))).toMatchObject({
      error: 'consent_required',
    });
    expect((await browser.session())?.session.id).toBe(session.id);
    const events = await server.auditEvents();
    expect(events.find(({ type }) => type === 'authorization.withdrawn')).toMatchObject({
      actor: user.id,
      target: client.id,
      outcome: 'success',
    });
    // Told once, whether by its own session or by the browser's.
    const notices = await server.operations.store.queries
      .selectFrom('logout_notices')
      .select('session_id')
      .where('client_id', '=', client.id)
      .execute();
    expect(notices).toEqual([{ session_id: session.id }]);
  });

  test('taken back from a client without sessions: its token of the browser session is void, and no other', async () => {
    const client = await theirs({ grants: ['authorization_code'] });
    const other = await theirs({ grants: ['authorization_code'] });
    const [mine, others] = [
      await tokensOf(exchange(server, client, await letIn(client))),
      await tokensOf(exchange(server, other, await letIn(other))),
    ];
    await withdraw(client.id);
    const ask = async ({ access_token: token }: { readonly access_token: string }) =>
      (await server.request(ROUTES.userinfo, { headers: { Authorization: `Bearer ${token}` } })).status;
    expect([await ask(mine), await ask(others)]).toEqual([401, 200]);
    expect(claimsIn(mine.access_token)['sid']).toBe((await browser.session())!.session.id);
  });

  test('of very many sessions the log gets one event', async () => {
    const client = await theirs();
    const { user } = (await browser.session())!;
    await letIn(client);
    for (let count = 0; count < 101; count += 1) {
      await addClientSession(server.operations, user.id as UserId, client.id);
    }
    const events = () => listRevocations(server.operations.store.queries, 0, 10_000);
    const before = (await events()).length;
    expect((await withdraw(client.id)).status).toBe(204);
    expect((await events()).slice(before)).toMatchObject([{ kind: 'subject', key: user.id }]);
    expect(await browser.session()).toBeDefined();
  });

  test('another user keeps what they have', async () => {
    const client = await theirs();
    const eve = await server.signedIn(`eve-${people}@example.com`);
    const tokens = await tokensOf(exchange(server, client, await letIn(client, 'openid', eve)));
    await letIn(client);
    expect((await withdraw(client.id)).status).toBe(204);
    expect(await listed(eve)).toHaveLength(1);
    expect((await refresh(server, client, tokens.refresh_token!)).status).toBe(200);
  });

  test('a consent that was taken back while the answer was on its way gives no code', async () => {
    const client = await theirs();
    await letIn(client);
    const { session } = (await browser.session())!;
    const parsing = parseForm(authorizePath(client).split('?')[1]!);
    const { operations } = server;
    const checked = await readAuthorization(operations, parsing.kind === 'parsed' ? parsing.parameters : new Map());
    if (checked.kind !== 'checked') throw new Error(checked.kind);
    const current = (await findSession(operations.store.queries, session.id as SessionId))!;
    const result = await advanceAuthorization(
      {
        ...operations,
        store: {
          ...operations.store,
          transaction: async (work) => {
            await withdraw(client.id);
            return operations.store.transaction(work);
          },
        },
      },
      checked,
      current,
      NOBODY,
    );
    expect(result).toEqual({ kind: 'refused', error: 'consent_required' });
  });

  test('refused: nobody signed in, another id, what was taken back already, another site', async () => {
    const client = await theirs();
    await letIn(client);
    expect(await problemOf(await server.request(ROUTES.authorizations))).toBe('401 no_session');
    expect(await problemOf(await withdraw(client.id, server.browser()))).toBe('401 no_session');
    for (const id of ['x', `cli_${'0'.repeat(32)}`, '..%2f', "cli_' or 1=1"]) {
      expect(await problemOf(await withdraw(id))).toBe('404 not_found');
    }
    const cross = { method: 'DELETE', headers: { 'Sec-Fetch-Site': 'cross-site' } };
    expect(await problemOf(await browser.request(`${ROUTES.authorizations}/${client.id}`, cross))).toBe(
      '403 cross_site_request',
    );
    expect((await withdraw(client.id)).status).toBe(204);
    expect(await problemOf(await withdraw(client.id))).toBe('404 not_found');
  });

  test('on the account page, by a form', async () => {
    const client = await theirs();
    await letIn(client);
    const page = await (await browser.request(PAGES.account)).text();
    const action = `${PAGES.account}/apps/${client.id}/remove`;
    expect(page).toContain(`action="${action}"`);
    expect(page).toContain('See your e-mail address');
    const removed = await browser.request(action, { form: [] });
    expect([removed.status, removed.headers.get('Location')]).toEqual([303, `${PAGES.account}?notice=access-removed`]);
    expect(await listed()).toEqual([]);
    expect((await browser.request(`${PAGES.account}/apps/x/remove`, { form: [] })).status).toBe(303);
    expect((await server.browser().request(action, { form: [] })).headers.get('Location')).toMatch(/^\/sign-in/);
  });
});

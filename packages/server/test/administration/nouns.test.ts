/** What the management API does to users, sessions and keys, and what it writes down of it. */
import { ADMIN_ROUTES, ROUTES } from '@latchkey/protocol';
import * as schemas from '@latchkey/protocol/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_APPLICATION_ROLES } from '../../src/domain/users/application-roles.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { PASSWORD, problemOf, startClockedServer, TestClock, type TestServer } from '../support/test-server.ts';
import { aManager, anAdministrator, browserToken, manage, type Manager } from './management.ts';

describeEachDatabase('managed', (database) => {
  const clock = new TestClock();
  let server: TestServer;
  let manager: Manager;
  let people = 0;
  beforeAll(async () => {
    server = await startClockedServer(clock, { databaseUrl: database.url });
    manager = await aManager(server);
  });
  afterAll(() => server.close());

  /** A moment after what was before, so that events are in their order. */
  const ask = (method: string, path: string, json?: object, token = manager.token) => {
    clock.advance(1);
    return manage(server, token, path, { method, ...(json !== undefined && { json }) });
  };
  const read = async (path: string) => (await ask('GET', path)).json() as Promise<Record<string, unknown>>;
  const anAddress = () => `managed-${(people += 1)}@example.com`;
  /** An account that the API has made, which is quicker than signing up. */
  const anAccount = async (more: object = {}) => {
    const response = await ask('POST', ADMIN_ROUTES.users, { email: anAddress(), password: PASSWORD, ...more });
    expect(response.status).toBe(201);
    const user = schemas.adminUserResponse.strict().parse(await response.json());
    return { ...user, path: `${ADMIN_ROUTES.users}/${user.id}`, location: response.headers.get('Location') };
  };
  const newest = async () => (await server.auditEvents(1))[0];

  test('a user from beginning to end, each change written down with who did it', async () => {
    const user = await anAccount({ name: 'Ada' });
    const by = (type: string) => ({
      type,
      outcome: 'success',
      actor: manager.client.id,
      target: user.id,
      at: clock.now(),
    });
    expect(user).toMatchObject({ location: user.path, name: 'Ada', email_verified: true, roles: [], banned_at: null });
    expect(await newest()).toEqual(by('user.created'));
    expect(await read(user.path)).toMatchObject({ id: user.id });

    const browser = server.browser();
    await browser.signIn(user.email);
    const ban = await ask('POST', `${user.path}/ban`);
    expect(schemas.adminBanResponse.strict().parse(await ban.json())).toMatchObject({
      banned_at: new Date(clock.now()).toISOString(),
      changed: true,
      sessions_ended: 1,
    });
    expect(await newest()).toEqual(by('user.banned'));
    expect(await browser.session()).toBeUndefined();
    expect(await (await ask('POST', `${user.path}/ban`)).json()).toMatchObject({ changed: false, sessions_ended: 0 });
    expect(await (await ask('POST', `${user.path}/unban`)).json()).toMatchObject({ changed: true, banned_at: null });
    expect(await newest()).toEqual(by('user.unbanned'));

    const role = await ask('PUT', `${user.path}/role`, { role: 'administrator' });
    expect(schemas.adminRoleResponse.strict().parse(await role.json())).toMatchObject({ roles: ['administrator'] });
    expect(await newest()).toEqual(by('user.role_changed'));

    await browser.signIn(user.email);
    const end = await ask('POST', `${user.path}/end-sessions`);
    expect(await end.json()).toEqual({ sessions_ended: 1 });
    expect(await newest()).toEqual(by('sessions.ended'));
    expect(await browser.session()).toBeUndefined();

    expect((await ask('POST', `${user.path}/password-reset`)).status).toBe(202);
    expect(await newest()).toEqual(by('user.password_reset_requested'));
    expect((await server.mailTo(user.email)).links[0]).toContain('/reset-password?token=');

    expect((await ask('DELETE', user.path)).status).toBe(204);
    expect(await newest()).toEqual(by('user.deleted'));
    expect(await problemOf(await ask('GET', user.path))).toBe('404 not_found');
    expect(await problemOf(await ask('DELETE', user.path))).toBe('404 not_found');
  });

  test('an administrator in a browser is the actor as well', async () => {
    const administrator = await anAdministrator(server, anAddress());
    const user = await anAccount();
    await ask('POST', `${user.path}/ban`, undefined, await browserToken(administrator));
    expect(await newest()).toMatchObject({ type: 'user.banned', actor: administrator.id, target: user.id });
  });

  test('mails that reset a password are counted with those that strangers ask for', async () => {
    const user = await anAccount();
    for (let mails = 0; mails < 6; mails += 1) await ask('POST', `${user.path}/password-reset`);
    const response = await ask('POST', `${user.path}/password-reset`);
    expect(response.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(await problemOf(response)).toBe('429 too_many_requests');
  });

  test.each<[object, string]>([
    [{ email: 'taken@example.com', password: PASSWORD }, '409 address_taken'],
    [{ email: 'no address', password: PASSWORD }, '400 invalid_request'],
    [{ email: 'new@example.com', password: 'password' }, '400 password_not_allowed'],
    [{ email: 'new@example.com', password: PASSWORD, role: 'root' }, '400 invalid_request'],
    [{ email: 'new@example.com', password: PASSWORD, id: 'usr_1' }, '400 invalid_request'],
    [{ email: 'new@example.com' }, '400 invalid_request'],
  ])('%j makes no account', async (json, problem) => {
    await ask('POST', ADMIN_ROUTES.users, { email: 'taken@example.com', password: PASSWORD });
    const before = await server.tableCounts();
    expect(await problemOf(await ask('POST', ADMIN_ROUTES.users, json))).toBe(problem);
    expect(await server.tableCounts()).toEqual(before);
  });

  test('whoever has only `admin:users` makes no administrator, and touches none', async () => {
    const { client, token } = await aManager(server, 'admin:users');
    const [user, administrator] = [await anAccount(), await anAccount({ role: 'administrator' })];
    const before = await server.tableCounts();
    const refused: [string, string, object?][] = [
      ['POST', ADMIN_ROUTES.users, { email: anAddress(), password: PASSWORD, role: 'administrator' }],
      ['PUT', `${user.path}/role`, { role: 'administrator' }],
      ['PUT', `${administrator.path}/role`, { role: 'user' }],
      ['PUT', `${administrator.path}/roles/moderator`],
      ['DELETE', `${administrator.path}/roles/moderator`],
      ['POST', `${administrator.path}/ban`],
      ['POST', `${administrator.path}/unban`],
      ['POST', `${administrator.path}/password-reset`],
      ['DELETE', administrator.path],
    ];
    for (const [method, path, json] of refused) {
      expect([path, await problemOf(await ask(method, path, json, token))]).toEqual([path, '403 not_permitted']);
    }
    expect(await server.tableCounts()).toEqual(before);
    expect(server.log.entries.findLast(({ level }) => level === 'warn')?.fields).toMatchObject({
      reason: 'not_permitted',
      actor: client.id,
    });
    expect((await ask('POST', `${user.path}/ban`, undefined, token)).status).toBe(200);
    expect((await ask('PUT', `${user.path}/role`, { role: 'user' }, token)).status).toBe(200);
  });

  test('roles of applications are granted and withdrawn one by one, each written down', async () => {
    const user = await anAccount();
    const { token } = await aManager(server, 'admin:users');
    const at = (role: string) => `${user.path}/roles/${role}`;
    const granted = await ask('PUT', at('forum.moderator'), undefined, token);
    const answer = schemas.adminRoleResponse.strict().parse(await granted.json());
    expect(answer).toMatchObject({ id: user.id, roles: ['forum.moderator'], changed: true });
    expect(await newest()).toMatchObject({ type: 'user.role_granted', target: user.id });
    expect(await (await ask('PUT', at('editor'))).json()).toMatchObject({ roles: ['editor', 'forum.moderator'] });
    expect(await (await ask('PUT', at('editor'))).json()).toMatchObject({ changed: false });
    const withdrawn = await ask('DELETE', at('forum.moderator'), undefined, token);
    expect(await withdrawn.json()).toMatchObject({ roles: ['editor'], changed: true });
    expect(await newest()).toMatchObject({ type: 'user.role_withdrawn', target: user.id });
    expect(await (await ask('DELETE', at('forum.moderator'))).json()).toMatchObject({ changed: false });
    expect(await read(user.path)).toMatchObject({ roles: ['editor'] });
  });

  test('one role more than there may be is refused', async () => {
    const user = await anAccount();
    for (let role = 0; role < MAX_APPLICATION_ROLES; role += 1) await ask('PUT', `${user.path}/roles/role-${role}`);
    expect(await problemOf(await ask('PUT', `${user.path}/roles/moderator`))).toBe('409 too_many_roles');
  });

  test.each(['administrator', 'user', 'Administrator', '%61dministrator', 'a%20b', 'a%0a', '1', 'a'.repeat(41), '%ff'])(
    'no role of applications is named %s, and nobody is given more power by it',
    async (role) => {
      const user = await anAccount();
      const before = await server.tableCounts();
      for (const method of ['PUT', 'DELETE']) {
        expect(await problemOf(await ask(method, `${user.path}/roles/${role}`))).toBe('400 invalid_request');
      }
      expect(await server.tableCounts()).toEqual(before);
      expect(await read(user.path)).toMatchObject({ roles: [] });
    },
  );

  test('nobody changes their own account', async () => {
    const administrator = await anAdministrator(server, anAddress());
    const token = await browserToken(administrator);
    const path = `${ADMIN_ROUTES.users}/${administrator.id}`;
    for (const [method, change] of [
      ['POST', '/ban'],
      ['DELETE', ''],
      ['POST', '/password-reset'],
      ['PUT', '/roles/moderator'],
      ['DELETE', '/roles/moderator'],
    ] as const) {
      expect(await problemOf(await ask(method, path + change, undefined, token))).toBe('403 not_permitted');
    }
    expect(await problemOf(await ask('PUT', `${path}/role`, { role: 'user' }, token))).toBe('403 not_permitted');
    expect((await ask('GET', path, undefined, token)).status).toBe(200);
  });

  test('sessions are listed, of all and of one, and ended alone', async () => {
    const [user, other] = [await anAccount(), await anAccount()];
    const [browser, second] = [server.browser(), server.browser()];
    await browser.signIn(user.email);
    await second.signIn(user.email);
    await server.browser().signIn(other.email);
    const listed = schemas.adminSessionListResponse
      .strict()
      .parse(await read(`${ADMIN_ROUTES.sessions}?user=${user.id}`));
    const ids = [(await browser.session())!.session.id, (await second.session())!.session.id];
    expect(listed.sessions.map(({ id }) => id)).toEqual(ids.toSorted());
    expect(listed.sessions[0]).toMatchObject({ user_id: user.id, email: user.email, client_id: null });
    expect(JSON.stringify(listed)).not.toContain('salt');
    const all = schemas.adminSessionListResponse.parse(await read(`${ADMIN_ROUTES.sessions}?limit=100`));
    expect(all.sessions.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));

    const path = `${ADMIN_ROUTES.sessions}/${ids[0]}`;
    expect((await ask('DELETE', path)).status).toBe(204);
    expect(await newest()).toMatchObject({ type: 'session.ended', actor: manager.client.id, target: ids[0] });
    expect([await browser.session(), (await second.session())?.session.id]).toEqual([undefined, ids[1]]);
    expect(await problemOf(await ask('DELETE', path))).toBe('404 not_found');
  });

  test('keys are listed without a private part, rotated when that is safe, and revoked', async () => {
    const { keys } = schemas.adminKeyListResponse.strict().parse(await read(ADMIN_ROUTES.keys));
    expect(keys.map(({ state }) => state).toSorted()).toEqual(['active', 'next']);
    const next = keys.find(({ state }) => state === 'next')!;
    const early = await ask('POST', ADMIN_ROUTES.rotateKeys);
    expect(early.headers.get('Retry-After')).toMatch(/^\d+$/);
    expect(await problemOf(early)).toBe('409 key_too_new');
    const rotated = await ask('POST', ADMIN_ROUTES.rotateKeys, { dangerously_now: true });
    const after = schemas.adminKeyListResponse.parse(await rotated.json());
    expect(after.keys.find(({ kid }) => kid === next.kid)?.state).toBe('active');
    expect(await newest()).toMatchObject({ type: 'keys.rotated', actor: manager.client.id });

    const retired = after.keys.find(({ state }) => state === 'retired')!;
    const { token } = await aManager(server);
    const revoked = await ask('POST', `${ADMIN_ROUTES.keys}/${retired.kid}/revoke`, undefined, token);
    expect(schemas.adminKeyRevocationResponse.strict().parse(await revoked.json())).toMatchObject({
      revoked: { kid: retired.kid, was: 'retired' },
      signs_now: null,
    });
    expect(await newest()).toMatchObject({ type: 'keys.revoked', target: retired.kid });
    // It had signed the first token of these tests.
    manager = await aManager(server);
  });

  test('the id of another thing, or none, is malformed; and nothing happens', async () => {
    const user = await anAccount();
    const before = await server.tableCounts();
    const ids = ['0', `${user.id}0`, user.id.toUpperCase(), user.id.replace('usr', 'ses'), 'usr_%00', '%2e%2e%2f', "'"];
    for (const id of ids) {
      for (const [method, path] of [
        ['GET', `${ADMIN_ROUTES.users}/${id}`],
        ['DELETE', `${ADMIN_ROUTES.users}/${id}`],
        ['POST', `${ADMIN_ROUTES.users}/${id}/ban`],
        ['DELETE', `${ADMIN_ROUTES.sessions}/${user.id}`],
        ['POST', `${ADMIN_ROUTES.keys}/${id}/revoke`],
      ] as const) {
        expect([path, await problemOf(await ask(method, path))]).toEqual([path, '400 invalid_request']);
      }
    }
    expect(await server.tableCounts()).toEqual(before);
    expect((await server.request(ROUTES.live)).status).toBe(200);
  });
});

import { expect, test } from 'vitest';
import { banUser, unbanUser } from '../../src/operations/ban-user.ts';
import { MAX_APPLICATION_ROLES } from '../../src/domain/users/application-roles.ts';
import { changeApplicationRoles } from '../../src/operations/change-application-roles.ts';
import { changeRole } from '../../src/operations/change-role.ts';
import { confirmEmailChange } from '../../src/operations/confirm-email-change.ts';
import { deleteAccount, deleteUserByOperator } from '../../src/operations/delete-user.ts';
import { listSessionsPage } from '../../src/operations/list-sessions.ts';
import { addUser, listUsersPage } from '../../src/operations/manage-users.ts';
import { requestEmailChange } from '../../src/operations/request-email-change.ts';
import { requestPasswordReset } from '../../src/operations/request-password-reset.ts';
import { resetPassword } from '../../src/operations/reset-password.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { CALLER, countKinds, makeAccount, NEW_PASSWORD, PASSWORD, useAccounts } from './accounts.ts';

const CLI = 'cli';

describeEachDatabase('users', (database) => {
  const world = useAccounts(database);
  const kindOfSignIn = async (email: string, password: string) =>
    (await signIn(world.operations, { email, password }, CALLER)).kind;

  test('who are banned are out at once, and told why after the right password alone', async () => {
    const { id, email } = await makeAccount(world.operations, 3);
    await requestPasswordReset(world.operations, { email }, CALLER);
    expect(await banUser(world.operations, { id }, CLI)).toEqual({ kind: 'changed', ended: 3 });
    expect(await banUser(world.operations, { id }, CLI)).toEqual({ kind: 'unchanged', ended: 0 });
    expect(await world.traces.liveSessions(id)).toEqual([]);
    expect(await world.traces.purposes(id)).toEqual([]);
    expect(await world.traces.revocations(id)).toEqual(['subject 2']);
    expect(await kindOfSignIn(email, PASSWORD)).toBe('account_banned');
    expect(await kindOfSignIn(email, 'not this one')).toBe('invalid_credentials');
    expect(await world.traces.liveSessions(id)).toEqual([]);
  });

  test('who are banned stay so with a new password, until the ban is lifted', async () => {
    const { id, email } = await makeAccount(world.operations);
    await banUser(world.operations, { id }, CLI);
    await requestPasswordReset(world.operations, { email }, CALLER);
    const token = await world.traces.tokenTo(email, 'reset_password');
    await resetPassword(world.operations, { token, password: NEW_PASSWORD }, CALLER);
    expect(await kindOfSignIn(email, NEW_PASSWORD)).toBe('account_banned');
    expect(await unbanUser(world.operations, { id }, CLI)).toMatchObject({ kind: 'changed' });
    expect(await kindOfSignIn(email, NEW_PASSWORD)).toBe('signed_in');
    const audited = (await world.traces.audit(id)).filter((event) => event.includes('banned'));
    expect(audited).toEqual(expect.arrayContaining(['user.banned success', 'user.unbanned success']));
  });

  test('who are banned while 50 sign in have no session afterwards', async () => {
    const { id, email } = await makeAccount(world.operations);
    const ban = banUser(world.operations, { id }, CLI);
    await world.atOnce(50, (operations, index) =>
      // Several from each network, so that nobody is slowed down.
      signIn(operations, { email, password: PASSWORD }, { network: `192.0.2.${index}`, userAgent: null }).catch(
        () => {},
      ),
    );
    await ban;
    expect(await world.traces.liveSessions(id)).toEqual([]);
  });

  test('have another role, and void tokens with the old one; their sessions stay', async () => {
    const { id } = await makeAccount(world.operations, 2);
    expect(await changeRole(world.operations, { id, role: 'administrator' }, CLI)).toEqual({ kind: 'changed' });
    expect(await changeRole(world.operations, { id, role: 'administrator' }, CLI)).toEqual({ kind: 'unchanged' });
    expect(await world.traces.user(id)).toMatchObject({ role: 'administrator', version: 2 });
    expect(await world.traces.revocations(id)).toEqual(['subject 2']);
    expect(await world.traces.liveSessions(id)).toHaveLength(2);
  });

  test('have roles of applications, each change of which voids tokens; their sessions stay', async () => {
    const { id } = await makeAccount(world.operations, 2);
    const change = async (role: string, what: 'grant' | 'withdraw') =>
      (await changeApplicationRoles(world.operations, { id, role, change: what }, CLI)).kind;
    expect(await change('moderator', 'grant')).toBe('changed');
    expect(await change('moderator', 'grant')).toBe('unchanged');
    expect(await change('editor', 'withdraw')).toBe('unchanged');
    expect(await change('editor', 'grant')).toBe('changed');
    expect(await world.traces.user(id)).toMatchObject({ application_roles: 'editor moderator', version: 3 });
    expect(await change('moderator', 'withdraw')).toBe('changed');
    expect(await world.traces.user(id)).toMatchObject({ application_roles: 'editor', role: 'user', version: 4 });
    expect(await world.traces.revocations(id)).toEqual(['subject 2', 'subject 3', 'subject 4']);
    expect(await world.traces.liveSessions(id)).toHaveLength(2);
    expect((await world.traces.audit(id)).filter((event) => event.includes('role')).toSorted()).toEqual([
      'user.role_granted success',
      'user.role_granted success',
      'user.role_withdrawn success',
    ]);
  });

  test('are granted a role once, of 50 at once; and of 50 different roles as many as one may have', async () => {
    const { id } = await makeAccount(world.operations, 0);
    const grant = (names: (index: number) => string) =>
      world.atOnce(50, (operations, index) =>
        changeApplicationRoles(operations, { id, role: names(index), change: 'grant' }, CLI),
      );
    expect(countKinds(await grant(() => 'moderator'))).toEqual({ changed: 1, unchanged: 49 });
    const room = MAX_APPLICATION_ROLES - 1;
    expect(countKinds(await grant((index) => `role-${index}`))).toEqual({ changed: room, too_many_roles: 50 - room });
    const { application_roles: roles, version } = (await world.traces.user(id))!;
    expect(new Set(roles.split(' ')).size).toBe(MAX_APPLICATION_ROLES);
    expect(version).toBe(1 + MAX_APPLICATION_ROLES);
  });

  test('who delete their account leave nothing but ids in the logs, and get one more mail', async () => {
    const account = await makeAccount(world.operations, 2);
    const bystander = await makeAccount(world.operations, 1);
    const { id, email, sessions } = account;
    const input = { userId: id, sessionId: sessions[0]!, password: PASSWORD };
    await requestEmailChange(world.operations, { ...input, email: `moved-${email}` }, CALLER);
    await requestPasswordReset(world.operations, { email }, CALLER);
    // The owner of a taken address was told, and that mail is about an account of its own.
    await requestEmailChange(world.operations, { ...input, email: bystander.email }, CALLER);

    world.clock.advance(1);
    expect(await deleteAccount(world.operations, { ...input, password: 'wrong' }, CALLER)).toEqual({
      kind: 'wrong_password',
    });
    world.clock.advance(1);
    expect(await deleteAccount(world.operations, input, CALLER)).toEqual({ kind: 'deleted' });
    expect(await world.traces.user(id)).toBeUndefined();
    expect(await world.traces.liveSessions(id)).toEqual([]);
    expect(await world.traces.purposes(id)).toEqual([]);
    expect((await world.traces.mailsTo(email)).map(({ kind }) => kind)).toEqual(['account_deleted']);
    expect((await world.traces.mailsTo(bystander.email)).map(({ kind }) => kind)).toEqual(['address_in_use']);
    expect(await world.traces.revocations(id)).toEqual(['subject 2']);
    expect((await world.traces.audit(id)).at(-1)).toBe('user.deleted success');
    const { queries } = world.operations.store;
    const audited = await queries.selectFrom('audit_events').selectAll().execute();
    expect(JSON.stringify(audited)).not.toContain(email);
    expect(await kindOfSignIn(email, PASSWORD)).toBe('invalid_credentials');
    expect(await world.traces.liveSessions(bystander.id)).toEqual(bystander.sessions);
  });

  test('are told where they were before, too: whoever deletes may have changed the address first', async () => {
    const { id, email, sessions } = await makeAccount(world.operations);
    const input = { userId: id, sessionId: sessions[0]!, password: PASSWORD };
    const thief = `thief-${email}`;
    await requestEmailChange(world.operations, { ...input, email: thief }, CALLER);
    const token = await world.traces.tokenTo(thief, 'change_email');
    await confirmEmailChange(world.operations, { token, asking: { id: sessions[0]!, userId: id } }, CALLER);
    world.clock.advance(1);
    expect(await deleteAccount(world.operations, input, CALLER)).toEqual({ kind: 'deleted' });
    for (const address of [email, thief]) {
      expect((await world.traces.mailsTo(address)).map(({ kind }) => kind)).toEqual(['account_deleted']);
    }
  });

  test('are deleted once, of 50 at once', async () => {
    const { id, sessions } = await makeAccount(world.operations, 50);
    const results = await world.atOnce(50, (operations, index) =>
      deleteAccount(operations, { userId: id, sessionId: sessions[index]!, password: PASSWORD }, CALLER),
    );
    expect(countKinds(results)).toEqual({ deleted: 1, no_session: 49 });
    expect(await world.traces.revocations(id)).toEqual(['subject 2']);
    expect(await deleteUserByOperator(world.operations, { id }, CLI)).toBe(false);
  });

  test('have 100 sessions at most: the least recently used gives way to a new one', async () => {
    const { id, email } = await makeAccount(world.operations, 99);
    const oldest = (await makeOlder(id))!;
    expect(await kindOfSignIn(email, PASSWORD)).toBe('signed_in');
    expect(await world.traces.liveSessions(id)).toHaveLength(100);
    expect(await world.traces.liveSessions(id)).toContain(oldest);
    expect(await kindOfSignIn(email, PASSWORD)).toBe('signed_in');
    expect(await world.traces.liveSessions(id)).toHaveLength(100);
    expect(await world.traces.liveSessions(id)).not.toContain(oldest);
  });

  async function makeOlder(id: `usr_${string}`) {
    const [session] = await world.traces.liveSessions(id);
    await world.operations.store.transaction((tx) =>
      tx.updateTable('sessions').set({ last_used_at: 1 }).where('id', '=', session!).execute(),
    );
    return session;
  }

  test.each([
    ['no address', { email: 'nowhere' }, { kind: 'invalid_email' }],
    ['a short password', { password: 'short' }, { kind: 'password_not_allowed', objection: 'too_short' }],
  ])('are not added with %s', async (_name, change, result) => {
    const input = { email: 'added@example.com', password: PASSWORD, name: null, role: 'user', ...change } as const;
    expect(await addUser(world.operations, input, CLI)).toEqual(result);
  });

  test('are added once for an address, and may sign in at once', async () => {
    const input = { email: 'once@example.com', password: PASSWORD, name: 'Ada', role: 'administrator' } as const;
    expect(await addUser(world.operations, input, CLI)).toMatchObject({ kind: 'added', user: { name: 'Ada' } });
    expect(await addUser(world.operations, { ...input, email: 'Once@EXAMPLE.com' }, CLI)).toEqual({
      kind: 'address_taken',
    });
    expect(await kindOfSignIn('once@example.com', PASSWORD)).toBe('signed_in');
  });

  test('and sessions are listed page by page, each once', async () => {
    const { id, sessions } = await makeAccount(world.operations, 5);
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await listSessionsPage(world.operations, { userId: id, after, limit: 2 });
      found.push(...page.items.map(({ session }) => session.id));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(sessions.toSorted());

    const all = await listUsersPage(world.operations, { order: 'oldest', limit: 1000 });
    const first = await listUsersPage(world.operations, { order: 'oldest', limit: 1 });
    expect(all.next).toBeUndefined();
    const rest = await listUsersPage(world.operations, { order: 'oldest', limit: 1000, after: first.next });
    expect([...first.items, ...rest.items]).toEqual(all.items);
  });
});

/** Accounts with hashes of another product: every place that asks for a password takes theirs. */
import { hash as hashBcrypt } from '@node-rs/bcrypt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserId } from '../../src/domain/ids.ts';
import { readImportedUser, type ImportedUser } from '../../src/domain/users/imported-user.ts';
import { RATE_LIMITS } from '../../src/domain/rate-limits/rate-limits.ts';
import { createPasswordHasher } from '../../src/node/password-hasher.ts';
import { TooManyAttemptsError } from '../../src/operations/attempts.ts';
import { changePassword } from '../../src/operations/change-password.ts';
import { confirmEmail } from '../../src/operations/confirm-email.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { deleteAccount } from '../../src/operations/delete-user.ts';
import { importUsers } from '../../src/operations/import-users.ts';
import { requestEmailChange } from '../../src/operations/request-email-change.ts';
import { requestEmailVerification } from '../../src/operations/request-email-verification.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import type { AttemptCounter } from '../../src/storage/rate-limits.ts';
import { insertSession } from '../../src/storage/sessions.ts';
import { findUserByEmail, readPassword } from '../../src/storage/users.ts';
import { openNode, type TestNode } from '../rotation/nodes.ts';
import { aSession } from '../storage/nodes.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { TestClock } from '../support/test-server.ts';
import { CALLER, countKinds, NEW_PASSWORD, tracesOf } from './accounts.ts';

/** Decomposed, which this server's own hashes never are. */
const PASSWORD = 'cafe\u0301 au lait';
const UNLIMITED: AttemptCounter = { take: async () => ({ kind: 'taken' }), giveBack: async () => {} };
const NOW = Date.UTC(2026, 0, 1);

describeEachDatabase('imported', (database) => {
  const clock = new TestClock(NOW);
  // Room for all at once, on both nodes.
  const passwords = createPasswordHasher(8, { memoryCost: 256, timeCost: 1 });
  const nodes: TestNode[] = [];
  let passwordHash: string;
  let people = 0;
  beforeAll(async () => {
    passwordHash = await hashBcrypt(PASSWORD, 4);
    for (let count = 0; count < 2; count += 1) {
      const node = await openNode(database.url, clock);
      nodes.push({ ...node, operations: { ...node.operations, passwords } });
    }
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });
  const on = (index = 0) => nodes[index % nodes.length]!.operations;
  /** Where as many sign in at once as nobody may. */
  const withoutLimits = (index: number): OperationContext => ({ ...on(index), attempts: UNLIMITED });
  const traces = () => tracesOf(nodes[0]!);
  const aPerson = (more: object = {}): ImportedUser => {
    const email = `imported-${(people += 1)}@example.com`;
    const line = { email, email_verified: true, password_hash: passwordHash, ...more };
    const read = readImportedUser(line, clock.now());
    if (read.kind !== 'good') throw new Error(JSON.stringify(read));
    return read.user;
  };
  /** Somebody who was imported, and how they sign in. */
  const imported = async (more: object = {}) => {
    const user = aPerson(more);
    const [result] = await importUsers(on(), [user], 'test');
    clock.advance(1);
    const email = user.email.address;
    return {
      email,
      id: result!.id as UserId,
      status: result!.status,
      signIn: async (password = PASSWORD) => signIn(on(), { email, password }, CALLER),
      signInAtOnce: (times: number) =>
        Array.from({ length: times }, async (_, index) =>
          signIn(withoutLimits(index), { email, password: PASSWORD }, CALLER),
        ),
    };
  };
  const hashOf = async (id: UserId) => (await readPassword(on().store.queries, id))!.hash;
  const sessionOf = async (userId: UserId) => {
    const now = clock.now();
    const live = { createdAt: now, lastUsedAt: now, idleExpiresAt: now + 9e9, expiresAt: now + 9e9 };
    const session = aSession(userId, live);
    await on().store.transaction((tx) => insertSession(tx, session));
    return { userId, sessionId: session.id };
  };

  test('an account signs in with the password of before, and has a hash of ours from then on', async () => {
    const person = await imported();
    expect(await hashOf(person.id)).toBe(`imported:bcrypt:${passwordHash}`);
    expect(await person.signIn('a wrong password')).toEqual({ kind: 'invalid_credentials' });
    expect(await hashOf(person.id)).toBe(`imported:bcrypt:${passwordHash}`);
    expect(await person.signIn()).toMatchObject({ kind: 'signed_in' });
    const ours = await hashOf(person.id);
    expect(ours).toContain('$argon2id$v=19$m=256,t=1,p=1$');
    // As another keyboard would have it: no password of the other product, but one of ours.
    expect(await person.signIn(PASSWORD.normalize('NFC'))).toMatchObject({ kind: 'signed_in' });
    expect(await hashOf(person.id)).toBe(ours);
  });

  test('50 first sign-ins at once, on two nodes, all succeed, and hash anew once', async () => {
    const person = await imported();
    expect(countKinds(await Promise.all(person.signInAtOnce(50)))).toEqual({ signed_in: 50 });
    const events = await traces().audit(person.id);
    expect(events.filter((event) => event.startsWith('user.password_rehashed'))).toHaveLength(1);
    expect(await person.signIn()).toMatchObject({ kind: 'signed_in' });
  });

  test('a change of the password among 20 first sign-ins wins, whichever comes first', async () => {
    for (const before of [0, 10, 20]) {
      const person = await imported();
      const input = { ...(await sessionOf(person.id)), personal: [], current: PASSWORD, password: NEW_PASSWORD };
      clock.advance(1);
      const earlier = person.signInAtOnce(before);
      const change = changePassword(on(1), input, CALLER);
      const kinds = countKinds(await Promise.all([...earlier, ...person.signInAtOnce(20 - before)]));
      expect((await change).kind).toBe('changed');
      expect(Object.keys(kinds).filter((kind) => kind !== 'signed_in' && kind !== 'invalid_credentials')).toEqual([]);
      expect(await person.signIn()).toEqual({ kind: 'invalid_credentials' });
      expect(await person.signIn(NEW_PASSWORD)).toMatchObject({ kind: 'signed_in' });
    }
  });

  test('a password is taken for a new one, a new address and a deletion, before any sign-in', async () => {
    const [changing, moving, leaving] = [await imported(), await imported(), await imported()];
    const change = { ...(await sessionOf(changing.id)), personal: [], password: NEW_PASSWORD };
    expect(await changePassword(on(), { ...change, current: NEW_PASSWORD }, CALLER)).toEqual({
      kind: 'wrong_password',
    });
    expect(await changePassword(on(), { ...change, current: PASSWORD }, CALLER)).toMatchObject({ kind: 'changed' });
    const move = { ...(await sessionOf(moving.id)), email: 'moved@example.com' };
    expect(await requestEmailChange(on(), { ...move, password: NEW_PASSWORD }, CALLER)).toEqual({
      kind: 'wrong_password',
    });
    expect(await requestEmailChange(on(), { ...move, password: PASSWORD }, CALLER)).toMatchObject({ kind: 'accepted' });
    const leave = await sessionOf(leaving.id);
    expect(await deleteAccount(on(), { ...leave, password: NEW_PASSWORD }, CALLER)).toEqual({ kind: 'wrong_password' });
    expect(await deleteAccount(on(), { ...leave, password: PASSWORD }, CALLER)).toMatchObject({ kind: 'deleted' });
  });

  test('wrong passwords are counted as for any other account', async () => {
    const { signIn: tryOnce } = await imported();
    for (let tried = 0; tried < RATE_LIMITS.signInByAccount.attempts; tried += 1) await tryOnce('a wrong password');
    await tryOnce('a wrong password').catch(() => {});
    await expect(tryOnce()).rejects.toBeInstanceOf(TooManyAttemptsError);
  });

  test('roles, a ban and the day of the beginning come along; without a password nobody signs in', async () => {
    const more = { roles: ['b', 'a', 'b'], banned: true, created_at: '2020-02-02T02:02:02+02:00', name: 'Grace' };
    const person = await imported(more);
    expect(await findUserByEmail(on().store.queries, person.email)).toMatchObject({
      id: person.id,
      role: 'user',
      applicationRoles: ['a', 'b'],
      createdAt: Date.UTC(2020, 1, 2, 0, 2, 2),
      name: 'Grace',
    });
    expect(await person.signIn()).toEqual({ kind: 'account_banned' });
    expect(await traces().audit(person.id)).toContain('user.imported success');
    const without = await imported({ password_hash: null });
    expect(await without.signIn('')).toEqual({ kind: 'invalid_credentials' });
  });

  test('50 imports of the same people at once make each of them once, and change nobody', async () => {
    const users = [aPerson(), aPerson(), aPerson({ email_verified: false })];
    const imports = Array.from({ length: 50 }, async (_, index) =>
      importUsers(on(index), index % 2 === 0 ? users : users.toReversed(), 'test'),
    );
    const statuses = (await Promise.all(imports)).flat().map(({ status }) => ({ kind: status }));
    expect(countKinds(statuses)).toEqual({ imported: 2, waiting: 1, existing: 147 });
  });

  describe('whose address nobody has confirmed', () => {
    const waiting = { email_verified: false };

    test('waits as after a sign-up, with no mail; the link that is asked for makes the account, with the password', async () => {
      const person = await imported(waiting);
      expect(person).toMatchObject({ status: 'waiting', id: null });
      expect(await traces().mailsTo(person.email)).toEqual([]);
      expect(await person.signIn()).toEqual({ kind: 'email_not_verified' });
      expect(await person.signIn('a wrong password')).toEqual({ kind: 'invalid_credentials' });
      await requestEmailVerification(on(), { email: person.email }, CALLER);
      const token = await traces().tokenTo(person.email, 'verify_email');
      expect(await confirmEmail(on(), { token }, CALLER)).toEqual({ kind: 'confirmed', passwordReset: undefined });
      clock.advance(1);
      expect(await person.signIn()).toMatchObject({ kind: 'signed_in' });
      const { id } = (await findUserByEmail(on().store.queries, person.email))!;
      expect(await hashOf(id)).toMatch(/^\$argon2id/);
    });

    test('leaves the choice to whoever confirms, where another password is signed up with', async () => {
      const person = await imported(waiting);
      await signUp(on(), { email: person.email, password: NEW_PASSWORD }, CALLER);
      const token = await traces().tokenTo(person.email, 'verify_email');
      const confirmed = await confirmEmail(on(), { token }, CALLER);
      expect(confirmed.kind === 'confirmed' && confirmed.passwordReset).toBeTruthy();
      expect(await person.signIn()).not.toMatchObject({ kind: 'signed_in' });
    });
  });
});

import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../src/domain/instant.ts';
import { RATE_LIMITS } from '../../src/domain/rate-limits/rate-limits.ts';
import { TooManyAttemptsError } from '../../src/operations/attempts.ts';
import { changePassword } from '../../src/operations/change-password.ts';
import { requestEmailVerification } from '../../src/operations/request-email-verification.ts';
import { requestPasswordReset } from '../../src/operations/request-password-reset.ts';
import { resetPassword } from '../../src/operations/reset-password.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { CALLER, countKinds, makeAccount, NEW_PASSWORD, PASSWORD, useAccounts } from './accounts.ts';

describeEachDatabase('passwords', (database) => {
  const world = useAccounts(database);
  const kindOfSignIn = async (email: string, password: string) =>
    (await signIn(world.operations, { email, password }, CALLER)).kind;
  const requestReset = async (email: string) => requestPasswordReset(world.operations, { email }, CALLER);
  const tokenFor = async (email: string) => {
    await requestReset(email);
    world.clock.advance(1);
    return world.traces.tokenTo(email, 'reset_password');
  };

  test('are reset, whatever else somebody asks for with the address', async () => {
    const { email } = await makeAccount(world.operations);
    const signUpOnceMore = () => signUp(world.operations, { email, password: NEW_PASSWORD }, CALLER);
    const verifyOnceMore = () => requestEmailVerification(world.operations, { email }, CALLER);
    for (const ask of [signUpOnceMore, verifyOnceMore]) {
      for (let asked = 0; asked < RATE_LIMITS.mailByAddress.attempts; asked += 1) await ask();
      await expect(ask()).rejects.toBeInstanceOf(TooManyAttemptsError);
    }
    const token = await tokenFor(email);
    expect(await resetPassword(world.operations, { token, password: NEW_PASSWORD }, CALLER)).toMatchObject({
      kind: 'reset',
    });
  });

  describe('are changed', () => {
    test('by one of 50 devices at once; its session alone stays, and what takes its place', async () => {
      const account = await makeAccount(world.operations, 50);
      const results = await world.atOnce(50, async (operations, index) => {
        const input = { personal: [], current: PASSWORD, password: `${NEW_PASSWORD} ${index}` };
        return changePassword(
          operations,
          { ...input, userId: account.id, sessionId: account.sessions[index]! },
          CALLER,
        );
      });
      const winner = results.findIndex(({ kind }) => kind === 'changed');
      // Whoever comes second has a session that has ended.
      expect(countKinds(results)).toEqual({ changed: 1, no_session: 49 });
      const renewed = results.flatMap((result) => (result.kind === 'changed' ? [result.session.id] : []));
      const staying = [account.sessions[winner]!, ...renewed].toSorted();
      expect((await world.traces.liveSessions(account.id)).toSorted()).toEqual(staying);
      expect(await kindOfSignIn(account.email, `${NEW_PASSWORD} ${winner}`)).toBe('signed_in');
      expect(await kindOfSignIn(account.email, PASSWORD)).toBe('invalid_credentials');
      expect(await world.traces.revocations(account.id)).toEqual(['subject 2']);
      expect((await world.traces.mailsTo(account.email)).map(({ kind }) => kind)).toEqual(['password_changed']);
    });

    test('by one of several tabs at once', async () => {
      const { id, sessions } = await makeAccount(world.operations);
      const results = await Promise.all(
        ['one', 'two', 'three', 'four'].map(async (name) => {
          const input = { personal: [], current: PASSWORD, password: `${NEW_PASSWORD} ${name}` };
          return changePassword(world.operations, { ...input, userId: id, sessionId: sessions[0]! }, CALLER);
        }),
      );
      expect(countKinds(results)).toEqual({ changed: 1, wrong_password: 3 });
      const renewed = results.flatMap((result) => (result.kind === 'changed' ? [result.session.id] : []));
      expect((await world.traces.liveSessions(id)).toSorted()).toEqual([...sessions, ...renewed].toSorted());
    });

    test.each([
      ['a wrong password', { current: 'not this one' }, { kind: 'wrong_password' }],
      ['a new one that is short', { password: 'short' }, { kind: 'password_not_allowed', objection: 'too_short' }],
    ] as const)('not with %s', async (_name, change, result) => {
      const { id, email, sessions } = await makeAccount(world.operations, 2);
      const input = {
        personal: [],
        userId: id,
        sessionId: sessions[0]!,
        current: PASSWORD,
        password: NEW_PASSWORD,
        ...change,
      };
      expect(await changePassword(world.operations, input, CALLER)).toEqual(result);
      expect(await world.traces.liveSessions(id)).toHaveLength(2);
      expect(await world.traces.mailsTo(email)).toEqual([]);
      expect(await world.traces.revocations(id)).toEqual([]);
      expect(await kindOfSignIn(email, PASSWORD)).toBe('signed_in');
    });

    test('which kills every link that was mailed', async () => {
      const { id, email, sessions } = await makeAccount(world.operations);
      const token = await tokenFor(email);
      const input = { personal: [], userId: id, sessionId: sessions[0]!, current: PASSWORD, password: NEW_PASSWORD };
      expect(await changePassword(world.operations, input, CALLER)).toMatchObject({ kind: 'changed', ended: 0 });
      expect(await world.traces.purposes(id)).toEqual([]);
      expect(await resetPassword(world.operations, { token, password: PASSWORD }, CALLER)).toEqual({
        kind: 'invalid_token',
      });
    });
  });

  describe('are reset', () => {
    test('by one of 50 uses of the link at once', async () => {
      const { id, email } = await makeAccount(world.operations, 3);
      const token = await tokenFor(email);
      const results = await world.atOnce(50, async (operations, index) =>
        resetPassword(operations, { token, password: `${NEW_PASSWORD} ${index}` }, CALLER),
      );
      expect(countKinds(results)).toEqual({ reset: 1, invalid_token: 49 });
      const winner = results.findIndex(({ kind }) => kind === 'reset');
      expect(await kindOfSignIn(email, `${NEW_PASSWORD} ${winner}`)).toBe('signed_in');
      expect(await world.traces.liveSessions(id)).toHaveLength(1);
      expect(await world.traces.revocations(id)).toEqual(['subject 2']);
      const changed = (await world.traces.mailsTo(email)).filter(({ kind }) => kind === 'password_changed');
      expect(changed).toHaveLength(1);
    });

    test('by the newest link alone, also of several that were asked for at once', async () => {
      const { id, email } = await makeAccount(world.operations);
      const first = await tokenFor(email);
      await Promise.all([requestReset(email), requestReset(email), requestReset(email)]);
      expect(await world.traces.purposes(id)).toEqual(['reset_password']);
      // A mail with a link that is dead already is not sent.
      expect(await world.traces.mailsTo(email)).toHaveLength(1);
      const newest = await world.traces.tokenTo(email, 'reset_password');
      const input = { password: NEW_PASSWORD };
      expect(await resetPassword(world.operations, { ...input, token: first }, CALLER)).toMatchObject({
        kind: 'invalid_token',
      });
      expect(await resetPassword(world.operations, { ...input, token: newest }, CALLER)).toMatchObject({
        kind: 'reset',
      });
    });

    test('within 30 minutes', async () => {
      const { email } = await makeAccount(world.operations);
      const late = await tokenFor(email);
      world.clock.advance(30 * MINUTE_MS - 1);
      expect(await resetPassword(world.operations, { token: late, password: NEW_PASSWORD }, CALLER)).toEqual({
        kind: 'invalid_token',
      });
      const inTime = await tokenFor(email);
      world.clock.advance(30 * MINUTE_MS - 2);
      expect(await resetPassword(world.operations, { token: inTime, password: NEW_PASSWORD }, CALLER)).toMatchObject({
        kind: 'reset',
      });
    });

    test('to one that is allowed; one that is not uses nothing up', async () => {
      const { id, email } = await makeAccount(world.operations);
      const token = await tokenFor(email);
      expect(await resetPassword(world.operations, { token, password: 'short' }, CALLER)).toEqual({
        kind: 'password_not_allowed',
        objection: 'too_short',
      });
      // Told only to whoever has the link.
      const personal = `${email.split('@')[0]!}!`;
      expect(await resetPassword(world.operations, { token, password: personal }, CALLER)).toEqual({
        kind: 'password_not_allowed',
        objection: 'too_personal',
      });
      expect(await world.traces.purposes(id)).toEqual(['reset_password']);
      expect(await resetPassword(world.operations, { token, password: NEW_PASSWORD }, CALLER)).toMatchObject({
        kind: 'reset',
      });
    });

    test('asked for by nobody leaves nothing but an entry in the audit log', async () => {
      const { queries } = world.operations.store;
      const rows = async () => ({
        tokens: await queries.selectFrom('one_time_tokens').selectAll().execute(),
        mails: await queries.selectFrom('mail_outbox').select('id').execute(),
      });
      const before = await rows();
      expect(await requestReset('nobody@example.com')).toEqual({ kind: 'accepted' });
      expect(await rows()).toEqual(before);
    });

    test.each(['', 'lko_', `lko_${'A'.repeat(43)}`])('not by %j, which is no token', async (token) => {
      expect(await resetPassword(world.operations, { token, password: NEW_PASSWORD }, CALLER)).toEqual({
        kind: 'invalid_token',
      });
    });
  });
});

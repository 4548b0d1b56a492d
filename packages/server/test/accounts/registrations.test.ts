import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseEmailAddress } from '../../src/domain/email-addresses/parse.ts';
import { DAY_MS } from '../../src/domain/instant.ts';
import { confirmEmailChange } from '../../src/operations/confirm-email-change.ts';
import { confirmEmail } from '../../src/operations/confirm-email.ts';
import { addUser } from '../../src/operations/manage-users.ts';
import { purgeExpired } from '../../src/operations/purge-expired.ts';
import { requestEmailChange } from '../../src/operations/request-email-change.ts';
import { requestEmailVerification } from '../../src/operations/request-email-verification.ts';
import { resetPassword } from '../../src/operations/reset-password.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { CALLER, countKinds, makeAccount, NEW_PASSWORD, PASSWORD, useAccounts } from './accounts.ts';

const THIRD_PASSWORD = 'neither of the two others';
const newAddress = () => `${randomBytes(6).toString('hex')}@example.com`;

describeEachDatabase('registrations', (database) => {
  const world = useAccounts(database);
  const register = (email: string, password = PASSWORD, name?: string) =>
    signUp(world.operations, { email, password, name }, CALLER);
  const link = (email: string) => world.traces.tokenTo(email, 'verify_email');
  const confirm = (token: string) => confirmEmail(world.operations, { token }, CALLER);
  const kindOfSignIn = async (email: string, password = PASSWORD) =>
    (await signIn(world.operations, { email, password }, CALLER)).kind;
  const accountOf = (email: string) =>
    world.operations.store.queries
      .selectFrom('users')
      .selectAll()
      .where('email_key', '=', email.toLowerCase())
      .executeTakeFirst();
  const registrationOf = (email: string) =>
    world.operations.store.queries
      .selectFrom('registrations')
      .selectAll()
      .where('email_key', '=', email.toLowerCase())
      .executeTakeFirst();

  test('become an account when the address is confirmed, and not before', async () => {
    const email = newAddress();
    await register(email, PASSWORD, 'Ada');
    expect(await accountOf(email)).toBeUndefined();
    expect(await kindOfSignIn(email)).toBe('email_not_verified');
    expect(await kindOfSignIn(email, NEW_PASSWORD)).toBe('invalid_credentials');
    expect(await confirm(await link(email))).toEqual({ kind: 'confirmed', passwordReset: undefined });
    const account = await accountOf(email);
    expect(account).toMatchObject({ email, name: 'Ada', role: 'user', email_verified_at: world.clock.now() });
    expect(await kindOfSignIn(email)).toBe('signed_in');
    expect(await registrationOf(email)).toBeUndefined();
    expect(await world.traces.audit(account!.id)).toEqual(['user.email_verified success']);
  });

  describe('of an address that has an account', () => {
    test('look like those of one that has none, to whoever signs up, asks again and signs in', async () => {
      const { email, id } = await makeAccount(world.operations);
      for (const address of [email, newAddress()]) {
        expect(await kindOfSignIn(address, NEW_PASSWORD)).toBe('invalid_credentials');
        expect(await register(address, NEW_PASSWORD)).toEqual({ kind: 'accepted' });
        expect(await kindOfSignIn(address, NEW_PASSWORD)).toBe('email_not_verified');
        expect(await kindOfSignIn(address, THIRD_PASSWORD)).toBe('invalid_credentials');
        await requestEmailVerification(world.operations, { email: address }, CALLER);
        expect(await kindOfSignIn(address, NEW_PASSWORD)).toBe('email_not_verified');
        world.clock.advance(DAY_MS);
        expect(await kindOfSignIn(address, NEW_PASSWORD)).toBe('invalid_credentials');
      }
      // The mail alone tells, and has no link that would do anything.
      const mails = await world.traces.mailsTo(email);
      expect(mails.map(({ kind }) => kind)).toEqual(['already_registered']);
      expect(mails[0]!.text + mails[0]!.html).not.toContain('lko_');
      expect(await kindOfSignIn(email)).toBe('signed_in');
      expect(await world.traces.revocations(id)).toEqual([]);
    });

    test('have no link, also where one was mailed before the account was there', async () => {
      const email = newAddress();
      await register(email, NEW_PASSWORD);
      const before = await link(email);
      const { operations } = world;
      await addUser(operations, { email, password: PASSWORD, name: null, role: 'user' }, 'cli');
      expect(await confirm(before)).toEqual({ kind: 'invalid_token' });
      expect(await kindOfSignIn(email)).toBe('signed_in');
      await requestEmailVerification(operations, { email }, CALLER);
      expect((await registrationOf(email))!.token_hash).toBeNull();
    });
  });

  describe('repeated before the address is confirmed', () => {
    test('with the same password: the newest link makes the account with it', async () => {
      const email = newAddress();
      await register(email);
      const older = await link(email);
      world.clock.advance(1);
      await register(email, PASSWORD, 'Ada');
      expect(await confirm(older)).toEqual({ kind: 'invalid_token' });
      expect(await confirm(await link(email))).toEqual({ kind: 'confirmed', passwordReset: undefined });
      expect(await kindOfSignIn(email)).toBe('signed_in');
    });

    test.each([
      ['before the owner did', [NEW_PASSWORD, PASSWORD]],
      ['after the owner did', [PASSWORD, NEW_PASSWORD]],
      ['in between', [PASSWORD, NEW_PASSWORD, PASSWORD]],
    ])('with the password of somebody else, %s: whoever confirms chooses one', async (_when, passwords) => {
      const email = newAddress();
      for (const password of passwords) {
        await register(email, password, 'A name');
        world.clock.advance(1);
      }
      const result = await confirm(await link(email));
      if (result.kind !== 'confirmed' || result.passwordReset === undefined) throw new Error('No password to choose');
      const account = (await accountOf(email))!;
      expect(account.name).toBeNull();
      // As before: nobody is told that the address has an account now.
      const [last, ...others] = passwords.toReversed();
      expect(await kindOfSignIn(email, last)).toBe('email_not_verified');
      for (const other of others.filter((each) => each !== last)) {
        expect(await kindOfSignIn(email, other)).toBe('invalid_credentials');
      }

      const token = result.passwordReset.reveal();
      const reset = await resetPassword(world.operations, { token, password: THIRD_PASSWORD }, CALLER);
      expect(reset.kind).toBe('reset');
      expect(await kindOfSignIn(email, THIRD_PASSWORD)).toBe('signed_in');
      expect(await kindOfSignIn(email, last)).toBe('email_not_verified');
      expect((await accountOf(email))!.id).toBe(account.id);
    });

    test('after it expired: nothing of it is left', async () => {
      const email = newAddress();
      await register(email, NEW_PASSWORD);
      const older = await link(email);
      world.clock.advance(DAY_MS);
      expect(await kindOfSignIn(email, NEW_PASSWORD)).toBe('invalid_credentials');
      await register(email, PASSWORD);
      expect(await confirm(older)).toEqual({ kind: 'invalid_token' });
      expect(await confirm(await link(email))).toEqual({ kind: 'confirmed', passwordReset: undefined });
      expect(await kindOfSignIn(email)).toBe('signed_in');
    });
  });

  test('expire after a day, and are purged', async () => {
    const email = newAddress();
    await register(email);
    const token = await link(email);
    world.clock.advance(DAY_MS - 1);
    await purgeExpired(world.operations);
    expect(await registrationOf(email)).toBeDefined();
    world.clock.advance(1);
    expect(await confirm(token)).toEqual({ kind: 'invalid_token' });
    await requestEmailVerification(world.operations, { email }, CALLER);
    expect((await registrationOf(email))!.token_hash).toBeNull();
    await purgeExpired(world.operations);
    expect(await registrationOf(email)).toBeUndefined();
  });

  test('asked for again for nobody leave nothing', async () => {
    const { queries } = world.operations.store;
    const rows = async () => ({
      registrations: await queries.selectFrom('registrations').select('email_key').execute(),
      mails: await queries.selectFrom('mail_outbox').select('id').execute(),
    });
    const before = await rows();
    await requestEmailVerification(world.operations, { email: newAddress() }, CALLER);
    expect(await rows()).toEqual(before);
  });

  test('confirmed 50 times at once make one account', async () => {
    const email = newAddress();
    await register(email);
    const token = await link(email);
    const results = await world.atOnce(50, (operations) => confirmEmail(operations, { token }, CALLER));
    expect(countKinds(results)).toEqual({ confirmed: 1, invalid_token: 49 });
    expect(await kindOfSignIn(email)).toBe('signed_in');
  });

  test('made, repeated and confirmed while another user takes the address: it has one owner', async () => {
    const email = newAddress();
    await register(email);
    const token = await link(email);
    const mover = await makeAccount(world.operations);
    const asked = { userId: mover.id, sessionId: mover.sessions[0]!, password: PASSWORD, email };
    await requestEmailChange(world.operations, asked, CALLER);
    const change = await world.traces.tokenTo(email, 'change_email');
    const results = await world.atOnce(6, async (operations, index): Promise<{ kind: string }> => {
      if (index === 0) return confirmEmailChange(operations, { token: change }, CALLER);
      if (index % 2 === 0) return signUp(operations, { email, password: NEW_PASSWORD }, CALLER);
      return confirmEmail(operations, { token }, CALLER);
    });
    const counts = countKinds(results);
    expect(counts['accepted']).toBe(2);
    expect(counts['confirmed'] ?? 0).toBeLessThanOrEqual(1);
    const owner = (await accountOf(email))?.id;
    if (counts['confirmed'] === undefined) expect(owner).toBeUndefined();
    else expect(owner).toBeDefined();
    // Whoever lost has what there was before.
    if (owner !== mover.id) expect((await world.traces.user(mover.id))!.email).toBe(mover.email);
    expect(parseEmailAddress(email)!.key).toBe(email);
  });
});

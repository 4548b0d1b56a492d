import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/domain/instant.ts';
import { RATE_LIMITS } from '../../src/domain/rate-limits/rate-limits.ts';
import { TooManyAttemptsError } from '../../src/operations/attempts.ts';
import { confirmEmail } from '../../src/operations/confirm-email.ts';
import { changePassword } from '../../src/operations/change-password.ts';
import { confirmEmailChange } from '../../src/operations/confirm-email-change.ts';
import { requestEmailChange } from '../../src/operations/request-email-change.ts';
import { requestPasswordReset } from '../../src/operations/request-password-reset.ts';
import { resetPassword } from '../../src/operations/reset-password.ts';
import { signIn } from '../../src/operations/sign-in.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { undoEmailChange } from '../../src/operations/undo-email-change.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { CALLER, countKinds, makeAccount, NEW_PASSWORD, PASSWORD, useAccounts, type Account } from './accounts.ts';

let addresses = 0;
const newAddress = () => `new-${(addresses += 1)}@example.com`;

describeEachDatabase('e-mail addresses', (database) => {
  const world = useAccounts(database);
  const ask = async (account: Account, email: string, change: { readonly password?: string } = {}) => {
    const input = { userId: account.id, sessionId: account.sessions[0]!, password: PASSWORD, email, ...change };
    const { kind } = await requestEmailChange(world.operations, input, CALLER);
    world.clock.advance(1);
    return kind;
  };
  const confirm = async (token: string, asking?: Account) => {
    const session = asking && { id: asking.sessions[0]!, userId: asking.id };
    const { kind } = await confirmEmailChange(world.operations, { token, asking: session }, CALLER);
    world.clock.advance(1);
    return kind;
  };
  const undo = async (token: string) => (await undoEmailChange(world.operations, { token }, CALLER)).kind;
  const changeTo = async (account: Account, email: string) => {
    expect(await ask(account, email)).toBe('accepted');
    // With the session that asked, so that it can go on.
    expect(await confirm(await world.traces.tokenTo(email, 'change_email'), account)).toBe('confirmed');
  };
  const emailOf = async ({ id }: Account) => (await world.traces.user(id))?.email;
  const kindOfSignIn = async (email: string, password: string) =>
    (await signIn(world.operations, { email, password }, CALLER)).kind;

  describe('change', () => {
    test('when the new one confirms, and not before', async () => {
      const account = await makeAccount(world.operations, 3);
      const email = newAddress();
      expect(await ask(account, email)).toBe('accepted');
      expect(await emailOf(account)).toBe(account.email);
      // Whoever slipped has done nothing.
      expect(await world.traces.mailsTo(account.email)).toEqual([]);
      expect(await world.traces.liveSessions(account.id)).toHaveLength(3);

      const token = await world.traces.tokenTo(email, 'change_email');
      expect(await confirm(token, account)).toBe('confirmed');
      expect(await emailOf(account)).toBe(email);
      expect(await world.traces.liveSessions(account.id)).toEqual([account.sessions[0]]);
      expect(await world.traces.revocations(account.id)).toEqual(['subject 2']);
      expect((await world.traces.mailsTo(account.email)).map(({ kind }) => kind)).toEqual(['email_changed']);
      expect(await kindOfSignIn(email, PASSWORD)).toBe('signed_in');
      expect(await kindOfSignIn(account.email, PASSWORD)).toBe('invalid_credentials');
      expect(await confirm(token)).toBe('invalid_token');
    });

    test('once, of 50 uses of the link at once', async () => {
      const account = await makeAccount(world.operations);
      const email = newAddress();
      await ask(account, email);
      const token = await world.traces.tokenTo(email, 'change_email');
      const results = await world.atOnce(50, (operations) => confirmEmailChange(operations, { token }, CALLER));
      expect(countKinds(results)).toEqual({ confirmed: 1, invalid_token: 49 });
      expect(await world.traces.mailsTo(account.email)).toHaveLength(1);
      expect(await world.traces.liveSessions(account.id)).toEqual([]);
    });

    test("ending the sessions of another user's browser that confirms: no", async () => {
      const [account, other] = [await makeAccount(world.operations), await makeAccount(world.operations)];
      const email = newAddress();
      await ask(account, email);
      expect(await confirm(await world.traces.tokenTo(email, 'change_email'), other)).toBe('confirmed');
      expect(await world.traces.liveSessions(account.id)).toEqual([]);
      expect(await world.traces.liveSessions(other.id)).toEqual(other.sessions);
    });

    test.each([
      ['a wrong password', { password: 'not this one' }, 'wrong_password'],
      ['no address', { email: 'nowhere' }, 'invalid_email'],
      ['two in one', { email: 'a@example.com, b@example.com' }, 'invalid_email'],
    ])(
      'not with %s',
      async (_name, { email = newAddress(), ...change }: { email?: string; password?: string }, kind) => {
        const account = await makeAccount(world.operations);
        expect(await ask(account, email, change)).toBe(kind);
        expect(await world.traces.mailsTo(email)).toEqual([]);
        expect(await world.traces.purposes(account.id)).toEqual([]);
      },
    );

    test('not to what it is already, but to another spelling of it', async () => {
      const account = await makeAccount(world.operations);
      expect(await ask(account, account.email)).toBe('same_email');
      const spelling = account.email.toUpperCase().replace('EXAMPLE.COM', 'example.com');
      await changeTo(account, spelling);
      expect(await emailOf(account)).toBe(spelling);
    });

    test("to somebody else's: answers the same, and tells that one alone", async () => {
      const [account, other] = [await makeAccount(world.operations), await makeAccount(world.operations)];
      expect(await ask(account, other.email)).toBe('accepted');
      const mails = await world.traces.mailsTo(other.email);
      expect(mails.map(({ kind }) => kind)).toEqual(['address_in_use']);
      expect(mails[0]!.text).not.toContain('lko_');
      expect(await emailOf(account)).toBe(account.email);
    });

    test('with so many mails to one address, whoever asks', async () => {
      const email = newAddress();
      const { attempts } = RATE_LIMITS.mailByAddress;
      for (let asked = 0; asked < attempts; asked += 1) {
        expect(await ask(await makeAccount(world.operations), email)).toBe('accepted');
      }
      const account = await makeAccount(world.operations);
      await expect(ask(account, email.toUpperCase())).rejects.toBeInstanceOf(TooManyAttemptsError);
      expect(await world.traces.mailsTo(email)).toHaveLength(attempts);
      expect(await ask(account, email, { password: 'not this one' })).toBe('wrong_password');
    });

    test('not to one that somebody has got meanwhile', async () => {
      const [account, rival] = [await makeAccount(world.operations), await makeAccount(world.operations)];
      const email = newAddress();
      await ask(account, email);
      const token = await world.traces.tokenTo(email, 'change_email');
      await changeTo(rival, email.replace('new', 'NEW'));
      expect(await confirm(token)).toBe('invalid_token');
      expect(await emailOf(account)).toBe(account.email);
      expect(await world.traces.liveSessions(account.id)).toHaveLength(1);
    });

    test('of as many users as may ask for one address, all at once: for one', async () => {
      const email = newAddress();
      const tokens: string[] = [];
      const users = RATE_LIMITS.mailByAddress.attempts;
      for (let count = 0; count < users; count += 1) {
        await ask(await makeAccount(world.operations), email);
        tokens.push(await world.traces.tokenTo(email, 'change_email'));
      }
      const results = await world.atOnce(users, (operations, index) =>
        confirmEmailChange(operations, { token: tokens[index]! }, CALLER),
      );
      expect(countKinds(results)).toEqual({ confirmed: 1, invalid_token: users - 1 });
    });

    test('of two users who want each other’s: for none', async () => {
      const [one, other] = [await makeAccount(world.operations), await makeAccount(world.operations)];
      await ask(one, other.email);
      await ask(other, one.email);
      const mails = [...(await world.traces.mailsTo(one.email)), ...(await world.traces.mailsTo(other.email))];
      expect(mails.map(({ kind }) => kind)).toEqual(['address_in_use', 'address_in_use']);
    });

    test('to one that somebody signed up with and never confirmed', async () => {
      const account = await makeAccount(world.operations);
      const email = newAddress();
      await signUp(world.operations, { email, password: NEW_PASSWORD }, CALLER);
      const link = await world.traces.tokenTo(email, 'verify_email');
      await changeTo(account, email);
      expect(await emailOf(account)).toBe(email);
      expect(await confirmEmail(world.operations, { token: link }, CALLER)).toEqual({ kind: 'invalid_token' });
      expect(await kindOfSignIn(email, PASSWORD)).toBe('signed_in');
    });
  });

  describe('are taken back', () => {
    const stolen = async () => {
      const account = await makeAccount(world.operations, 1);
      const thief = newAddress();
      await changeTo(account, thief);
      return { account, thief, token: await world.traces.tokenTo(account.email, 'email_changed') };
    };

    test('with a link that ends all sessions and the password, for 7 days', async () => {
      const { account, token, thief } = await stolen();
      world.clock.advance(7 * DAY_MS - 10);
      expect(await undo(token)).toBe('undone');
      expect(await emailOf(account)).toBe(account.email);
      expect(await world.traces.liveSessions(account.id)).toEqual([]);
      expect(await world.traces.purposes(account.id)).toEqual([]);
      expect(await world.traces.revocations(account.id)).toEqual(['subject 2', 'subject 3']);
      expect(await kindOfSignIn(account.email, PASSWORD)).toBe('invalid_credentials');
      await requestPasswordReset(world.operations, { email: thief }, CALLER);
      expect((await world.traces.mailsTo(thief)).map(({ kind }) => kind)).not.toContain('reset_password');

      await requestPasswordReset(world.operations, { email: account.email }, CALLER);
      const reset = await world.traces.tokenTo(account.email, 'reset_password');
      await resetPassword(world.operations, { token: reset, password: NEW_PASSWORD }, CALLER);
      expect(await kindOfSignIn(account.email, NEW_PASSWORD)).toBe('signed_in');
    });

    test('not a moment later', async () => {
      const { account, token, thief } = await stolen();
      world.clock.advance(7 * DAY_MS);
      expect(await undo(token)).toBe('invalid_token');
      expect(await emailOf(account)).toBe(thief);
    });

    test('whatever an intruder did with password and mail: changed, reset, moved on, or undid that', async () => {
      const { account, token, thief } = await stolen();
      const input = { personal: [], userId: account.id, sessionId: account.sessions[0]!, current: PASSWORD };
      await changePassword(world.operations, { ...input, password: NEW_PASSWORD }, CALLER);
      await requestPasswordReset(world.operations, { email: thief }, CALLER);
      const reset = await world.traces.tokenTo(thief, 'reset_password');
      await resetPassword(world.operations, { token: reset, password: PASSWORD }, CALLER);

      const signedIn = await signIn(world.operations, { email: thief, password: PASSWORD }, CALLER);
      if (signedIn.kind !== 'signed_in') throw new Error(signedIn.kind);
      world.clock.advance(1);
      const again = newAddress();
      await changeTo({ ...account, sessions: [signedIn.session.id] }, again);
      // The intruder's own way back does not take the owner's away.
      expect(await undo(await world.traces.tokenTo(thief, 'email_changed'))).toBe('undone');
      expect(await world.traces.purposes(account.id)).toEqual(['undo_email_change']);

      expect(await undo(token)).toBe('undone');
      expect(await emailOf(account)).toBe(account.email);
      expect(await world.traces.purposes(account.id)).toEqual([]);
    });

    /** With password and mailbox the address goes to the thief's, back, and on. */
    const movedAround = async (backTo: (email: string) => string = (email) => email) => {
      const { account, thief, token: first } = await stolen();
      const email = backTo(account.email);
      await changeTo(account, email);
      await changeTo(account, newAddress());
      const last = await world.traces.tokenTo(email, 'email_changed');
      return { account, first, last, thiefs: await world.traces.tokenTo(thief, 'email_changed') };
    };

    test('by the first link, where an intruder moved the address back and on, and undid that', async () => {
      const { account, first, thiefs } = await movedAround();
      expect(await undo(thiefs)).toBe('undone');
      expect(await undo(first)).toBe('undone');
      expect(await emailOf(account)).toBe(account.email);
      expect(await world.traces.purposes(account.id)).toEqual([]);
    });

    test.each([
      ['the same', (email: string) => email],
      ['another', (email: string) => email.toUpperCase().replace('EXAMPLE.COM', 'example.com')],
    ])('by the last link as by the first, with %s spelling between', async (_name, backTo) => {
      const { account, first, last, thiefs } = await movedAround(backTo);
      expect(await undo(last)).toBe('undone');
      expect(await undo(thiefs)).toBe('invalid_token');
      expect(await undo(first)).toBe('invalid_token');
      expect(await world.traces.purposes(account.id)).toEqual([]);
    });

    test('in the order of the changes, whatever the clocks of the nodes say', async () => {
      const { account, token, thief } = await stolen();
      world.clock.advance(-1000);
      await changeTo(account, newAddress());
      const thiefs = await world.traces.tokenTo(thief, 'email_changed');
      world.clock.advance(1000);
      expect(await undo(thiefs)).toBe('undone');
      expect(await undo(token)).toBe('undone');
      expect(await emailOf(account)).toBe(account.email);
    });

    test('which makes the links of later changes die', async () => {
      const { account, token, thief } = await stolen();
      await changeTo(account, newAddress());
      const later = await world.traces.tokenTo(thief, 'email_changed');
      expect(await undo(token)).toBe('undone');
      expect(await undo(later)).toBe('invalid_token');
      expect(await emailOf(account)).toBe(account.email);
    });

    test('once, of 50 uses of the link at once', async () => {
      const { token } = await stolen();
      const results = await world.atOnce(50, (operations) => undoEmailChange(operations, { token }, CALLER));
      expect(countKinds(results)).toEqual({ undone: 1, invalid_token: 49 });
    });

    test('by no token of another purpose', async () => {
      const account = await makeAccount(world.operations);
      const email = newAddress();
      await ask(account, email);
      const token = await world.traces.tokenTo(email, 'change_email');
      expect(await undo(token)).toBe('invalid_token');
      expect((await resetPassword(world.operations, { token, password: NEW_PASSWORD }, CALLER)).kind).toBe(
        'invalid_token',
      );
      // Neither has used it up.
      expect(await confirm(token)).toBe('confirmed');
    });
  });
});

import { describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/instant.ts';
import { newBrowserSecret, type BrowserSecret } from '../../src/domain/one-time-tokens/magic-link.ts';
import type { OperationContext } from '../../src/operations/context.ts';
import { TooManyAttemptsError } from '../../src/operations/attempts.ts';
import { banUser } from '../../src/operations/ban-user.ts';
import { changePassword } from '../../src/operations/change-password.ts';
import { codeOfMagicLink, confirmMagicLink } from '../../src/operations/confirm-magic-link.ts';
import { confirmEmailChange } from '../../src/operations/confirm-email-change.ts';
import { deleteUserByOperator } from '../../src/operations/delete-user.ts';
import { requestEmailChange } from '../../src/operations/request-email-change.ts';
import { requestMagicLink } from '../../src/operations/request-magic-link.ts';
import { requestPasswordReset } from '../../src/operations/request-password-reset.ts';
import { resetPassword } from '../../src/operations/reset-password.ts';
import { signUp } from '../../src/operations/sign-up.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { CALLER, countKinds, makeAccount, NEW_PASSWORD, PASSWORD, useAccounts, type Account } from './accounts.ts';

const NOTHING = { remember: false, replaces: undefined, knownDevice: undefined };

describeEachDatabase('links that sign in', (database) => {
  const world = useAccounts(database);
  const confirm = (token: string, browser: BrowserSecret | undefined, on: OperationContext = world.operations) =>
    confirmMagicLink(on, { ...NOTHING, token, browser }, CALLER);
  const kindOf = async (token: string, browser: BrowserSecret | undefined) => (await confirm(token, browser)).kind;
  const ask = async (email: string) => {
    const browser = newBrowserSecret(world.operations.random);
    await requestMagicLink(world.operations, { email, browser }, CALLER);
    world.clock.advance(1);
    return browser;
  };
  const tokenTo = (email: string) => world.traces.tokenTo(email, 'magic_link');
  const codeOf = (token: string) => codeOfMagicLink(world.operations, token)!;

  test('begin one session, of 50 uses at once, by link and by code', async () => {
    const { id, email } = await makeAccount(world.operations, 0);
    const browser = await ask(email);
    const token = await tokenTo(email);
    // No more at a time than the limit of a browser: what is beyond is refused before it is looked at.
    const results = await world.atOnce(50, async (operations, index) =>
      confirm(index % 2 === 0 ? token : codeOf(token), browser, operations).catch((error: unknown) => {
        if (!(error instanceof TooManyAttemptsError)) throw error;
        return { kind: 'refused' } as const;
      }),
    );
    const { signed_in: signedIn, invalid_token: invalid = 0, refused = 0 } = countKinds(results);
    expect([signedIn, invalid + refused]).toEqual([1, 49]);
    expect(await world.traces.liveSessions(id)).toHaveLength(1);
    expect(await world.traces.purposes(id)).toEqual([]);
    const begun = results.find((result) => result.kind === 'signed_in')!;
    expect(begun).toMatchObject({ user: { id }, session: { amr: ['otp'], carrier: 'cookie', remember: false } });
  });

  test('are nothing without the secret of the browser that asked, and stay good', async () => {
    const [{ email }, other] = [await makeAccount(world.operations), await makeAccount(world.operations)];
    const browser = await ask(email);
    const foreign = await ask(other.email);
    const token = await tokenTo(email);
    for (const text of [token, codeOf(token)]) {
      expect(await kindOf(text, undefined)).toBe('invalid_token');
      expect(await kindOf(text, foreign)).toBe('invalid_token');
      expect(await kindOf(text, newBrowserSecret(world.operations.random))).toBe('invalid_token');
    }
    // Nor does one browser's secret do for another user's link.
    expect(await kindOf(await tokenTo(other.email), browser)).toBe('invalid_token');
    expect(await kindOf(codeOf(token).toLowerCase(), browser)).toBe('signed_in');
    expect(await kindOf(token, browser)).toBe('invalid_token');
  });

  test('are good for the newest alone, and a mail with an older one is not sent', async () => {
    const { id, email } = await makeAccount(world.operations);
    const older = await ask(email);
    const olderToken = await tokenTo(email);
    const newer = await ask(email);
    expect(await world.traces.purposes(id)).toEqual(['magic_link']);
    expect(await world.traces.mailsTo(email)).toHaveLength(1);
    expect(await kindOf(olderToken, older)).toBe('invalid_token');
    expect(await kindOf(await tokenTo(email), older)).toBe('invalid_token');
    expect(await kindOf(await tokenTo(email), newer)).toBe('signed_in');
  });

  test('live 10 minutes', async () => {
    const { email } = await makeAccount(world.operations);
    const late = await ask(email);
    world.clock.advance(10 * MINUTE_MS - 1);
    expect(await kindOf(await tokenTo(email), late)).toBe('invalid_token');
    const inTime = await ask(email);
    world.clock.advance(10 * MINUTE_MS - 2);
    expect(await kindOf(await tokenTo(email), inTime)).toBe('signed_in');
  });

  test('take five wrong codes in an hour, and then no right one', async () => {
    const { email } = await makeAccount(world.operations);
    const browser = await ask(email);
    const code = codeOf(await tokenTo(email));
    const wrong = code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`;
    for (let count = 0; count < 5; count += 1) expect(await kindOf(wrong, browser)).toBe('invalid_token');
    await expect(confirm(code, browser)).rejects.toThrow(TooManyAttemptsError);
    // Others are not kept out: a new link comes with a new secret.
    const again = await ask(email);
    expect(await kindOf(codeOf(await tokenTo(email)), again)).toBe('signed_in');
    world.clock.advance(HOUR_MS);
  });

  describe('die with', () => {
    const ends: readonly [string, (account: Account) => Promise<unknown>][] = [
      [
        'a change of the password',
        ({ id, sessions }) => {
          const input = {
            personal: [],
            userId: id,
            sessionId: sessions[0]!,
            current: PASSWORD,
            password: NEW_PASSWORD,
          };
          return changePassword(world.operations, input, CALLER);
        },
      ],
      [
        'a reset',
        async ({ email }) => {
          await requestPasswordReset(world.operations, { email }, CALLER);
          const token = await world.traces.tokenTo(email, 'reset_password');
          return resetPassword(world.operations, { token, password: NEW_PASSWORD }, CALLER);
        },
      ],
      [
        'a change of the address',
        async ({ id, email, sessions }) => {
          const moved = `moved-${email}`;
          const input = { userId: id, sessionId: sessions[0]!, password: PASSWORD, email: moved };
          await requestEmailChange(world.operations, input, CALLER);
          return confirmEmailChange(
            world.operations,
            { token: await world.traces.tokenTo(moved, 'change_email') },
            CALLER,
          );
        },
      ],
      ['a ban', (account) => banUser(world.operations, account, 'cli')],
      ['the account', (account) => deleteUserByOperator(world.operations, account, 'cli')],
    ];
    test.each(ends)('%s', async (_name, end) => {
      const account = await makeAccount(world.operations);
      const browser = await ask(account.email);
      const token = await tokenTo(account.email);
      await end(account);
      expect(await kindOf(token, browser)).toBe('invalid_token');
      expect(await kindOf(codeOf(token), browser)).toBe('invalid_token');
    });
  });

  test('are for accounts alone whose address is confirmed and that are not banned', async () => {
    const banned = await makeAccount(world.operations);
    await banUser(world.operations, banned, 'cli');
    const unconfirmed = await makeAccount(world.operations, 0, { emailVerifiedAt: null });
    await signUp(world.operations, { email: 'waits@example.com', password: PASSWORD }, CALLER);
    for (const email of [banned.email, unconfirmed.email, 'waits@example.com', 'nobody@example.com']) {
      await ask(email);
      expect((await world.traces.mailsTo(email)).filter(({ kind }) => kind === 'magic_link')).toEqual([]);
    }
    expect(await world.traces.purposes(banned.id)).toEqual([]);
  });
});
